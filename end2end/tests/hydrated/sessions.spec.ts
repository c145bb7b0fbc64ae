// Signing out with unsent changes, and sessions that are ended elsewhere. No text is lost silently, and no person sends the
// changes of another one.
import type { Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures.ts';
import { CALLS, holdCalls } from '../../support/network.ts';
import { signIn } from '../../support/sign-in.ts';
import { FIRST, SAVED, TodoPage } from '../../support/todo-page.ts';

const PASSWORD = 'correct horse';
const SIGNED_OUT = 'Signed out';
const NOT_SENT = /^Signed out\. \d+ to send$/;

test.use({ durable: true, password: PASSWORD, noisy: true });

/** The HTML of the cached page; `null` if there is none. */
async function keptPage(page: Page): Promise<string | null> {
  return page.evaluate(async () => (await (await caches.match('/'))?.text()) ?? null);
}

/** Records and dismisses the dialogs of a page from now on. */
function watchDialogs(page: Page): string[] {
  const dialogs: string[] = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  return dialogs;
}

test.beforeEach(async ({ page, todo }) => {
  await page.goto('/');
  await signIn(page, PASSWORD);
  await todo.hydrated();
  await todo.expectStatus(SAVED);
});

test('signing out with unsent changes asks for a confirmation, and then discards them', async ({ page, server, todo }) => {
  await page.route(CALLS, (route) => route.abort('connectionreset'));
  await todo.add('Buy milk');
  await todo.stored();
  const dialogs: string[] = [];
  page.once('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await todo.menu('button', 'Sign out');
  await expect.poll(() => dialogs).toEqual(['Some changes are not saved yet. If you sign out now, they are lost.']);
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

test('signing out waits for calls in flight and asks for no confirmation', async ({ page, server, todo }) => {
  const dialogs = watchDialogs(page);
  const calls = await holdCalls(page);
  await todo.add('Buy milk');
  await todo.menu('button', 'Sign out');
  await expect(page.locator('#page-menu')).toBeHidden();
  calls.release();
  await expect(page).toHaveURL('/sign-in');
  expect(dialogs).toEqual([]);
  expect((await server.items()).slice(2)).toEqual(['Buy milk']);
});

test('signing out without unsent changes asks for no confirmation', async ({ page, todo }) => {
  const dialogs = watchDialogs(page);
  await todo.menu('button', 'Sign out');
  await expect(page).toHaveURL('/sign-in');
  expect(dialogs).toEqual([]);
});

test('the page says that its session has ended, and sends everything after the same person signs in again', async ({ page, server, todo }) => {
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

test('the next person at the same browser never sends the unsent changes, nor does a page that was left open', async ({ context, page, server, todo }) => {
  await server.signOutAll(PASSWORD);
  await todo.expectStatus(SIGNED_OUT);
  await todo.add('Not theirs');
  await todo.expectStatus(NOT_SENT);

  const next = await context.newPage();
  const others = new TodoPage(next);
  await next.goto('/sign-in');
  await signIn(next, PASSWORD, 'That was someone else');
  await others.hydrated();
  await others.expectAdded();
  await others.add('Theirs');
  await others.expectStatus(SAVED);

  // The page of the first person reloads when it gets focus, or when the server refuses its session.
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

test.describe(() => {
  test.beforeEach(async ({ page, todo }) => {
    await page.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated');
    await page.reload();
    await todo.hydrated();
    await expect.poll(() => keptPage(page)).toContain(FIRST);
    // A waiting version has its own cache.
    await page.evaluate(async () => (await caches.open('todo-list-next')).put('/', new Response('kept')));
  });

  test('the cached page is deleted when the session of an open page is ended elsewhere, and unsent changes stay', async ({ page, server, todo }) => {
    // The page is cached again with the new item, so its removal can only come from the end of the session.
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
    test(`the cached page is deleted when a browser without a session opens ${address}`, async ({ page, server }) => {
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

  test('the cached page stays when the server cannot be reached', async ({ page, server, todo }) => {
    await server.kill();
    await page.goto('/sign-in');
    await page.goto('/');
    await todo.hydrated();
    await todo.expectAdded();
  });
});
