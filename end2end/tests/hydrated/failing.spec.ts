// A server that fails, a network that goes away: it is said, and nothing typed is lost.
import type { Page, Route } from '@playwright/test';
import { expect, test } from '../../support/fixtures.ts';
import type { Server } from '../../support/server.ts';
import type { TodoPage } from '../../support/todo-page.ts';

test.use({ noisy: true });

const failures: Record<string, (page: Page, server: Server) => Promise<unknown>> = {
  'the server answers 500': (page) =>
    page.route('**/api/fn/**', (route) => route.fulfill({ status: 500, body: 'Internal Server Error' })),
  'the server answers 200 with something else': (page) =>
    page.route('**/api/fn/**', (route) => route.fulfill({ status: 200, body: '<html>Please sign in</html>' })),
  'the connection breaks': (page) => page.route('**/api/fn/**', (route) => route.abort('connectionreset')),
  'the browser is offline': (page) => page.context().setOffline(true),
  'the server is gone': (_page, server) => server.kill(),
};

for (const [name, fail] of Object.entries(failures)) {
  test(`${name}: the item leaves the list and the text is back in the field`, async ({ page, server, todo }) => {
    page.on('dialog', () => expect(true, 'no dialog').toBe(false));
    await todo.openHydrated();
    await fail(page, server);
    await todo.add('Buy milk');
    await expect(todo.error).toBeVisible();
    await expect(todo.error).toBeInViewport();
    await expect(page.getByRole('alert').filter({ has: todo.error })).toHaveCount(1);
    await todo.expectAdded();
    await expect(todo.field).toHaveValue('Buy milk');
    await expect(todo.field).toBeFocused();

    // When the trouble is over, Enter is enough.
    await page.unrouteAll();
    await page.context().setOffline(false);
    await server.kill();
    await server.start();
    await todo.field.press('Enter');
    await todo.expectAdded('Buy milk');
    await expect(todo.error).toHaveCount(0);
    await expect(todo.list.locator('.pending')).toHaveCount(0);
    expect((await server.items()).slice(2)).toEqual(['Buy milk']);
  });
}

/** Lets requests wait until `release` is called, and then fail. */
async function failLater(page: Page): Promise<{ release: () => void }> {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/api/fn/run_command', async (route: Route) => {
    await released;
    await route.abort();
  });
  return { release };
}

async function retry(todo: TodoPage, text: string): Promise<void> {
  const unsent = todo.unsent.filter({ hasText: text });
  await unsent.getByRole('button', { name: 'Try again' }).click();
}

test('a text that is being typed stays, and the refused one is kept beside it', async ({ page, server, todo }) => {
  await todo.openHydrated();
  const { release } = await failLater(page);
  for (const text of ['One', 'Two', 'Three']) await todo.add(text);
  await todo.field.fill('Something new');
  release();
  await expect(todo.unsent.locator('q')).toHaveText(['One', 'Two', 'Three']);
  await expect(todo.error).toBeVisible();
  await expect(todo.field).toHaveValue('Something new');
  await todo.expectAdded();

  await page.unrouteAll();
  await todo.field.press('Enter');
  await todo.expectAdded('Something new');
  await retry(todo, 'Two');
  await retry(todo, 'One');
  await todo.expectAdded('Something new', 'Two', 'One');
  // The field is free now, but nobody has touched the last one.
  await retry(todo, 'Three');
  await todo.expectAdded('Something new', 'Two', 'One', 'Three');
  await expect(todo.error).toHaveCount(0);
  await expect(todo.list.locator('.pending')).toHaveCount(0);
  expect((await server.items()).slice(2)).toEqual(['Something new', 'Two', 'One', 'Three']);
});

test('an item that arrived though the answer was lost is not there twice', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await page.route('**/api/fn/run_command', async (route) => {
    await route.fetch();
    await route.abort();
  });
  await todo.add('Buy milk');
  await expect(todo.field).toHaveValue('Buy milk');
  expect((await server.items()).slice(2)).toEqual(['Buy milk']);
  await page.unrouteAll();
  await todo.field.press('Enter');
  await todo.expectAdded('Buy milk');
  await expect(todo.list.locator('.pending')).toHaveCount(0);
  expect((await server.items()).slice(2)).toEqual(['Buy milk']);
});

test('a list that cannot be loaded says so, and can be tried again', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await server.add('From somebody else');
  await page.route('**/api/fn/load_list', (route) => route.abort());
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
  const message = page.getByText('Could not load items.');
  await expect(message).toBeVisible();
  await todo.expectAdded();

  // Adding goes on working, and so does a second failure.
  await todo.add('Mine');
  await expect(todo.items.last()).toHaveText('Mine');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(message).toBeVisible();

  await page.unrouteAll();
  await page.getByRole('button', { name: 'Try again' }).click();
  await todo.expectAdded('From somebody else', 'Mine');
  await expect(message).toHaveCount(0);
});

test('an answer that is not ours is no list', async ({ page, todo }) => {
  await todo.openHydrated();
  // Without a signature this would be a fine list: of revision 0, and empty.
  await page.route('**/api/fn/load_list', (route) => route.fulfill({ status: 200, body: Buffer.alloc(100) }));
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
  await expect(page.getByText('Could not load items.')).toBeVisible();
  await todo.expectAdded();
});

test('coming back to the page brings what others have added', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await server.add('From somebody else');
  await page.context().setOffline(true);
  await page.context().setOffline(false);
  await todo.expectAdded('From somebody else');
});

test('a page that was changed behind its back goes on working by its form', async ({ page, server, todo }) => {
  await page.route(server.url + '/', async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replace(/<label id="[^"]*" data-testid/, '<label id="changed" data-testid');
    await route.fulfill({ response, body });
  });
  const wasm = page.waitForResponse(/\.wasm$/);
  await todo.open();
  await (await wasm).finished();
  await page.evaluate(() => Object.assign(window, { stillHere: true }));
  await todo.add('Buy milk');
  await todo.expectAdded('Buy milk');
  expect(await page.evaluate(() => 'stillHere' in window)).toBe(false);
  await expect(page.locator('html')).not.toHaveAttribute('data-hydrated');
  expect((await server.items()).slice(2)).toEqual(['Buy milk']);
});

test('a server that never answers counts as unreachable after 15 seconds', async ({ page, todo }) => {
  await page.clock.install();
  await todo.openHydrated();
  await page.route('**/api/fn/run_command', () => {});
  await todo.add('Buy milk');
  await expect(todo.items.last()).toHaveText('Buy milk');
  await page.clock.runFor(14_000);
  await todo.expectAdded('Buy milk');
  await page.clock.runFor(2_000);
  await expect(todo.error).toBeVisible();
  await expect(todo.field).toHaveValue('Buy milk');
  await todo.expectAdded();
});

test('the browser asks before a page is closed that holds something unsent', async ({ page, todo }) => {
  await todo.openHydrated();
  const { release } = await failLater(page);
  const dialogs: string[] = [];
  page.on('dialog', async (dialog) => {
    dialogs.push(dialog.type());
    await dialog.dismiss();
  });
  await todo.add('Buy milk');
  await expect(todo.items.last()).toHaveText('Buy milk');
  await page.close({ runBeforeUnload: true });
  await expect(async () => expect(dialogs).toEqual(['beforeunload'])).toPass();
  release();
});
