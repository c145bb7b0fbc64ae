// What a browser keeps of its person: over a reload, for all its tabs, and until it is sent or dealt with.
import { pasteElsewhere } from '../../support/clipboard.ts';
import { expect, test } from '../../support/fixtures.ts';
import { CALLS, STREAM, findListFull, holdCalls, silenceStream } from '../../support/network.ts';
import { FIRST, KEPT, SAVED, SECOND, TodoPage, openTab } from '../../support/todo-page.ts';

test.use({ noisy: true });

test('what was refused is there after a reload, and gone when it was dealt with', async ({ page, todo }) => {
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

test('a text that was refused can be copied', async ({ page, context, todo }) => {
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

test('the browser is asked to keep what is stored once something cannot be sent, and not before', async ({ page, todo }) => {
  await page.addInitScript(() => {
    Object.assign(window, { asked: 0 });
    StorageManager.prototype.persist = async () => {
      (window as unknown as { asked: number }).asked += 1;
      return true;
    };
  });
  const asked = () => page.evaluate(() => (window as unknown as { asked: number }).asked);
  await todo.openHydrated();
  await todo.add('Buy milk');
  await todo.expectStatus(SAVED);
  expect(await asked()).toBe(0);
  await page.route(CALLS, (route) => route.abort('connectionreset'));
  await todo.add('Buy eggs');
  await todo.expectStatus(KEPT);
  await expect.poll(asked).toBe(1);
});

test('the text that was put back into the field is beside it after a reload', async ({ page, server, todo }) => {
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

test('a title that a tab gives by another one, and that comes too late, is beside the field of both', async ({ server, context }) => {
  // Nobody hears of others: the second tab leads.
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

test('what one tab lets go of is gone from the others, and from the storage', async ({ server, context }) => {
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

  test('what a closed tab has not sent is sent by the next one', async ({ server, context }) => {
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

test('what a tab that is closed has not sent is sent by another that is open', async ({ server, context }) => {
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

test('what was typed in turns in two tabs without a server keeps its order', async ({ server, context }) => {
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

test('what is typed while a call is under way is stored at once', async ({ page, server, todo }) => {
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

test('what is done while the storage is tidied up is sent at once', async ({ page, server, todo }) => {
  await page.addInitScript(() => {
    const remove = IDBObjectStore.prototype.delete;
    IDBObjectStore.prototype.delete = function (key) {
      // As soon as the page waits for the storage again, and before it is done.
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
  // Long before the server says something by itself.
  await expect.poll(async () => (await server.items()).slice(2), { timeout: 5_000 }).toEqual(['One', 'Two']);
});

test('two tabs show the same where the stream does not get through', async ({ page, server, todo, context }) => {
  await context.route(STREAM, (route) => route.fulfill({ status: 503 }));
  await todo.openHydrated();
  const second = new TodoPage(await context.newPage());
  await second.openHydrated();
  await second.add('From the one that leads');
  await second.settled();
  // What a person has typed stays before their eyes, in every frame from now on.
  await page.evaluate(() => {
    const missing: string[] = [];
    Object.assign(window, { missing });
    let seen = false;
    new MutationObserver(() => {
      const there = document.querySelector('#item-list')!.textContent!.includes('From the other');
      if (seen && !there) missing.push('gone');
      seen ||= there;
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  await todo.add('From the other');
  await expect.poll(() => server.items()).toContain('From the other');
  await expect.poll(() => second.stored()).toBe(0);
  await todo.comeBack();
  await todo.expectAdded('From the one that leads', 'From the other');
  expect(await page.evaluate(() => (window as unknown as { missing: string[] }).missing)).toEqual([]);
});

test('a tab does not say that all is saved while the one that leads cannot send it', async ({ server, context }) => {
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

test('what could not be stored is not lost when another tab stores something', async ({ server, context }) => {
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
