// Giving an item another title, and putting it at another place, by the buttons of its editor.
import { LATE, expect, test } from '../../support/fixtures.ts';
import { FIRST, SECOND, type Way } from '../../support/todo-page.ts';

test('the editor opens with the title and instead of it', async ({ todo }) => {
  await todo.open();
  await todo.edit(FIRST);
  await expect(todo.items.first()).toHaveClass('editing');
  await expect(todo.title(FIRST)).toBeHidden();
  await expect(todo.title(SECOND)).toBeVisible();
});

test('Save gives the item its new title', LATE, async ({ page, server, todo }) => {
  await todo.open();
  await todo.rename(FIRST, 'Build the page');
  await todo.expectTitles('Build the page', SECOND);
  await expect(async () => expect(await server.items()).toEqual(['Build the page', SECOND])).toPass();
  await page.reload();
  await todo.expectTitles('Build the page', SECOND);
});

test('Enter in the field does the same', async ({ server, todo }) => {
  await todo.open();
  await todo.edit(SECOND);
  await todo.editor.fill('Connect everything');
  await todo.editor.press('Enter');
  await todo.expectTitles(FIRST, 'Connect everything');
  await expect(todo.editor).toHaveCount(0);
  await expect(async () => expect(await server.items()).toEqual([FIRST, 'Connect everything'])).toPass();
});

test('Cancel leaves the item as it was', async ({ server, todo }) => {
  await todo.open();
  await todo.edit(FIRST);
  await todo.editor.fill('Something else');
  await todo.tool('Cancel').click();
  await expect(todo.editor).toHaveCount(0);
  await todo.expectAdded();
  await expect(todo.title(FIRST)).toBeVisible();
  // It opens with the title again, not with what was given up.
  await todo.edit(FIRST);
  expect(await server.items()).toEqual([FIRST, SECOND]);
});

test('surrounding white space goes from an edited title', async ({ server, todo }) => {
  await todo.open();
  await todo.rename(FIRST, '   Build the page  ');
  await todo.expectTitles('Build the page', SECOND);
  await expect(async () => expect(await server.items()).toEqual(['Build the page', SECOND])).toPass();
});

for (const [name, text] of [
  ['an empty', ''],
  ['a blank', '   '],
]) {
  test(`${name} text removes the item`, async ({ server, todo }) => {
    await todo.open();
    await todo.rename(FIRST, text);
    await todo.expectTitles(SECOND);
    await expect(todo.toast).toHaveText('1 item removed.');
    await expect(async () => expect(await server.items()).toEqual([SECOND])).toPass();
  });
}

test('the editor of a completed item keeps it completed', async ({ server, todo }) => {
  await todo.open();
  await todo.complete(FIRST);
  await todo.edit(FIRST);
  await expect(todo.items.first()).toHaveClass('completed editing');
  await todo.editor.fill('Build the page');
  await todo.tool('Save').click();
  await expect(todo.checkbox('Build the page')).toBeChecked();
  await expect(async () => expect(await server.completed()).toEqual(['Build the page'])).toPass();
});

test('the editor can remove its item', async ({ server, todo }) => {
  await todo.open();
  await todo.edit(SECOND);
  await todo.tool('Remove').click();
  await todo.expectTitles(FIRST);
  await expect(todo.editor).toHaveCount(0);
  await expect(async () => expect(await server.items()).toEqual([FIRST])).toPass();
});

test.describe('too long', () => {
  test.use({ noisy: true });

  test('a title that is too long is refused and stays in the editor', async ({ server, todo }) => {
    const text = 'x'.repeat(501);
    await todo.open();
    await todo.edit(FIRST);
    await todo.editor.fill(text);
    await todo.tool('Save').click();
    await expect(todo.toast).toHaveText('It has 501 characters; at most 500 fit.');
    await expect(todo.editor).toHaveValue(text);
    expect(await server.items()).toEqual([FIRST, SECOND]);
    await todo.editor.fill('Shorter');
    await todo.tool('Save').click();
    await todo.expectTitles('Shorter', SECOND);
  });
});

const ways: [Way, string, string[]][] = [
  ['up', 'c', ['a', 'c', 'b', 'd']],
  ['down', 'b', ['a', 'c', 'b', 'd']],
  ['to top', 'c', ['c', 'a', 'b', 'd']],
  ['to bottom', 'b', ['a', 'c', 'd', 'b']],
];

for (const [way, title, expected] of ways) {
  test(`an item moves ${way}, and stays there`, async ({ page, server, todo }) => {
    await server.remove(FIRST);
    await server.remove(SECOND);
    for (const title of ['a', 'b', 'c', 'd']) await server.add(title);
    await todo.open();
    await todo.move(title, way);
    await todo.expectTitles(...expected);
    await expect(async () => expect(await server.items()).toEqual(expected)).toPass();
    await page.reload();
    await todo.expectTitles(...expected);
  });
}

test('the first item does not move up, nor the last one down', async ({ server, todo }) => {
  await todo.open();
  await todo.move(FIRST, 'up');
  await todo.expectAdded();
  await todo.move(SECOND, 'down');
  await todo.expectAdded();
  await todo.move(SECOND, 'up');
  await todo.expectTitles(SECOND, FIRST);
  await expect(async () => expect(await server.items()).toEqual([SECOND, FIRST])).toPass();
});

test('in a view an item moves past those that are shown', async ({ server, todo }) => {
  for (const title of ['Buy milk', 'Buy eggs']) await server.add(title);
  await server.change(SECOND, { completed: true });
  await server.change('Buy milk', { completed: true });
  await todo.open('/active');
  await todo.expectTitles(FIRST, 'Buy eggs');
  await todo.move('Buy eggs', 'up');
  await todo.expectTitles('Buy eggs', FIRST);
  await expect(async () => expect(await server.items()).toEqual(['Buy eggs', FIRST, SECOND, 'Buy milk'])).toPass();
});

test('what is typed in the editor is saved when its item is moved', LATE, async ({ server, todo }) => {
  await todo.open();
  await todo.edit(FIRST);
  await todo.editor.fill('Build the page');
  await todo.tool('Move down').click();
  await todo.expectTitles(SECOND, 'Build the page');
  await expect(async () => expect(await server.items()).toEqual([SECOND, 'Build the page'])).toPass();
});
