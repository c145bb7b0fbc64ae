// A list of many screens: rows that nobody sees have their text only, and it must not show.
import { expect, test } from '../../support/fixtures.ts';
import { holdCalls } from '../../support/network.ts';
import { FIRST, SECOND, type TodoPage } from '../../support/todo-page.ts';

const TITLES = Array.from({ length: 1_500 }, (_, index) => `Item ${index + 1} of many`);
const ALL = [FIRST, SECOND, ...TITLES];
const FAR = 'Item 900 of many';

test.beforeEach(async ({ server, todo }) => {
  await server.addMany(TITLES);
  await todo.openHydrated();
});

const far = (todo: TodoPage) => todo.list.locator('.far');

/** What is far from the window is not laid out: it has no inner text, which other tests look at. */
const expectTitles = (todo: TodoPage, ...titles: string[]) => expect(todo.items).toHaveText(titles);

async function scrollTo(todo: TodoPage, title: string): Promise<void> {
  await todo.title(title).evaluate((row) => row.scrollIntoView({ block: 'center' }));
}

test('all titles are in the page, where the browser finds them, and what it finds can be worked on', async ({ page, server, todo }) => {
  await expectTitles(todo, ...ALL);
  await expect(todo.row(FAR)).toHaveClass('far');
  await expect(todo.checkbox(FAR)).toHaveCount(0);
  // From where the keyboard is, and on from the beginning.
  const find = (text: string) => (window as unknown as { find: (text: string, ...options: boolean[]) => boolean }).find(text, false, false, true);
  expect(await page.evaluate(find, FAR)).toBe(true);
  await todo.complete(FAR);
  await expect(todo.row(FAR)).toHaveClass('completed');
  await expectTitles(todo, ...ALL);
  await todo.settled();
  expect(await server.completed()).toEqual([FAR]);
});

test('a row looks the same from afar, but for its controls', async ({ todo }) => {
  const look = () =>
    todo.title(FAR).evaluate((title) => {
      const text = document.createRange();
      text.selectNodeContents(title);
      return [title.closest('li')!.getBoundingClientRect().height, text.getBoundingClientRect().left];
    });
  const before = await look();
  await scrollTo(todo, FAR);
  await expect(todo.checkbox(FAR)).toBeVisible();
  expect(await look()).toEqual(before);
});

test('rows that were seen long ago lose their controls again, but not what is edited', async ({ todo }) => {
  await todo.edit(FIRST);
  await todo.editor.fill('Half a thou');
  const seen = await far(todo).count();
  expect(seen).toBeGreaterThan(1_300);
  for (let index = 50; index <= 1_500; index += 75) {
    await scrollTo(todo, `Item ${index} of many`);
    await expect(todo.checkbox(`Item ${index} of many`)).toBeVisible();
  }
  await scrollTo(todo, 'Item 1500 of many');
  await expect(todo.checkbox('Item 1500 of many')).toBeVisible();
  await expect(todo.row('Item 100 of many')).toHaveClass('far');
  expect(await far(todo).count()).toBeLessThan(seen);
  await expect(todo.editor).toHaveValue('Half a thou');
  await expect(todo.editor).toBeFocused();
  await todo.editor.press('Escape');
  await scrollTo(todo, 'Item 100 of many');
  await expect(todo.checkbox('Item 100 of many')).toBeVisible();
  await expectTitles(todo, ...ALL);
});

test('a search takes away all other rows, and its end brings them back in order', async ({ todo }) => {
  await todo.search.fill('Item 99');
  await expectTitles(todo, ...ALL.filter((title) => title.startsWith('Item 99')));
  await expect(far(todo)).toHaveCount(0);
  await todo.search.fill('many');
  await expectTitles(todo, ...TITLES);
  await expect(todo.title('Item 50 of many').locator('mark')).toHaveText('many');
  await todo.search.fill('');
  await expectTitles(todo, ...ALL);
  await expect(todo.list.locator('mark')).toHaveCount(0);
});

test('what others do to rows far away is there', async ({ server, todo }) => {
  await scrollTo(todo, 'Item 500 of many');
  await server.change('Item 990 of many', { title: 'Of somebody else', completed: true });
  await expect(todo.row('Of somebody else')).toHaveClass('far completed');
  await server.remove('Item 10 of many');
  await expect(todo.row('Item 10 of many')).toHaveCount(0);
  await server.addFirst('The very first');
  await expect(todo.titles.first()).toHaveText('The very first');
  await todo.expectLeft(1_501);
});

test('all items are completed at once, and opened again', async ({ server, todo }) => {
  await todo.all.click();
  await expect(todo.list.locator('.completed')).toHaveCount(ALL.length);
  await todo.expectLeft(0);
  await todo.undo.click();
  await expect(todo.list.locator('.completed')).toHaveCount(0);
  await todo.settled();
  expect(await server.completed()).toEqual([]);
});

test('what is added is in view, with its controls, and the field has the keyboard', async ({ todo }) => {
  await todo.add('Buy milk');
  await expect(todo.checkbox('Buy milk')).toBeInViewport();
  await expect(todo.field).toBeFocused();
  await todo.add('Buy bread');
  await expect(todo.checkbox('Buy bread')).toBeInViewport();
  await expectTitles(todo, ...ALL, 'Buy milk', 'Buy bread');
});

test('who comes by the Tab key to a row far away has its controls', async ({ page, todo }) => {
  await todo.title(FAR).focus();
  await expect(todo.checkbox(FAR)).toBeFocused();
  await page.keyboard.press('Space');
  await expect(todo.row(FAR)).toHaveClass('completed');
});

test('the keyboard walks on from block to block, and back', async ({ page, todo }) => {
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

test('a row is dragged from one block to another, and is seen on its way', async ({ page, server, todo }) => {
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
  // It is not cut off at the edge of its block.
  await expect(page.locator('.block:has([data-dragged])')).toHaveCSS('content-visibility', 'visible');
  await page.mouse.up();
  await todo.settled();
  const titles = await server.items();
  expect(titles.slice(titles.indexOf('Item 197 of many')).slice(0, 5)).toEqual([197, 199, 200, 198, 201].map((index) => `Item ${index} of many`));
  await expectTitles(todo, ...titles);
});

test('what others do to rows that a search hides is seen when they come back', async ({ server, todo }) => {
  await todo.search.fill('front');
  await expectTitles(todo, FIRST);
  await server.change(FAR, { title: 'Another title' });
  await server.change('Item 901 of many', { completed: true });
  await server.remove('Item 902 of many');
  // It comes after all of that.
  await server.change(FIRST, { title: 'The front-end comes first' });
  await expectTitles(todo, 'The front-end comes first');
  await todo.search.fill('');
  await expectTitles(todo, ...(await server.items()));
  await expect(todo.row('Item 901 of many')).toHaveClass('far completed');
  await expect(todo.row('Item 903 of many')).toHaveClass('far');
});

test('what leaves a view because it is completed is so where it is shown', async ({ page, todo }) => {
  // Without a word of the server, which would let the page look again.
  await holdCalls(page);
  await todo.filter('Active');
  await todo.all.check();
  await expect(todo.items).toHaveCount(0);
  await todo.filter('All');
  await expect(todo.row(FAR)).toHaveClass('far completed');
  await expectTitles(todo, ...ALL);
});

test('what a search has marked is not marked any more when it comes back', async ({ todo }) => {
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

test('whatever comes and goes, no block is empty and none is much too long', async ({ page, server, todo }) => {
  const longest = 200;
  const sizes = () =>
    page.locator('#item-list').evaluate((list) => {
      const blocks = [...list.querySelectorAll(':scope > .block > ul')].map((rows) => rows.childElementCount);
      return [list.querySelectorAll(':scope > :not(.block)').length, ...blocks];
    });
  const check = async () => {
    const [first, ...blocks] = await sizes();
    expect(first).toBeLessThanOrEqual(longest);
    expect(Math.min(...blocks)).toBeGreaterThan(0);
    expect(Math.max(...blocks)).toBeLessThanOrEqual(longest);
  };
  for (let index = 1; index <= 150; index += 1) await server.addFirst(`Before all others, number ${index}`);
  await expect(todo.items).toHaveCount(ALL.length + 150);
  await check();
  const titles = await server.items();
  // What is left stands in few blocks, into which all others come back.
  await todo.search.fill('Item 77');
  await expect(todo.items).toHaveCount(11);
  await todo.search.fill('');
  await expectTitles(todo, ...titles);
  await check();
});

test('for a screen reader and a printer a long list is one list', async ({ page, server, todo, playwright, launchOptions }) => {
  // As with a screen reader: without one the browser makes its tree only as far as somebody asks.
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
  // The three views are a list, too.
  await expect.poll(count).toEqual([2, ALL.length + 3]);
  await browser.close();
  await expect(todo.list.locator('.block').first()).toHaveCSS('content-visibility', 'auto');
  await page.emulateMedia({ media: 'print' });
  await expect(todo.list.locator('.block').first()).toHaveCSS('content-visibility', 'visible');
});
