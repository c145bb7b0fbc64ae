// Live updates: changes of other clients appear at once and do not disturb a person at work.
import type { BrowserContext } from '@playwright/test';
import { expect, test } from '../../support/fixtures.ts';
import { CALLS, STREAM, silenceStream } from '../../support/network.ts';
import { Proxy } from '../../support/proxy.ts';
import type { Server } from '../../support/server.ts';
import { FIRST, OFFLINE, SAVED, SECOND, TodoPage, openTab } from '../../support/todo-page.ts';

// The browser logs the connections that end with a server.
test.use({ noisy: true });

test('an open page shows the changes of other clients at once', async ({ server, todo, browser }) => {
  await todo.openHydrated();
  await todo.expectStatus(SAVED);
  await server.add('By a script');
  await todo.expectAdded('By a script');
  const other = await browser.newContext({ baseURL: server.url });
  const others = new TodoPage(await other.newPage());
  await others.openHydrated();
  await others.add('By another browser');
  await todo.expectAdded('By a script', 'By another browser');
  await others.complete(FIRST);
  await expect(todo.checkbox(FIRST)).toBeChecked();
  await todo.expectLeft(3);
  await others.move(SECOND, 'to top');
  await todo.expectTitles(SECOND, FIRST, 'By a script', 'By another browser');
  await others.remove('By a script');
  await todo.expectTitles(SECOND, FIRST, 'By another browser');
  await others.undo.click();
  await todo.expectTitles(SECOND, FIRST, 'By a script', 'By another browser');
  await other.close();
});

test('a row that another client has changed is marked until the next user action, and an own one is not', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.add('My own');
  // The status may still be that from before the addition.
  await server.expectAdded(['My own']);
  await server.add('Theirs');
  await todo.expectAdded('My own', 'Theirs');
  const marked = page.locator('#item-list > [data-arrived]');
  await expect(marked).toHaveText(['Theirs']);
  await todo.complete(FIRST);
  await expect(todo.checkbox(FIRST)).toBeChecked();
  await expect(marked).toHaveCount(0);
});

/** Changes of another client to the items around the first one. */
async function changeOthers(server: Server): Promise<void> {
  await server.addFirst('Put first');
  await server.add('Put last');
  await server.change(SECOND, { completed: true });
  await server.change(SECOND, { title: 'Renamed' });
  await server.remove('Put last');
  await server.add('The end');
}

const CHANGED = ['Put first', FIRST, 'Renamed', 'The end'];

test('changes of others leave the text, cursor and selection of the field unchanged', async ({ server, todo }) => {
  await todo.openHydrated();
  await todo.field.fill('Half of a title');
  await todo.field.evaluate((field: HTMLInputElement) => field.setSelectionRange(2, 7, 'backward'));
  await changeOthers(server);
  await todo.expectTitles(...CHANGED);
  await expect(todo.field).toBeFocused();
  await expect(todo.field).toHaveValue('Half of a title');
  const { selectionStart, selectionEnd, selectionDirection } = await todo.field.evaluate((field: HTMLInputElement) => ({
    selectionStart: field.selectionStart,
    selectionEnd: field.selectionEnd,
    selectionDirection: field.selectionDirection,
  }));
  expect({ selectionStart, selectionEnd, selectionDirection }).toEqual({
    selectionStart: 2,
    selectionEnd: 7,
    selectionDirection: 'backward',
  });
});

test('changes of others leave an open editor unchanged, even if they change its item', async ({ server, todo }) => {
  await todo.openHydrated();
  await todo.edit(FIRST);
  await todo.editor.fill('Half of a title');
  await todo.editor.evaluate((editor: HTMLInputElement) => editor.setSelectionRange(2, 7));
  await server.change(FIRST, { completed: true });
  await server.change(FIRST, { title: 'Theirs' });
  await changeOthers(server);
  await expect(todo.items).toHaveCount(4);
  await expect(todo.items.nth(1)).toHaveClass('completed editing');
  await expect(todo.items.last()).toHaveText('The end');
  await expect(todo.editor).toBeFocused();
  await expect(todo.editor).toHaveValue('Half of a title');
  expect(await todo.editor.evaluate((editor: HTMLInputElement) => [editor.selectionStart, editor.selectionEnd])).toEqual([2, 7]);
  await todo.editor.press('Enter');
  await todo.expectTitles('Put first', 'Half of a title', 'Renamed', 'The end');
});

test('changes of others leave the search field unchanged and appear in its results', async ({ server, todo }) => {
  await todo.openHydrated();
  await todo.search.fill('put');
  await expect(todo.items).toHaveCount(0);
  await todo.search.evaluate((search: HTMLInputElement) => search.setSelectionRange(1, 2));
  await server.add('Put last');
  await server.add('Something else');
  await server.addFirst('Put first');
  await todo.expectTitles('Put first', 'Put last');
  await expect(todo.search).toBeFocused();
  await expect(todo.search).toHaveValue('put');
  expect(await todo.search.evaluate((search: HTMLInputElement) => [search.selectionStart, search.selectionEnd])).toEqual([1, 2]);
});

test('changes of others leave focus on its item', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.checkbox(FIRST).focus();
  await changeOthers(server);
  await todo.expectTitles(...CHANGED);
  await expect(todo.checkbox(FIRST)).toBeFocused();
  await page.keyboard.press('Space');
  await expect(todo.checkbox(FIRST)).toBeChecked();
});

test('changes of others leave a selected text selected', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.title(FIRST).evaluate((title) => getSelection()!.selectAllChildren(title));
  await changeOthers(server);
  await todo.expectTitles(...CHANGED);
  expect(await page.evaluate(() => getSelection()!.toString())).toBe(FIRST);
});

for (const [name, begin] of Object.entries<(todo: TodoPage) => Promise<unknown>>({
  reads: async () => {},
  types: (todo) => todo.field.fill('Half of a title'),
  edits: (todo) => todo.edit('task 40'),
})) {
  test(`changes of others do not move the visible rows while a person ${name}`, async ({ page, server, todo }) => {
    await server.addMany(Array.from({ length: 80 }, (_, index) => `task ${index}`));
    await todo.openHydrated();
    await todo.title('task 40').evaluate((title) => title.scrollIntoView({ block: 'center' }));
    await begin(todo);
    const row = page.locator('li', { has: page.getByTestId('todo-title').getByText('task 41', { exact: true }) });
    const before = await row.boundingBox();
    expect(await page.evaluate(() => scrollY)).toBeGreaterThan(300);
    // Above the visible rows, and below them.
    await server.addFirst('One', 'Two', 'Three');
    await server.remove(FIRST);
    await server.add('The end');
    await expect(todo.items).toHaveCount(85);
    await expect(todo.items.last()).toHaveText('The end');
    const after = await row.boundingBox();
    expect(Math.abs(after!.y - before!.y)).toBeLessThanOrEqual(1);
  });
}

/** Returns a function that returns the names of the pages with an open stream of events. */
function watchStreams(context: BrowserContext): () => string[] {
  const open = new Map<unknown, { isClosed: () => boolean; name: string }>();
  let pages = 0;
  context.on('page', (page) => {
    pages += 1;
    const name = `page ${pages}`;
    page.on('request', (request) => {
      if (request.url().includes('/api/v1/events')) open.set(request, { isClosed: () => page.isClosed(), name });
    });
    for (const end of ['requestfinished', 'requestfailed'] as const) {
      page.on(end as 'requestfinished', (request) => open.delete(request));
    }
  });
  return () => [...open.values()].filter((page) => !page.isClosed()).map((page) => page.name);
}

test('two tabs of a browser show the changes of each other', async ({ server, todo, context }) => {
  await todo.openHydrated();
  await todo.expectStatus(SAVED);
  const second = await openTab(context);
  await second.add('From the second tab');
  await todo.expectAdded('From the second tab');
  await todo.add('From the first tab');
  await second.expectAdded('From the second tab', 'From the first tab');
  await second.expectStatus(SAVED);
  await expect(second.list.locator('.pending')).toHaveCount(0);
  await expect(todo.list.locator('.pending')).toHaveCount(0);
  expect((await server.items()).slice(2)).toEqual(['From the second tab', 'From the first tab']);
});

test('eight tabs of a browser share one stream, even after the leading tab is closed', async ({ server, context }) => {
  const streams = watchStreams(context);
  const tabs: TodoPage[] = [];
  for (let index = 0; index < 8; index += 1) tabs.push(await openTab(context));
  const expected: string[] = [];
  const all = async (title: string) => {
    expected.push(title);
    for (const tab of tabs) await tab.expectAdded(...expected);
    await expect.poll(streams).toHaveLength(1);
  };
  await server.add('By another client');
  await all('By another client');
  expect(streams()).toEqual(['page 8']);
  // Closes the leading tab, and then the next one.
  for (const leader of ['page 8', 'page 7']) {
    await tabs.pop()!.page.close();
    await expect.poll(streams).toHaveLength(1);
    expect(streams()).not.toEqual([leader]);
    await server.add(`After ${leader}`);
    await all(`After ${leader}`);
  }
  // The leading tab sends the changes of the others.
  await tabs[0].add('By the first tab');
  await all('By the first tab');
  await tabs[3].add('By the fourth tab');
  await all('By the fourth tab');
  for (const tab of tabs) await expect(tab.list.locator('.pending')).toHaveCount(0);
  expect((await server.items()).slice(2)).toEqual(expected);
});

test.describe('where the browser has no locks', () => {
  test.beforeEach(async ({ context }) => {
    await context.addInitScript(() => Object.defineProperty(Navigator.prototype, 'locks', { value: undefined }));
  });

  test('each visible tab has a stream, and every change is sent once', async ({ server, context }) => {
    const streams = watchStreams(context);
    const tabs = [await openTab(context), await openTab(context), await openTab(context)];
    await expect.poll(streams).toEqual(['page 1', 'page 2', 'page 3']);
    await server.add('By another client');
    for (const tab of tabs) await tab.expectAdded('By another client');
    await tabs[0].add('By the first tab');
    for (const tab of tabs) await tab.expectAdded('By another client', 'By the first tab');
    await tabs[2].add('By the third tab');
    for (const tab of tabs) await tab.expectAdded('By another client', 'By the first tab', 'By the third tab');
    for (const tab of tabs) await expect(tab.list.locator('.pending')).toHaveCount(0);
    expect((await server.items()).slice(2)).toEqual(['By another client', 'By the first tab', 'By the third tab']);
  });

  test('a hidden tab has no stream, and catches up when it is visible', async ({ server, context }) => {
    const streams = watchStreams(context);
    const tab = await openTab(context);
    const show = (visible: boolean) =>
      tab.page.evaluate((visible) => {
        Object.defineProperty(Document.prototype, 'hidden', { configurable: true, value: !visible });
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
      }, visible);
    await show(false);
    await expect.poll(streams).toEqual([]);
    await server.add('By another client');
    await show(true);
    await tab.expectAdded('By another client');
    await expect.poll(streams).toEqual(['page 1']);
    await server.add('And more');
    await tab.expectAdded('By another client', 'And more');
  });
});

const triggers: Record<string, (todo: TodoPage) => Promise<unknown>> = {
  'coming back to the page': (todo) => todo.comeBack(),
  'an online event': (todo) => todo.page.evaluate(() => window.dispatchEvent(new Event('online'))),
  'a change': (todo) => todo.add('Mine'),
};

for (const [name, comeBack] of Object.entries(triggers)) {
  test(`${name} makes the page catch up after its stream has died silently`, async ({ server, browser }) => {
    const network = new Proxy(server.url);
    await network.start();
    const context = await browser.newContext({ baseURL: network.url });
    const todo = new TodoPage(await context.newPage());
    await todo.openHydrated();
    await todo.expectStatus(SAVED);
    await server.add('Received');
    await todo.expectAdded('Received');
    expect(network.freeze('/api/v1/events')).toBe(1);
    await server.add('Missed');
    const caughtUp = todo.page.waitForResponse(CALLS, { timeout: 5_000 });
    await comeBack(todo);
    await caughtUp;
    await expect(todo.titles.nth(3)).toHaveText('Missed');
    await todo.expectStatus(SAVED);
    await context.close();
    await network.stop();
  });
}

test('the page reopens a stream after 10 seconds of silence', async ({ server, browser }) => {
  const network = new Proxy(server.url);
  await network.start();
  const context = await browser.newContext({ baseURL: network.url });
  const todo = new TodoPage(await context.newPage());
  await todo.page.clock.install();
  await todo.openHydrated();
  await todo.expectStatus(SAVED);
  expect(network.freeze('/api/v1/events')).toBe(1);
  await server.add('Missed');
  const opened = todo.page.waitForRequest(STREAM);
  // The page counts from the latest event, which has arrived after the opening.
  await todo.page.clock.fastForward(10_000);
  await todo.page.clock.fastForward(10_000);
  await opened;
  await todo.expectAdded('Missed');
  await todo.expectStatus(SAVED);
  await context.close();
  await network.stop();
});

const blockades: Record<string, (context: BrowserContext) => Promise<unknown>> = {
  'is silent': (context) => silenceStream(context),
  'is refused': (context) => context.route(STREAM, (route) => route.fulfill({ status: 503 })),
  'is aborted': (context) => context.route(STREAM, (route) => route.abort()),
  'has a foreign body': (context) => context.route(STREAM, (route) => route.fulfill({ contentType: 'text/html', body: '<p>No' })),
  'does not exist in this browser': (context) =>
    context.addInitScript(() => {
      delete (window as Partial<typeof globalThis>).EventSource;
    }),
};

for (const [name, block] of Object.entries(blockades)) {
  test(`while the stream ${name} and calls work, all tabs show the changes of others within 15 seconds and never say "Offline"`, async ({ server, context }) => {
    await context.addInitScript(() => {
      const said: string[] = [];
      Object.assign(window, { said });
      new MutationObserver(() => said.push(document.querySelector('.status')?.textContent ?? '')).observe(document, {
        subtree: true,
        childList: true,
        characterData: true,
      });
    });
    await block(context);
    const tabs = [new TodoPage(await context.newPage()), new TodoPage(await context.newPage())];
    for (const tab of tabs) await tab.openHydrated();
    // The first time, and later.
    for (const titles of [['One'], ['One', 'Two']]) {
      await server.add(titles.at(-1)!);
      const limit = Date.now() + 15_000;
      for (const tab of tabs) await expect(tab.items).toHaveCount(2 + titles.length, { timeout: Math.max(1, limit - Date.now()) });
      for (const tab of tabs) await tab.expectAdded(...titles);
    }
    await tabs[0].add('Mine');
    for (const tab of tabs) {
      await tab.expectAdded('One', 'Two', 'Mine');
      await tab.expectStatus(SAVED);
      expect(await tab.page.evaluate(() => (window as unknown as { said: string[] }).said.filter((text) => /offline|device/i.test(text)))).toEqual([]);
    }
    await server.expectAdded(['One', 'Two', 'Mine']);
  });
}

for (const [name, fail] of Object.entries<(page: TodoPage['page']) => Promise<unknown>>({
  'fails twice with 503': (page) => page.route(STREAM, (route) => route.fulfill({ status: 503 }), { times: 2 }),
  'is aborted': (page) => page.route(STREAM, (route) => route.abort(), { times: 1 }),
  'has a foreign body': (page) => page.route(STREAM, (route) => route.fulfill({ body: '<html>Please sign in</html>' }), { times: 1 }),
})) {
  test(`the page reopens a stream that ${name}`, async ({ page, server, todo }) => {
    await fail(page);
    await todo.openHydrated();
    await server.add('By another client');
    await todo.expectAdded('By another client');
    await todo.expectStatus(SAVED);
    await server.add('And more');
    await todo.expectAdded('By another client', 'And more');
  });
}

test('a call after more changes than the server remembers returns the whole list', async ({ page, server, todo }) => {
  await silenceStream(page);
  await todo.openHydrated();
  await todo.add('Before');
  await todo.settled();
  await server.remove(FIRST);
  await server.addMany(Array.from({ length: 270 }, (_, index) => `task ${index}`));
  await todo.comeBack();
  await expect(todo.items).toHaveCount(272);
  expect(await todo.titles.allTextContents()).toEqual(await server.items());
  // The server does not remember the change to undo either.
  await todo.undo.click();
  await expect(todo.toast).toHaveText('There is nothing to undo.');
  await todo.settled();
  expect(await todo.titles.allTextContents()).toEqual(await server.items());
});

test('a stream after more changes than the server remembers brings the whole list', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.expectStatus(SAVED);
  await page.context().setOffline(true);
  await todo.add('Mine');
  await server.remove(FIRST);
  await server.addMany(Array.from({ length: 270 }, (_, index) => `task ${index}`));
  await page.context().setOffline(false);
  await expect(todo.items).toHaveCount(272);
  await todo.expectStatus(SAVED);
  await todo.settled();
  const items = await server.items();
  expect(items.at(-1)).toBe('Mine');
  expect(await todo.titles.allTextContents()).toEqual(items);
});

const restarts = [true, false].flatMap((durable) => (['stop', 'kill'] as const).map((way) => ({ durable, way })));
for (const { durable, way } of restarts) {
  test.describe(() => {
    test.use({ durable });
    test(`the page reconnects to a server that restarts with ${durable ? 'its list' : 'another list'} after a ${way}`, async ({ server, todo }) => {
      await todo.openHydrated();
      await todo.addAll('Before');
      // The storage keeps a command until the page that opens without a network contains it.
      await expect.poll(() => todo.stored()).toBe(0);
      await server[way]();
      await todo.expectStatus(OFFLINE);
      await todo.expectAdded('Before');
      await server.start();
      const kept = durable ? ['Before'] : [];
      await todo.expectAdded(...kept);
      await todo.expectStatus(SAVED);
      await server.add('By another client');
      await todo.expectAdded(...kept, 'By another client');
      await todo.add('Mine');
      await todo.expectAdded(...kept, 'By another client', 'Mine');
      await todo.settled();
      expect((await server.items()).slice(2)).toEqual([...kept, 'By another client', 'Mine']);
    });
  });
}
