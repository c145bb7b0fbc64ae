// Renaming and moving items by the buttons of the editor.
import { LATE, expect, test } from '../../support/fixtures.ts';
import { FIRST, SECOND, type Way } from '../../support/todo-page.ts';

test('the editor replaces the title and contains it', async ({ todo }) => {
  await todo.open();
  await todo.edit(FIRST);
  await expect(todo.items.first()).toHaveClass('editing');
  await expect(todo.title(FIRST)).toBeHidden();
  await expect(todo.title(SECOND)).toBeVisible();
});

test('Save renames the item', LATE, async ({ server, todo }) => {
  await todo.open();
  await todo.rename(FIRST, 'Build the page');
  await todo.expectTitles('Build the page', SECOND);
  await server.expectItems(['Build the page', SECOND]);
  await todo.reload();
  await todo.expectTitles('Build the page', SECOND);
});

test('Enter in the editor renames the item', async ({ server, todo }) => {
  await todo.open();
  await todo.edit(SECOND);
  await todo.editor.fill('Connect everything');
  await todo.editor.press('Enter');
  await todo.expectTitles(FIRST, 'Connect everything');
  await expect(todo.editor).toHaveCount(0);
  await server.expectItems([FIRST, 'Connect everything']);
});

test('Cancel discards the edit', async ({ server, todo }) => {
  await todo.open();
  await todo.edit(FIRST);
  await todo.editor.fill('Something else');
  await todo.tool('Cancel').click();
  await expect(todo.editor).toHaveCount(0);
  await todo.expectAdded();
  await expect(todo.title(FIRST)).toBeVisible();
  // The editor opens with the title, not with the discarded text.
  await todo.edit(FIRST);
  expect(await server.items()).toEqual([FIRST, SECOND]);
});

test('surrounding white space is removed from an edited title', async ({ server, todo }) => {
  await todo.open();
  await todo.rename(FIRST, '   Build the page  ');
  await todo.expectTitles('Build the page', SECOND);
  await server.expectItems(['Build the page', SECOND]);
});

test('an empty or a blank title removes the item', async ({ server, todo }) => {
  await todo.open();
  await todo.rename(FIRST, '');
  await todo.expectTitles(SECOND);
  await expect(todo.toast).toHaveText(`${FIRST} removed.`);
  await todo.rename(SECOND, '   ');
  await todo.expectTitles();
  await server.expectItems([]);
});

test('an edited item stays completed', async ({ server, todo }) => {
  await todo.open();
  await todo.complete(FIRST);
  await todo.edit(FIRST);
  await expect(todo.items.first()).toHaveClass('completed editing');
  await todo.editor.fill('Build the page');
  await todo.tool('Save').click();
  await expect(todo.checkbox('Build the page')).toBeChecked();
  await server.expectCompleted(['Build the page']);
});

test('the editor removes its item', async ({ server, todo }) => {
  await todo.open();
  await todo.edit(SECOND);
  await todo.tool('Remove').click();
  await todo.expectTitles(FIRST);
  await expect(todo.editor).toHaveCount(0);
  await server.expectItems([FIRST]);
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

test('an item moves up, down, to the top and to the bottom', async ({ page, server, todo }) => {
  await server.remove(FIRST);
  await server.remove(SECOND);
  await server.addMany(['a', 'b', 'c', 'd']);
  await todo.open();
  const moves: [string, Way, string[]][] = [
    ['c', 'up', ['a', 'c', 'b', 'd']],
    ['a', 'down', ['c', 'a', 'b', 'd']],
    ['b', 'to top', ['b', 'c', 'a', 'd']],
    ['c', 'to bottom', ['b', 'a', 'd', 'c']],
  ];
  for (const [title, way, expected] of moves) {
    await todo.move(title, way);
    await todo.expectTitles(...expected);
    await server.expectItems(expected);
  }
  await page.reload();
  await todo.expectTitles(...moves.at(-1)![2]);
});

test('the first item does not move up, and the last one does not move down', async ({ server, todo }) => {
  await todo.open();
  await todo.move(FIRST, 'up');
  await todo.expectAdded();
  await todo.move(SECOND, 'down');
  await todo.expectAdded();
  await todo.move(SECOND, 'up');
  await todo.expectTitles(SECOND, FIRST);
  await server.expectItems([SECOND, FIRST]);
});

test('in a view an item moves past the items that the view shows', async ({ server, todo }) => {
  for (const title of ['Buy milk', 'Buy eggs']) await server.add(title);
  await server.change(SECOND, { completed: true });
  await server.change('Buy milk', { completed: true });
  await todo.open('/active');
  await todo.expectTitles(FIRST, 'Buy eggs');
  await todo.move('Buy eggs', 'up');
  await todo.expectTitles('Buy eggs', FIRST);
  await server.expectItems(['Buy eggs', FIRST, SECOND, 'Buy milk']);
});

test('a move saves the text of the editor', LATE, async ({ server, todo }) => {
  await todo.open();
  await todo.edit(FIRST);
  await todo.editor.fill('Build the page');
  await todo.tool('Move down').click();
  await todo.expectTitles(SECOND, 'Build the page');
  await server.expectItems([SECOND, 'Build the page']);
});
