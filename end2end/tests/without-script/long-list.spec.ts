// Rows far down a long list have no forms of their own without script: their titles lead to the editor.
import { expect, test } from '../../support/fixtures.ts';
import { FIRST } from '../../support/todo-page.ts';

const TITLES = Array.from({ length: 1_000 }, (_, index) => `Item ${index + 1} of many`);
const FAR = 'Item 900 of many';

test('the title of a row far down leads to its editor, and to its controls', async ({ server, todo }) => {
  await server.addMany(TITLES);
  await todo.open();
  await expect(todo.items).toHaveCount(TITLES.length + 2);
  await todo.complete(FIRST);
  await todo.title(FAR).click();
  await expect(todo.editor).toHaveValue(FAR);
  await expect(todo.editor).toBeInViewport();
  // What can be undone comes along.
  await todo.undo.click();
  await expect(todo.checkbox(FIRST)).not.toBeChecked();

  await expect(todo.editor).toHaveValue(FAR);
  await todo.editor.fill('Something else');
  await todo.tool('Save').click();
  await expect(todo.title('Something else')).toBeVisible();
  expect(await server.items()).toContain('Something else');

  await todo.title('Something else').click();
  await expect(todo.editor).toHaveValue('Something else');
  await todo.checkbox('Something else').click();
  expect(await server.completed()).toEqual(['Something else']);
});

test('in a view and in a search, a title leads to the editor there', async ({ page, server, todo }) => {
  await server.addMany(TITLES);
  await todo.open('/active?q=many');
  await todo.title(FAR).click();
  await expect(todo.editor).toHaveValue(FAR);
  const { pathname, searchParams } = new URL(page.url());
  expect([pathname, searchParams.get('q')]).toEqual(['/active', 'many']);
});
