// A page without script whose session has ended.
import { expect, test } from '../../support/fixtures.ts';
import { signIn } from '../../support/sign-in.ts';

const PASSWORD = 'correct horse';

test.use({ durable: true, password: PASSWORD, noisy: true });

test('a text that is submitted after the session has ended is in the field after signing in', async ({ page, server, todo }) => {
  await page.goto('/');
  await signIn(page, PASSWORD);
  await todo.field.fill('Buy <milk> & eggs');
  await server.signOutAll(PASSWORD);
  await todo.button.click();
  await expect(page.getByText('Your text is not lost')).toBeVisible();
  await signIn(page, PASSWORD, 'That was me');
  await expect(todo.field).toHaveValue('Buy <milk> & eggs');
  await todo.button.click();
  await todo.expectAdded('Buy <milk> & eggs');
});
