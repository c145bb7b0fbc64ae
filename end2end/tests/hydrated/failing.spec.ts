// Failures of the server and the network: the page says so, and no change is lost or doubled.
import type { Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures.ts';
import { CALLS, findListFull, holdCalls, loseAnswers, silenceStream } from '../../support/network.ts';
import { rewritePages } from '../../support/rewriting.ts';
import type { Server } from '../../support/server.ts';
import { FIRST, KEPT, NOT_SAVED, OFFLINE, SAVED, SAVING, SECOND, type TodoPage } from '../../support/todo-page.ts';

test.use({ noisy: true });

const failures: Record<string, (page: Page, server: Server) => Promise<unknown>> = {
  'the server answers 500': (page) =>
    page.route(CALLS, (route) => route.fulfill({ status: 500, body: 'Internal Server Error' })),
  'the server answers 408': (page) =>
    page.route(CALLS, (route) => route.fulfill({ status: 408, body: 'Request Timeout' })),
  'the server answers 200 with a foreign body': (page) =>
    page.route(CALLS, (route) => route.fulfill({ status: 200, body: '<html>Please sign in</html>' })),
  'the connection breaks': (page) => page.route(CALLS, (route) => route.abort('connectionreset')),
  'the browser is offline': (page) => page.context().setOffline(true),
  'the server is killed': (_page, server) => server.kill(),
};

for (const durable of [true, false]) {
  test.describe(durable ? 'the server restarts with its list' : 'the server restarts with another list', () => {
    test.use({ durable });
    for (const [name, fail] of Object.entries(failures)) {
      test(`${name}: the items stay in the list, and are sent once after the failure`, async ({ page, server, todo }) => {
        const dialogs: string[] = [];
        page.on('dialog', (dialog) => {
          dialogs.push(dialog.message());
          void dialog.dismiss();
        });
        await todo.openHydrated();
        await todo.expectStatus(SAVED);
        await fail(page, server);
        await todo.add('Buy milk');
        await todo.add('Buy eggs');
        await todo.expectStatus(KEPT);
        await expect(todo.status).toBeInViewport();
        await todo.expectAdded('Buy milk', 'Buy eggs');
        await expect(todo.error).toBeHidden();
        await expect(todo.field).toHaveValue('');
        await expect(todo.field).toBeFocused();

        // The page recovers without a user action.
        await server.kill();
        await server.start();
        await page.unrouteAll();
        await page.context().setOffline(false);
        await todo.expectStatus(SAVED);
        await expect(todo.list.locator('.pending')).toHaveCount(0);
        await todo.expectAdded('Buy milk', 'Buy eggs');
        expect((await server.items()).slice(2)).toEqual(['Buy milk', 'Buy eggs']);
        await todo.settled();
        await expect.poll(() => todo.stored()).toBe(0);
        expect(dialogs).toEqual([]);
      });
    }
  });
}

async function retry(todo: TodoPage, text: string): Promise<void> {
  const unsent = todo.unsent.filter({ hasText: text });
  await unsent.getByRole('button', { name: 'Try again' }).click();
}

test('a refused text returns to the field, and Enter sends it again', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await findListFull(page);
  await todo.add('Buy milk');
  await expect(todo.error).toBeVisible();
  await expect(todo.error).toBeInViewport();
  await expect(page.getByRole('alert').filter({ has: todo.error })).toHaveCount(1);
  await expect(page.getByText('The list is full')).toBeVisible();
  await todo.expectAdded();
  await expect(todo.field).toHaveValue('Buy milk');
  await expect(todo.field).toBeFocused();
  await page.unrouteAll();
  await todo.field.press('Enter');
  await todo.expectAdded('Buy milk');
  await expect(todo.error).toBeHidden();
  await expect(todo.list.locator('.pending')).toHaveCount(0);
  expect((await server.items()).slice(2)).toEqual(['Buy milk']);
});

test('a refused text is shown beside the field while the field has another text', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.expectStatus(SAVED);
  const { release } = await holdCalls(page);
  for (const text of ['One', 'Two', 'Three']) await todo.add(text);
  await todo.field.fill('Something new');
  await findListFull(page);
  release();
  // The first call was already in flight.
  await expect(todo.unsent.locator('q')).toHaveText(['Two', 'Three']);
  await expect(todo.error).toBeVisible();
  await todo.expectStatus('2 changes need your attention');
  await expect(todo.field).toHaveValue('Something new');
  await todo.expectAdded('One');

  await page.unrouteAll();
  await todo.field.press('Enter');
  await todo.expectAdded('One', 'Something new');
  await retry(todo, 'Three');
  await todo.expectAdded('One', 'Something new', 'Three');
  await todo.expectStatus('1 change needs your attention');
  // The field is empty now, and the last refused text stays.
  await retry(todo, 'Two');
  await todo.expectAdded('One', 'Something new', 'Three', 'Two');
  await expect(todo.error).toBeHidden();
  await todo.expectStatus(SAVED);
  await expect(todo.list.locator('.pending')).toHaveCount(0);
  expect((await server.items()).slice(2)).toEqual(['One', 'Something new', 'Three', 'Two']);
});

test('a lost response does not double an item that is changed before the retry', async ({ page, server, todo }) => {
  await silenceStream(page);
  await todo.openHydrated();
  await loseAnswers(page);
  await todo.add('Buy milk');
  await todo.expectStatus(KEPT);
  expect((await server.items()).slice(2)).toEqual(['Buy milk']);
  await todo.rename('Buy milk', 'Buy oat milk');
  await todo.complete('Buy oat milk');
  await page.unroute(CALLS);
  await todo.expectStatus(SAVED);
  await expect(todo.list.locator('.pending')).toHaveCount(0);
  await todo.expectAdded('Buy oat milk');
  expect((await server.items()).slice(2)).toEqual(['Buy oat milk']);
  expect(await server.completed()).toEqual(['Buy oat milk']);
});

test('the stream of events confirms a command whose response is lost', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.expectStatus(SAVED);
  await loseAnswers(page);
  await todo.add('Buy milk');
  await todo.expectStatus(OFFLINE);
  await expect(todo.list.locator('.pending')).toHaveCount(0);
  await todo.expectAdded('Buy milk');
  await page.unrouteAll();
  await todo.expectStatus(SAVED);
  expect((await server.items()).slice(2)).toEqual(['Buy milk']);
});

test('the page receives missed changes when calls succeed again', async ({ page, server, todo }) => {
  await silenceStream(page);
  await todo.openHydrated();
  await server.add('From another client');
  await page.route(CALLS, (route) => route.abort());
  await todo.comeBack();
  await todo.expectStatus(OFFLINE);
  await todo.expectAdded();

  // Adding works during the failure, and after a second failed call.
  await todo.add('Mine');
  await todo.expectAdded('Mine');
  await todo.expectStatus(KEPT);
  await todo.comeBack();
  await todo.expectStatus(KEPT);

  await page.unroute(CALLS);
  await todo.expectAdded('From another client', 'Mine');
  await todo.expectStatus(SAVED);
});

test('a foreign response body does not change the list', async ({ page, todo }) => {
  await silenceStream(page);
  await todo.openHydrated();
  // Without the signature this would be an empty list of revision 0.
  await page.route(CALLS, (route) => route.fulfill({ status: 200, body: Buffer.alloc(100) }));
  await todo.comeBack();
  await todo.expectStatus(OFFLINE);
  await todo.expectAdded();
});

test('the page receives missed changes when the network returns', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await page.context().setOffline(true);
  await server.add('From another client');
  await page.context().setOffline(false);
  await todo.expectAdded('From another client');
});

test('a page whose rows were changed on the way creates them again', async ({ page, server, todo }) => {
  await rewritePages(page, (html) => html.replace(/<label id="[^"]*" data-testid/, '<label id="changed" data-testid'));
  await todo.openHydrated();
  await todo.expectAdded();
  await todo.complete(FIRST);
  await todo.rename(SECOND, 'Renamed');
  await todo.add('Buy milk');
  await todo.expectTitles(FIRST, 'Renamed', 'Buy milk');
  await server.expectItems([FIRST, 'Renamed', 'Buy milk']);
  await server.expectCompleted([FIRST]);
});

test('a server that never answers counts as unreachable after 15 seconds', async ({ page, server, todo }) => {
  await page.clock.install();
  await todo.openHydrated();
  await todo.expectStatus(SAVED);
  const called = page.waitForRequest(CALLS);
  await page.route(CALLS, () => {});
  await todo.add('Buy milk');
  await called;
  await page.clock.runFor(14_000);
  await todo.expectStatus(SAVING);
  await page.clock.runFor(2_000);
  await todo.expectStatus(KEPT);
  await todo.expectAdded('Buy milk');
  await expect(todo.error).toBeHidden();
  expect(await server.items()).toHaveLength(2);

  await page.unrouteAll();
  await page.clock.runFor(2_000);
  await todo.expectStatus(SAVED);
  expect((await server.items()).slice(2)).toEqual(['Buy milk']);
});

/** Closes the page as a person does. Returns whether the browser asks for a confirmation. */
async function closes(page: Page): Promise<boolean> {
  const confirmed = page.waitForEvent('dialog').then(async (dialog) => {
    expect(dialog.type()).toBe('beforeunload');
    await dialog.dismiss();
    return true;
  });
  const closed = page.waitForEvent('close').then(() => false);
  await page.close({ runBeforeUnload: true });
  const result = await Promise.race([confirmed, closed]);
  // Without a dialog, the close of the page rejects the other promise.
  if (!result) await expect(confirmed).rejects.toThrow();
  return result;
}

test('a page with unsent changes in the storage closes without a confirmation', async ({ page, server, todo, context }) => {
  await todo.openHydrated();
  await todo.expectStatus(SAVED);
  await server.kill();
  await todo.add('Buy milk');
  await todo.expectStatus(KEPT);
  // An unused editor has nothing to lose.
  await todo.edit('Buy milk');
  expect(await closes(page)).toBe(false);
  expect(context.pages()).toEqual([]);
});

test('a page with a changed text in the editor asks for a confirmation', async ({ page, todo }) => {
  await todo.openHydrated();
  await todo.edit('Build the front-end');
  await todo.editor.pressSequentially('!');
  expect(await closes(page)).toBe(true);
});

/** Faults of the browser's storage. */
const storages: Record<string, () => void> = {
  'is switched off': () => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('', 'SecurityError');
    };
  },
  'cannot be opened': () => {
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (name) {
      const request = open.call(this, `not ${name}`);
      request.addEventListener('upgradeneeded', () => request.transaction!.abort());
      return request;
    };
  },
  'is full': () => {
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (value, key) {
      const request = put.call(this, value, key);
      this.transaction.abort();
      return request;
    };
  },
};

for (const [name, breakStorage] of Object.entries(storages)) {
  test(`when the storage ${name}, the page says so, asks for a confirmation, and sends the changes later`, async ({ page, server, todo }) => {
    await page.addInitScript(breakStorage);
    await todo.openHydrated();
    await todo.expectStatus(SAVED);
    await todo.add('Sent at once');
    await server.expectAdded(['Sent at once']);
    await server.kill();
    await todo.add('Buy milk');
    await todo.expectStatus(NOT_SAVED);
    await todo.expectAdded('Sent at once', 'Buy milk');
    expect(await closes(page)).toBe(true);
    await server.start();
    await todo.expectStatus(SAVED);
    expect((await server.items()).slice(2)).toContain('Buy milk');
    expect((await todo.titles.allTextContents()).filter((title) => title === 'Buy milk')).toHaveLength(1);
  });
}
