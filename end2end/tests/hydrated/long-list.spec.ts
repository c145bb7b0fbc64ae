// A long list: rows far from the window are text only, and a person must not notice that.
import { expect, test } from '../../support/fixtures.ts';
import { holdCalls } from '../../support/network.ts';
import { FIRST, SECOND, type TodoPage } from '../../support/todo-page.ts';

const TITLES = Array.from({ length: 1_500 }, (_, index) => `Item ${index + 1} of many`);
const ALL = [FIRST, SECOND, ...TITLES];
const TEXT_ONLY = 'Item 900 of many';

test.beforeEach(async ({ server, todo }) => {
  await server.addMany(TITLES);
  await todo.openHydrated();
});

const textOnly = (todo: TodoPage) => todo.list.locator('.far');

/** Expects these titles as text content. Rows far from the window are not laid out and have no inner text. */
const expectTitles = (todo: TodoPage, ...titles: string[]) => expect(todo.items).toHaveText(titles);

async function scrollTo(todo: TodoPage, title: string): Promise<void> {
  await todo.title(title).evaluate((row) => row.scrollIntoView({ block: 'center' }));
}

test('the browser finds the text of every row, and the row it finds has controls', async ({ page, server, todo }) => {
  await expectTitles(todo, ...ALL);
  await expect(todo.row(TEXT_ONLY)).toHaveClass('far');
  await expect(todo.checkbox(TEXT_ONLY)).toHaveCount(0);
  // Searches from the focused element, and continues at the beginning.
  const find = (text: string) => (window as unknown as { find: (text: string, ...options: boolean[]) => boolean }).find(text, false, false, true);
  expect(await page.evaluate(find, TEXT_ONLY)).toBe(true);
  await todo.complete(TEXT_ONLY);
  await expect(todo.row(TEXT_ONLY)).toHaveClass('completed');
  await expectTitles(todo, ...ALL);
  await todo.settled();
  expect(await server.completed()).toEqual([TEXT_ONLY]);
});

test('a text-only row has the same layout as an interactive row', async ({ todo }) => {
  const look = () =>
    todo.title(TEXT_ONLY).evaluate((title) => {
      const text = document.createRange();
      text.selectNodeContents(title);
      return [title.closest('li')!.getBoundingClientRect().height, text.getBoundingClientRect().left];
    });
  const before = await look();
  await scrollTo(todo, TEXT_ONLY);
  await expect(todo.checkbox(TEXT_ONLY)).toBeVisible();
  expect(await look()).toEqual(before);
});

test('rows far from the window become text-only again, except for the row with the open editor', async ({ todo }) => {
  await todo.edit(FIRST);
  await todo.editor.fill('Half a title');
  const atFirst = await textOnly(todo).count();
  expect(atFirst).toBeGreaterThan(1_300);
  for (let index = 50; index <= 1_500; index += 75) {
    await scrollTo(todo, `Item ${index} of many`);
    await expect(todo.checkbox(`Item ${index} of many`)).toBeVisible();
  }
  await scrollTo(todo, 'Item 1500 of many');
  await expect(todo.checkbox('Item 1500 of many')).toBeVisible();
  await expect(todo.row('Item 100 of many')).toHaveClass('far');
  expect(await textOnly(todo).count()).toBeLessThan(atFirst);
  await expect(todo.editor).toHaveValue('Half a title');
  await expect(todo.editor).toBeFocused();
  await todo.editor.press('Escape');
  await scrollTo(todo, 'Item 100 of many');
  await expect(todo.checkbox('Item 100 of many')).toBeVisible();
  await expectTitles(todo, ...ALL);
});

test('a search hides all other rows, and its end restores them in order', async ({ todo }) => {
  await todo.search.fill('Item 99');
  await expectTitles(todo, ...ALL.filter((title) => title.startsWith('Item 99')));
  await expect(textOnly(todo)).toHaveCount(0);
  await todo.search.fill('many');
  await expectTitles(todo, ...TITLES);
  await expect(todo.title('Item 50 of many').locator('mark')).toHaveText('many');
  await todo.search.fill('');
  await expectTitles(todo, ...ALL);
  await expect(todo.list.locator('mark')).toHaveCount(0);
});

test('changes of others appear in text-only rows', async ({ server, todo }) => {
  await scrollTo(todo, 'Item 500 of many');
  await server.change('Item 990 of many', { title: 'Of another client', completed: true });
  await expect(todo.row('Of another client')).toHaveClass('far completed');
  await server.remove('Item 10 of many');
  await expect(todo.row('Item 10 of many')).toHaveCount(0);
  await server.addFirst('The very first');
  await expect(todo.titles.first()).toHaveText('The very first');
  await todo.expectLeft(1_501);
});

test('all items can be completed and reopened at once', async ({ server, todo }) => {
  await todo.all.click();
  await expect(todo.list.locator('.completed')).toHaveCount(ALL.length);
  await todo.expectLeft(0);
  await todo.undo.click();
  await expect(todo.list.locator('.completed')).toHaveCount(0);
  await todo.settled();
  expect(await server.completed()).toEqual([]);
});

test('a new item is in view with its controls, and the field keeps focus', async ({ todo }) => {
  await todo.add('Buy milk');
  await expect(todo.checkbox('Buy milk')).toBeInViewport();
  await expect(todo.field).toBeFocused();
  await todo.add('Buy bread');
  await expect(todo.checkbox('Buy bread')).toBeInViewport();
  await expectTitles(todo, ...ALL, 'Buy milk', 'Buy bread');
});

test('a text-only row gets its controls when it gets focus', async ({ page, todo }) => {
  await todo.title(TEXT_ONLY).focus();
  await expect(todo.checkbox(TEXT_ONLY)).toBeFocused();
  await page.keyboard.press('Space');
  await expect(todo.row(TEXT_ONLY)).toHaveClass('completed');
});

test('j and k move focus from block to block', async ({ page, todo }) => {
  await scrollTo(todo, 'Item 190 of many');
  await expect(todo.checkbox('Item 190 of many')).toBeVisible();
  await todo.checkbox('Item 190 of many').focus();
  const walk = async (key: string, index: number) => {
    await page.keyboard.press(key);
    await expect(todo.checkbox(`Item ${index} of many`)).toBeFocused();
  };
  for (let index = 191; index <= 220; index += 1) await walk('j', index);
  for (let index = 219; index >= 190; index -= 1) await walk('k', index);
});

test('a row can be dragged to another block and is visible during the drag', async ({ page, server, todo }) => {
  await scrollTo(todo, 'Item 198 of many');
  const handle = todo.row('Item 198 of many').getByRole('button', { name: 'Edit or move' });
  await expect(handle).toBeVisible();
  const block = (title: string) => todo.row(title).evaluate((row) => row.parentElement!.textContent);
  expect(await block('Item 198 of many')).not.toBe(await block('Item 199 of many'));
  const from = (await handle.boundingBox())!;
  const to = (await todo.row('Item 200 of many').boundingBox())!;
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(from.x + from.width / 2, to.y + to.height - 4, { steps: 5 });
  await expect(todo.row('Item 200 of many')).toHaveAttribute('data-drop', 'after');
  // The edge of its block does not clip it.
  await expect(page.locator('.block:has([data-dragged])')).toHaveCSS('content-visibility', 'visible');
  await page.mouse.up();
  await todo.settled();
  const titles = await server.items();
  expect(titles.slice(titles.indexOf('Item 197 of many')).slice(0, 5)).toEqual([197, 199, 200, 198, 201].map((index) => `Item ${index} of many`));
  await expectTitles(todo, ...titles);
});

test('changes of others to rows that a search hides appear after the search', async ({ server, todo }) => {
  await todo.search.fill('front');
  await expectTitles(todo, FIRST);
  await server.change(TEXT_ONLY, { title: 'Another title' });
  await server.change('Item 901 of many', { completed: true });
  await server.remove('Item 902 of many');
  // The page receives this change after all of the above.
  await server.change(FIRST, { title: 'The front-end comes first' });
  await expectTitles(todo, 'The front-end comes first');
  await todo.search.fill('');
  await expectTitles(todo, ...(await server.items()));
  await expect(todo.row('Item 901 of many')).toHaveClass('far completed');
  await expect(todo.row('Item 903 of many')).toHaveClass('far');
});

test('items that leave a view by being completed are completed in another view', async ({ page, todo }) => {
  // A response of the server would render the rows again.
  await holdCalls(page);
  await todo.filter('Active');
  await todo.all.check();
  await expect(todo.items).toHaveCount(0);
  await todo.filter('All');
  await expect(todo.row(TEXT_ONLY)).toHaveClass('far completed');
  await expectTitles(todo, ...ALL);
});

test('rows lose the marks of an earlier search', async ({ todo }) => {
  const marks = todo.list.locator('mark');
  await todo.search.fill('many');
  await expect(marks).toHaveCount(100);
  await todo.search.fill('front');
  await expectTitles(todo, FIRST);
  await expect(marks).toHaveText(['front']);
  await todo.search.fill('');
  await expectTitles(todo, ...ALL);
  await expect(marks).toHaveCount(0);
});

test('no block becomes empty or too long', async ({ page, server, todo }) => {
  const maxRows = 200;
  const sizes = () =>
    page.locator('#item-list').evaluate((list) => {
      const blocks = [...list.querySelectorAll(':scope > .block > ul')].map((rows) => rows.childElementCount);
      return [list.querySelectorAll(':scope > :not(.block)').length, ...blocks];
    });
  const check = async () => {
    const [first, ...blocks] = await sizes();
    expect(first).toBeLessThanOrEqual(maxRows);
    expect(Math.min(...blocks)).toBeGreaterThan(0);
    expect(Math.max(...blocks)).toBeLessThanOrEqual(maxRows);
  };
  // Few at a time: the page gets them in many events.
  for (let index = 0; index < 150; index += 10) {
    await server.addFirst(...Array.from({ length: 10 }, (_, number) => `Before all others, number ${index + number}`));
  }
  await expect(todo.items).toHaveCount(ALL.length + 150);
  await check();
  const titles = await server.items();
  // The search leaves a few blocks, and all other rows return into them.
  await todo.search.fill('Item 77');
  await expect(todo.items).toHaveCount(11);
  await todo.search.fill('');
  await expectTitles(todo, ...titles);
  await check();
});

test('a long list is one list for a screen reader and a printer', async ({ page, server, todo, playwright, launchOptions }) => {
  // Without a screen reader, the browser builds only the parts of the tree that are requested.
  const args = [...(launchOptions.args ?? []), '--force-renderer-accessibility'];
  const browser = await playwright.chromium.launch({ ...launchOptions, args });
  const read = await browser.newPage();
  await read.goto(`${server.url}/`);
  const client = await read.context().newCDPSession(read);
  await client.send('Accessibility.enable');
  const count = async () => {
    const { nodes } = await client.send('Accessibility.getFullAXTree');
    const roles = nodes.filter(({ ignored }) => !ignored).map(({ role }) => role?.value);
    return ['list', 'listitem'].map((role) => roles.filter((other) => other === role).length);
  };
  // The three views are the second list.
  await expect.poll(count).toEqual([2, ALL.length + 3]);
  await browser.close();
  await expect(todo.list.locator('.block').first()).toHaveCSS('content-visibility', 'auto');
  await page.emulateMedia({ media: 'print' });
  await expect(todo.list.locator('.block').first()).toHaveCSS('content-visibility', 'visible');
});
