// A list of many screens: rows that nobody sees have their text only, and it must not show.
import { expect, test } from '../../support/fixtures.ts';
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
  await todo.search.fill('');
  await expectTitles(todo, ...ALL);
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

test('the keyboard walks on beyond the first rows', async ({ page, todo }) => {
  await scrollTo(todo, 'Item 210 of many');
  await expect(todo.checkbox('Item 210 of many')).toBeVisible();
  await todo.checkbox('Item 210 of many').focus();
  for (let index = 211; index <= 240; index += 1) {
    await page.keyboard.press('j');
    await expect(todo.checkbox(`Item ${index} of many`)).toBeFocused();
  }
});
