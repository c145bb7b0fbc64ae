// Signing in and out.
import { LATE, expect, test } from '../../support/fixtures.ts';
import { signIn } from '../../support/sign-in.ts';

const PASSWORD = 'correct horse';

test.use({ durable: true, password: PASSWORD });

test('signing in opens the requested page, and signing out closes the list', LATE, async ({ page, server, todo }) => {
  await server.add('Buy milk');
  await page.goto('/active');
  await expect(page.getByRole('heading', { level: 2 })).toHaveText('Sign in');
  await expect(page.getByText('Buy milk')).toHaveCount(0);
  await expect(page.getByLabel('Password')).toBeFocused();
  await signIn(page, PASSWORD);
  await expect(page).toHaveURL('/active');
  await todo.expectAdded('Buy milk');
  await todo.add('Buy eggs');
  await todo.expectAdded('Buy milk', 'Buy eggs');

  await todo.menu('button', 'Sign out');
  await expect(page).toHaveURL('/sign-in');
  await page.goto('/');
  await expect(page.getByLabel('Password')).toBeVisible();
  await expect(page.getByText('Buy milk')).toHaveCount(0);
});

test.describe('refused', () => {
  // The browser logs every status above 399.
  test.use({ noisy: true });

  test('a wrong password is refused with a reason', async ({ page }) => {
    await page.goto('/');
    await signIn(page, 'let me in');
    await expect(page.getByRole('alert')).toHaveText('That is not the password.');
    await expect(page.getByLabel('Password')).toHaveValue('');
    await signIn(page, PASSWORD);
    await expect(page.getByRole('heading', { level: 2 })).toHaveText('Add a New Item');
  });
});
