// Signing out while something is not sent, and sessions that end elsewhere. Nothing typed is lost silently, and
// nobody sends what somebody else has typed.
import type { Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures.ts';
import { CALLS, holdCalls } from '../../support/network.ts';
import { signIn } from '../../support/sign-in.ts';
import { FIRST, SAVED, TodoPage } from '../../support/todo-page.ts';

const PASSWORD = 'correct horse';
const SIGNED_OUT = 'Signed out';
const NOT_SENT = 'Signed out - your changes are not sent yet';

test.use({ durable: true, noisy: true });

/** The page that is shown without a network; `null` if there is none. */
async function keptPage(page: Page): Promise<string | null> {
  return page.evaluate(async () => (await (await caches.match('/'))?.text()) ?? null);
}

test.beforeEach(async ({ page, server, todo }) => {
  await server.protect(PASSWORD);
  await page.goto('/');
  await signIn(page, PASSWORD);
  await todo.hydrated();
  await todo.expectStatus(SAVED);
});

test('signing out with unsent work asks first, and then forgets it', async ({ page, server, todo }) => {
  await page.route(CALLS, (route) => route.abort('connectionreset'));
  await todo.add('Buy milk');
  await todo.stored();
  const asked: string[] = [];
  page.once('dialog', (dialog) => {
    asked.push(dialog.message());
    void dialog.dismiss();
  });
  await todo.menu('button', 'Sign out');
  await expect.poll(() => asked).toEqual(['Some changes are not saved yet. If you sign out now, they are lost.']);
  await todo.expectAdded('Buy milk');
  await page.unroute(CALLS);
  await todo.expectStatus(SAVED);

  await page.route(CALLS, (route) => route.abort('connectionreset'));
  await todo.add('Buy eggs');
  page.once('dialog', (dialog) => void dialog.accept());
  await todo.menu('button', 'Sign out');
  await expect(page).toHaveURL('/sign-in');
  await page.unroute(CALLS);
  await signIn(page, PASSWORD);
  await todo.hydrated();
  await todo.expectAdded('Buy milk');
  await todo.expectStatus(SAVED);
  expect((await server.items()).slice(2)).toEqual(['Buy milk']);
});

test('what is on its way arrives before the session ends, and nobody is asked', async ({ page, server, todo }) => {
  page.on('dialog', () => expect(true, 'no dialog').toBe(false));
  const calls = await holdCalls(page);
  await todo.add('Buy milk');
  await todo.menu('button', 'Sign out');
  await expect(page.locator('#page-menu')).toBeHidden();
  calls.release();
  await expect(page).toHaveURL('/sign-in');
  expect((await server.items()).slice(2)).toEqual(['Buy milk']);
});

test('with nothing unsent nobody is asked', async ({ page, todo }) => {
  page.on('dialog', () => expect(true, 'no dialog').toBe(false));
  await todo.menu('button', 'Sign out');
  await expect(page).toHaveURL('/sign-in');
});

test('when the session ends, the page says so; the same person signs in again, and all is sent', async ({ page, server, todo }) => {
  await server.signOutAll(PASSWORD);
  await todo.expectStatus(SIGNED_OUT);
  await todo.add('Buy milk');
  await todo.expectStatus(NOT_SENT);
  await todo.expectAdded('Buy milk');
  expect((await server.items()).slice(2)).toEqual([]);
  await page.getByRole('link', { name: 'Sign in' }).click();
  await signIn(page, PASSWORD, 'That was me');
  await todo.hydrated();
  await todo.expectAdded('Buy milk');
  await server.expectAdded(['Buy milk']);
  await todo.expectStatus(SAVED);
});

test('the next person at the same browser never sends it, nor does a page that was left open', async ({ context, page, server, todo }) => {
  await server.signOutAll(PASSWORD);
  await todo.expectStatus(SIGNED_OUT);
  await todo.add('Not theirs');
  await todo.expectStatus(NOT_SENT);

  const next = await context.newPage();
  const others = new TodoPage(next);
  await next.goto('/sign-in');
  await signIn(next, PASSWORD, 'That was somebody else');
  await others.hydrated();
  await others.expectAdded();
  await others.add('Theirs');
  await others.expectStatus(SAVED);

  // The page of the first person is gone as soon as somebody comes to it, or the server turns it away.
  await page.bringToFront();
  await todo.expectAdded('Theirs');
  await todo.hydrated();
  await todo.expectStatus(SAVED);
  await next.bringToFront();
  await next.reload();
  await others.hydrated();
  await others.expectAdded('Theirs');
  await others.expectStatus(SAVED);
  expect((await server.items()).slice(2)).toEqual(['Theirs']);
});

test.describe('the page that opens without a network', () => {
  test.beforeEach(async ({ page, todo }) => {
    await page.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated');
    await page.reload();
    await todo.hydrated();
    await expect.poll(() => keptPage(page)).toContain(FIRST);
    // A version of the program that waits has one of its own.
    await page.evaluate(async () => (await caches.open('todo-list-next')).put('/', new Response('kept')));
  });

  test('goes when the session of an open page is ended elsewhere, and what is not sent stays', async ({ page, server, todo }) => {
    // Then the page has been kept since it was opened, and nothing else brings it about.
    await server.add('Buy eggs');
    await expect.poll(() => keptPage(page)).toContain('Buy eggs');
    await page.route(CALLS, (route) => route.abort('connectionreset'));
    await todo.add('Buy milk');
    await todo.stored();
    await server.signOutAll(PASSWORD);
    await page.unroute(CALLS);
    await todo.expectStatus(NOT_SENT);
    await expect.poll(() => keptPage(page)).toBeNull();
    expect(await todo.stored()).toBeGreaterThan(0);

    await page.getByRole('link', { name: 'Sign in' }).click();
    await signIn(page, PASSWORD, 'That was me');
    await todo.hydrated();
    await server.expectAdded(['Buy eggs', 'Buy milk']);
    await expect.poll(() => keptPage(page)).toContain('Buy milk');
  });

  for (const address of ['/', '/active', '/trash']) {
    test(`goes when somebody without a session comes to ${address}`, async ({ page, server }) => {
      await page.goto('/favicon.svg');
      await server.signOutAll(PASSWORD);
      await page.goto(address);
      await expect(page.getByLabel('Password')).toBeVisible();
      await expect.poll(() => keptPage(page)).toBeNull();
      await server.kill();
      await page.goto('/');
      await expect(page.getByRole('heading', { name: 'You are offline' })).toBeVisible();
    });
  }

  test('stays when a network does not let the server answer', async ({ page, server, todo }) => {
    await server.kill();
    await page.goto('/sign-in');
    await page.goto('/');
    await todo.hydrated();
    await todo.expectAdded();
  });
});
