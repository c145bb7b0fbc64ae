// What others do is seen at once, wherever they do it, and disturbs nobody.
import type { BrowserContext } from '@playwright/test';
import { expect, test } from '../../support/fixtures.ts';
import { CALLS, STREAM, silenceStream } from '../../support/network.ts';
import { Proxy } from '../../support/proxy.ts';
import type { Server } from '../../support/server.ts';
import { FIRST, OFFLINE, SAVED, SECOND, TodoPage, openTab } from '../../support/todo-page.ts';

// Some servers here come to an end, and browsers note that in the console.
test.use({ noisy: true });

test('what somebody does elsewhere is on an open page at once', async ({ server, todo, browser }) => {
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

test('a row that somebody else has changed is marked until the next gesture, and an own one never is', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.add('My own');
  await todo.expectStatus(SAVED);
  await server.add('Theirs');
  await todo.expectAdded('My own', 'Theirs');
  const marked = page.locator('#item-list > [data-arrived]');
  await expect(marked).toHaveText(['Theirs']);
  await todo.complete(FIRST);
  await expect(todo.checkbox(FIRST)).toBeChecked();
  await expect(marked).toHaveCount(0);
});

/** What somebody else does to everything around a person. */
async function bustle(server: Server): Promise<void> {
  await server.addFirst('Put first');
  await server.add('Put last');
  await server.change(SECOND, { completed: true });
  await server.change(SECOND, { title: 'Renamed' });
  await server.remove('Put last');
  await server.add('The end');
}

const afterwards = ['Put first', FIRST, 'Renamed', 'The end'];

test('what others do leaves a text alone that is being typed', async ({ server, todo }) => {
  await todo.openHydrated();
  await todo.field.fill('Half of a sent');
  await todo.field.evaluate((field: HTMLInputElement) => field.setSelectionRange(2, 7, 'backward'));
  await bustle(server);
  await todo.expectTitles(...afterwards);
  await expect(todo.field).toBeFocused();
  await expect(todo.field).toHaveValue('Half of a sent');
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

test('what others do leaves an open editor alone, also what they do to its item', async ({ server, todo }) => {
  await todo.openHydrated();
  await todo.edit(FIRST);
  await todo.editor.fill('Half of a sent');
  await todo.editor.evaluate((editor: HTMLInputElement) => editor.setSelectionRange(2, 7));
  await server.change(FIRST, { completed: true });
  await server.change(FIRST, { title: 'Theirs' });
  await bustle(server);
  await expect(todo.items).toHaveCount(4);
  await expect(todo.items.nth(1)).toHaveClass('completed editing');
  await expect(todo.items.last()).toHaveText('The end');
  await expect(todo.editor).toBeFocused();
  await expect(todo.editor).toHaveValue('Half of a sent');
  expect(await todo.editor.evaluate((editor: HTMLInputElement) => [editor.selectionStart, editor.selectionEnd])).toEqual([2, 7]);
  await todo.editor.press('Enter');
  await todo.expectTitles('Put first', 'Half of a sent', 'Renamed', 'The end');
});

test('what others do leaves a search alone, and shows in what it finds', async ({ server, todo }) => {
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

test('what others do leaves the keyboard on its item', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.checkbox(FIRST).focus();
  await bustle(server);
  await todo.expectTitles(...afterwards);
  await expect(todo.checkbox(FIRST)).toBeFocused();
  await page.keyboard.press('Space');
  await expect(todo.checkbox(FIRST)).toBeChecked();
});

test('what others do leaves a selected text selected', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.title(FIRST).evaluate((title) => getSelection()!.selectAllChildren(title));
  await bustle(server);
  await todo.expectTitles(...afterwards);
  expect(await page.evaluate(() => getSelection()!.toString())).toBe(FIRST);
});

for (const [name, begin] of Object.entries<(todo: TodoPage) => Promise<unknown>>({
  'somebody reads': async () => {},
  'somebody types': (todo) => todo.field.fill('Half of a sent'),
  'somebody edits': (todo) => todo.edit('task 40'),
})) {
  test(`what others do moves nothing under the eyes while ${name}`, async ({ page, server, todo }) => {
    for (let index = 0; index < 80; index += 1) await server.add(`task ${index}`);
    await todo.openHydrated();
    await todo.title('task 40').evaluate((title) => title.scrollIntoView({ block: 'center' }));
    await begin(todo);
    const row = page.locator('li', { has: page.getByTestId('todo-title').getByText('task 41', { exact: true }) });
    const before = await row.boundingBox();
    expect(await page.evaluate(() => scrollY)).toBeGreaterThan(300);
    // Above what is seen, and below it.
    for (const title of ['One', 'Two', 'Three']) await server.addFirst(title);
    await server.remove(FIRST);
    await server.add('The end');
    await expect(todo.items).toHaveCount(85);
    await expect(todo.items.last()).toHaveText('The end');
    const after = await row.boundingBox();
    expect(Math.abs(after!.y - before!.y)).toBeLessThanOrEqual(1);
  });
}

/** Answers the pages that have a stream of events open. */
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

test('a second tab of a browser follows, and sends by the first', async ({ server, todo, context }) => {
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

test('eight tabs of a browser have one stream, and all follow, whichever of them is closed', async ({ server, context }) => {
  const streams = watchStreams(context);
  const tabs: TodoPage[] = [];
  for (let index = 0; index < 8; index += 1) tabs.push(await openTab(context));
  const expected: string[] = [];
  const all = async (title: string) => {
    expected.push(title);
    for (const tab of tabs) await tab.expectAdded(...expected);
    await expect.poll(streams).toHaveLength(1);
  };
  await server.add('By somebody else');
  await all('By somebody else');
  expect(streams()).toEqual(['page 8']);
  // The one that leads is closed, and the next one.
  for (const leader of ['page 8', 'page 7']) {
    await tabs.pop()!.page.close();
    await expect.poll(streams).toHaveLength(1);
    expect(streams()).not.toEqual([leader]);
    await server.add(`After ${leader}`);
    await all(`After ${leader}`);
  }
  // What a tab does that does not lead is sent by the one that does.
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

  test('each tab that is visible follows, and what any of them does is sent once', async ({ server, context }) => {
    const streams = watchStreams(context);
    const tabs = [await openTab(context), await openTab(context), await openTab(context)];
    await expect.poll(streams).toEqual(['page 1', 'page 2', 'page 3']);
    await server.add('By somebody else');
    for (const tab of tabs) await tab.expectAdded('By somebody else');
    await tabs[0].add('By the first tab');
    for (const tab of tabs) await tab.expectAdded('By somebody else', 'By the first tab');
    await tabs[2].add('By the third tab');
    for (const tab of tabs) await tab.expectAdded('By somebody else', 'By the first tab', 'By the third tab');
    for (const tab of tabs) await expect(tab.list.locator('.pending')).toHaveCount(0);
    expect((await server.items()).slice(2)).toEqual(['By somebody else', 'By the first tab', 'By the third tab']);
  });

  test('a tab that nobody sees has no stream, and catches up when somebody does', async ({ server, context }) => {
    const streams = watchStreams(context);
    const tab = await openTab(context);
    const show = (visible: boolean) =>
      tab.page.evaluate((visible) => {
        Object.defineProperty(Document.prototype, 'hidden', { configurable: true, value: !visible });
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
      }, visible);
    await show(false);
    await expect.poll(streams).toEqual([]);
    await server.add('By somebody else');
    await show(true);
    await tab.expectAdded('By somebody else');
    await expect.poll(streams).toEqual(['page 1']);
    await server.add('And more');
    await tab.expectAdded('By somebody else', 'And more');
  });
});

const returns: Record<string, (todo: TodoPage) => Promise<unknown>> = {
  'coming back to the page': (todo) => todo.comeBack(),
  'the network that is there again': (todo) => todo.page.evaluate(() => window.dispatchEvent(new Event('online'))),
  'doing something': (todo) => todo.add('Mine'),
};

for (const [name, comeBack] of Object.entries(returns)) {
  test(`${name} brings at once what was missed on a stream that has died without a word`, async ({ server, browser }) => {
    const network = new Proxy(server.url);
    await network.start();
    const context = await browser.newContext({ baseURL: network.url });
    const todo = new TodoPage(await context.newPage());
    await todo.openHydrated();
    await todo.expectStatus(SAVED);
    await server.add('Heard of');
    await todo.expectAdded('Heard of');
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

test('a stream of which nothing is heard for 40 seconds is opened anew', async ({ server, browser }) => {
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
  await todo.page.clock.fastForward(41_000);
  await opened;
  await todo.expectAdded('Missed');
  await todo.expectStatus(SAVED);
  await context.close();
  await network.stop();
});

for (const [name, fail] of Object.entries<(page: TodoPage['page']) => Promise<unknown>>({
  'is answered 503': (page) => page.route(STREAM, (route) => route.fulfill({ status: 503 }), { times: 2 }),
  'is broken off': (page) => page.route(STREAM, (route) => route.abort(), { times: 2 }),
  'is something else': (page) => page.route(STREAM, (route) => route.fulfill({ body: '<html>Please sign in</html>' }), { times: 2 }),
})) {
  test(`a stream that ${name} comes back by itself`, async ({ page, server, todo }) => {
    await fail(page);
    await todo.openHydrated();
    await server.add('By somebody else');
    await todo.expectAdded('By somebody else');
    await todo.expectStatus(SAVED);
    await server.add('And more');
    await todo.expectAdded('By somebody else', 'And more');
  });
}

test('who has missed more than the server remembers gets the list as it is', async ({ page, server, todo }) => {
  await silenceStream(page);
  await todo.openHydrated();
  await todo.add('Before');
  await todo.settled();
  await server.remove(FIRST);
  for (let index = 0; index < 270; index += 1) await server.add(`task ${index}`);
  await todo.comeBack();
  await expect(todo.items).toHaveCount(272);
  expect(await todo.titles.allTextContents()).toEqual(await server.items());
  // The step is as old as the rest.
  await todo.undo.click();
  await expect(todo.toast).toHaveText('There is nothing to undo.');
  await todo.settled();
  expect(await todo.titles.allTextContents()).toEqual(await server.items());
});

test('so does who hears of it by the stream', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.expectStatus(SAVED);
  await page.context().setOffline(true);
  await todo.add('Mine');
  await server.remove(FIRST);
  for (let index = 0; index < 270; index += 1) await server.add(`task ${index}`);
  await page.context().setOffline(false);
  await expect(todo.items).toHaveCount(272);
  await todo.expectStatus(SAVED);
  await todo.settled();
  const items = await server.items();
  expect(items.at(-1)).toBe('Mine');
  expect(await todo.titles.allTextContents()).toEqual(items);
});

for (const durable of [true, false]) {
  test.describe(() => {
    test.use({ durable });
    for (const way of ['stop', 'kill'] as const) {
      test(`a page follows a server that was started again ${durable ? 'with its list' : 'with another list'}, after a ${way}`, async ({ server, todo }) => {
        await todo.openHydrated();
        await todo.addAll('Before');
        // What is done is remembered until the page that opens without a network has it.
        await expect.poll(() => todo.stored()).toBe(0);
        await server[way]();
        await todo.expectStatus(OFFLINE);
        await todo.expectAdded('Before');
        await server.start();
        const kept = durable ? ['Before'] : [];
        await todo.expectAdded(...kept);
        await todo.expectStatus(SAVED);
        await server.add('By somebody else');
        await todo.expectAdded(...kept, 'By somebody else');
        await todo.add('Mine');
        await todo.expectAdded(...kept, 'By somebody else', 'Mine');
        await todo.settled();
        expect((await server.items()).slice(2)).toEqual([...kept, 'By somebody else', 'Mine']);
      });
    }
  });
}
