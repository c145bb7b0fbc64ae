// The outbox in the storage of the browser: over a reload, for all tabs, until a change is sent or dealt with.
import { pasteElsewhere } from '../../support/clipboard.ts';
import { expect, test } from '../../support/fixtures.ts';
import { CALLS, STREAM, findListFull, holdCalls, silenceStream } from '../../support/network.ts';
import { FIRST, KEPT, SAVED, SECOND, TodoPage, openTab } from '../../support/todo-page.ts';

test.use({ noisy: true });

test('a refused text is there after a reload, until it is discarded', async ({ page, todo }) => {
  await todo.openHydrated();
  await findListFull(page);
  await todo.add('Buy milk');
  await expect(todo.error).toBeVisible();
  await todo.stored();
  await page.reload();
  await todo.hydrated();
  await expect(todo.unsent.locator('q')).toHaveText('Buy milk');
  await expect(todo.error).toBeVisible();
  await todo.expectStatus('1 change needs your attention');
  await page.getByRole('button', { name: 'Discard' }).click();
  await expect(todo.unsent).toHaveCount(0);
  await expect(todo.error).toBeHidden();
  await expect.poll(() => todo.stored()).toBe(0);
  await page.reload();
  await todo.hydrated();
  await todo.expectStatus(SAVED);
  await expect(todo.unsent).toHaveCount(0);
});

test('a refused text can be copied', async ({ page, context, todo }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await todo.openHydrated();
  await findListFull(page);
  await todo.add('Buy milk');
  await expect(todo.error).toBeVisible();
  await todo.stored();
  await page.reload();
  await todo.hydrated();
  await page.getByRole('button', { name: 'Copy text' }).click();
  expect(await pasteElsewhere(page)).toBe('Buy milk');
  await expect(todo.unsent).toHaveCount(1);
});

test('the page requests persistent storage only after a change cannot be sent', async ({ page, todo }) => {
  await page.addInitScript(() => {
    Object.assign(window, { requests: 0 });
    StorageManager.prototype.persist = async () => {
      (window as unknown as { requests: number }).requests += 1;
      return true;
    };
  });
  const requests = () => page.evaluate(() => (window as unknown as { requests: number }).requests);
  await todo.openHydrated();
  await todo.add('Buy milk');
  await todo.expectStatus(SAVED);
  expect(await requests()).toBe(0);
  await page.route(CALLS, (route) => route.abort('connectionreset'));
  await todo.add('Buy eggs');
  await todo.expectStatus(KEPT);
  await expect.poll(requests).toBe(1);
});

test('a refused text in the field is beside it after a reload', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await findListFull(page);
  await todo.add('Buy milk');
  await expect(todo.field).toHaveValue('Buy milk');
  await todo.stored();
  await page.unrouteAll();
  await page.reload();
  await todo.hydrated();
  await page.getByRole('button', { name: 'Try again' }).click();
  await todo.expectAdded('Buy milk');
  await expect(todo.unsent).toHaveCount(0);
  await todo.settled();
  expect((await server.items()).slice(2)).toEqual(['Buy milk']);
});

test('a refused title is beside the field of the tab that typed it and of the tab that sent it', async ({ server, context }) => {
  // The second tab leads. Neither receives events.
  await silenceStream(context);
  const [first, second] = [new TodoPage(await context.newPage()), new TodoPage(await context.newPage())];
  for (const tab of [first, second]) await tab.openHydrated();
  await first.edit(FIRST);
  await server.remove(FIRST);
  await first.editor.fill('Build the page');
  await first.tool('Save').click();
  for (const tab of [first, second]) await expect(tab.unsent.locator('q')).toHaveText('Build the page');
  await second.page.getByRole('button', { name: 'Bring it back' }).click();
  for (const tab of [first, second]) await expect(tab.unsent).toHaveCount(0);
  await second.expectTitles('Build the page', SECOND);
  await second.settled();
  expect(await server.items()).toEqual(['Build the page', SECOND]);
});

test('a text that one tab discards is gone from the other tabs and from the storage', async ({ server, context }) => {
  const [first, second] = [await openTab(context), await openTab(context)];
  await second.edit(FIRST);
  await second.editor.fill('Build the page');
  await server.remove(FIRST);
  for (const tab of [first, second]) {
    await expect(tab.unsent.locator('q')).toHaveText('Build the page');
    await tab.expectStatus('1 change needs your attention');
  }
  await first.page.getByRole('button', { name: 'Discard' }).click();
  for (const tab of [first, second]) {
    await expect(tab.unsent).toHaveCount(0);
    await tab.expectTitles(SECOND);
    await tab.expectStatus(SAVED);
  }
  await expect.poll(() => first.stored()).toBe(0);
});

test.describe(() => {
  test.use({ durable: true });

  test('the next tab sends the changes of a closed one', async ({ server, context }) => {
    const first = await openTab(context);
    await server.kill();
    await first.add('Typed before');
    await first.rename(FIRST, 'Build the page');
    await first.expectStatus(KEPT);
    await first.stored();
    await first.page.close();
    await server.start();
    const second = await openTab(context);
    await second.expectTitles('Build the page', SECOND, 'Typed before');
    await second.settled();
    expect(await server.items()).toEqual(['Build the page', SECOND, 'Typed before']);
    await expect.poll(() => second.stored()).toBe(0);
  });
});

test('another open tab sends the changes of a closed one', async ({ server, context }) => {
  const [first, second] = [await openTab(context), await openTab(context)];
  await server.kill();
  await second.add('From the one that is closed');
  await first.expectAdded('From the one that is closed');
  await second.stored();
  await second.page.close();
  await server.start();
  await first.expectStatus(SAVED);
  await server.expectItems([FIRST, SECOND, 'From the one that is closed']);
  await first.expectAdded('From the one that is closed');
});

test('changes in turns in two tabs keep their order without a server', async ({ server, context }) => {
  const [first, second] = [await openTab(context), await openTab(context)];
  await server.kill();
  const titles = ['One', 'Two', 'Three', 'Four', 'Five'];
  for (const [index, title] of titles.entries()) {
    const [tab, other] = index % 2 ? [second, first] : [first, second];
    await tab.add(title);
    await tab.expectAdded(...titles.slice(0, index + 1));
    await other.expectAdded(...titles.slice(0, index + 1));
  }
  await first.complete('Two');
  await second.rename('Three', 'Three and a half');
  const renamed = ['One', 'Two', 'Three and a half', 'Four', 'Five'];
  for (const tab of [first, second]) await tab.expectAdded(...renamed);
  await server.start();
  for (const tab of [first, second]) {
    await tab.expectStatus(SAVED);
    await tab.expectAdded(...renamed);
    await expect(tab.checkbox('Two')).toBeChecked();
    await expect(tab.list.locator('.pending')).toHaveCount(0);
  }
  expect((await server.items()).slice(2)).toEqual(renamed);
  expect(await server.completed()).toEqual(['Two']);
});

test('a change during a call is stored at once', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.expectStatus(SAVED);
  const { release } = await holdCalls(page);
  const called = page.waitForRequest(CALLS);
  await todo.add('One');
  await called;
  await todo.add('Two');
  await todo.add('Three');
  await expect.poll(() => todo.stored()).toBe(3);
  expect(await server.items()).toHaveLength(2);
  release();
  await todo.expectStatus(SAVED);
  await todo.settled();
  expect((await server.items()).slice(2)).toEqual(['One', 'Two', 'Three']);
});

test('a change while the page deletes from the storage is sent at once', async ({ page, server, todo }) => {
  await page.addInitScript(() => {
    const remove = IDBObjectStore.prototype.delete;
    IDBObjectStore.prototype.delete = function (key) {
      // While the page waits for the storage.
      queueMicrotask(() => {
        IDBObjectStore.prototype.delete = remove;
        document.querySelector<HTMLInputElement>('#item-input')!.value = 'Two';
        document.querySelector<HTMLFormElement>('#add-item-form')!.requestSubmit();
      });
      return remove.call(this, key);
    };
  });
  await todo.openHydrated();
  await todo.expectStatus(SAVED);
  await todo.add('One');
  await todo.expectAdded('One', 'Two');
  // Earlier than any message of the server.
  await expect.poll(async () => (await server.items()).slice(2), { timeout: 5_000 }).toEqual(['One', 'Two']);
});

test('two tabs show the same list when the stream is blocked', async ({ page, server, todo, context }) => {
  await context.route(STREAM, (route) => route.fulfill({ status: 503 }));
  await todo.openHydrated();
  const second = new TodoPage(await context.newPage());
  await second.openHydrated();
  await second.add('From the leading tab');
  await second.settled();
  // The typed text stays visible in every frame from now on.
  await page.evaluate(() => {
    const missing: string[] = [];
    Object.assign(window, { missing });
    let seen = false;
    new MutationObserver(() => {
      const isThere = document.querySelector('#item-list')!.textContent!.includes('From the other');
      if (seen && !isThere) missing.push('gone');
      seen ||= isThere;
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  await todo.add('From the other');
  await expect.poll(() => server.items()).toContain('From the other');
  await expect.poll(() => second.stored()).toBe(0);
  await todo.comeBack();
  await todo.expectAdded('From the leading tab', 'From the other');
  expect(await page.evaluate(() => (window as unknown as { missing: string[] }).missing)).toEqual([]);
});

test('a tab does not say that everything is saved while the leading tab cannot send', async ({ server, context }) => {
  const [first, second] = [await openTab(context), await openTab(context)];
  await second.page.route(CALLS, (route) => route.fulfill({ status: 500 }));
  await first.add('Buy milk');
  await second.expectStatus(KEPT);
  await first.expectStatus(KEPT);
  expect(await server.items()).toHaveLength(2);
  await second.page.unrouteAll();
  for (const tab of [first, second]) {
    await tab.expectStatus(SAVED);
    await tab.expectAdded('Buy milk');
  }
});

test('a change that could not be stored is kept when another tab stores one', async ({ server, context }) => {
  const first = new TodoPage(await context.newPage());
  await first.page.addInitScript(() => {
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (value, key) {
      const request = put.call(this, value, key);
      this.transaction.abort();
      return request;
    };
  });
  await first.openHydrated();
  await first.expectStatus(SAVED);
  const second = await openTab(context);
  await server.kill();
  await first.add('Only in this page');
  await first.expectAdded('Only in this page');
  await second.add('Stored');
  await second.expectStatus(KEPT);
  await expect(first.titles.getByText('Stored')).toBeVisible();
  await expect(first.titles.getByText('Only in this page')).toBeVisible();
  await server.start();
  await expect.poll(async () => (await server.items()).slice(2).sort()).toEqual(['Only in this page', 'Stored']);
});

test('an undo that the server refuses says so in the tab where it was asked, also when another tab sends it', async ({ server, context }) => {
  // The second tab leads.
  const [first, second] = [await openTab(context), await openTab(context)];
  await first.rename(FIRST, 'Build the page');
  await first.settled();
  await server.change('Build the page', { title: 'Theirs' });
  for (const tab of [first, second]) await tab.expectTitles('Theirs', SECOND);
  await first.undo.click();
  await expect(first.toast).toHaveText(/someone has changed it since/);
  await first.expectTitles('Theirs', SECOND);
  await first.expectStatus(SAVED);
  // The step is gone.
  await expect(first.undo).toBeDisabled();
  expect(await server.items()).toEqual(['Theirs', SECOND]);
});

test('a leading tab that hangs is replaced within seconds, and nothing is lost or doubled', async ({ server, context }) => {
  const [first, second] = [await openTab(context), await openTab(context)];
  // The second tab leads. It has a change of its own that it has not sent, and hangs.
  const { release } = await holdCalls(second.page);
  await second.add('From the hanging tab');
  await second.stored();
  const hanging = second.page.evaluate(() => {
    const end = performance.now() + 12_000;
    while (performance.now() < end);
  });
  await first.add('Buy milk');
  await expect.poll(async () => (await server.items()).slice(2), { timeout: 5_000 }).toEqual(['From the hanging tab', 'Buy milk']);
  await server.add('From another client');
  await first.expectAdded('From the hanging tab', 'Buy milk', 'From another client');
  await first.expectStatus(SAVED);
  await hanging;
  release();
  await second.add('From the tab that is back');
  for (const tab of [first, second]) {
    await tab.expectAdded('From the hanging tab', 'Buy milk', 'From another client', 'From the tab that is back');
    await tab.expectStatus(SAVED);
  }
  await server.expectAdded(['From the hanging tab', 'Buy milk', 'From another client', 'From the tab that is back']);
});

test('a tab that only reads replaces a hanging tab that leads, too', async ({ server, context }) => {
  const [first, second] = [await openTab(context), await openTab(context)];
  const hanging = second.page.evaluate(() => {
    const end = performance.now() + 25_000;
    while (performance.now() < end);
  });
  await server.add('From another client');
  await expect(first.row('From another client')).toBeVisible({ timeout: 24_000 });
  await first.expectStatus(SAVED);
  await hanging;
  await second.expectAdded('From another client');
});
