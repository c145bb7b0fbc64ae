// Without script, rows far down a long list are text only. Their titles are links to the editor.
import { expect, test } from '../../support/fixtures.ts';
import { FIRST } from '../../support/todo-page.ts';

const TITLES = Array.from({ length: 1_000 }, (_, index) => `Item ${index + 1} of many`);
const TEXT_ONLY = 'Item 900 of many';

test('the title of a text-only row links to its editor and controls', async ({ server, todo }) => {
  await server.addMany(TITLES);
  await todo.open();
  await expect(todo.items).toHaveCount(TITLES.length + 2);
  await todo.complete(FIRST);
  await todo.title(TEXT_ONLY).click();
  await expect(todo.editor).toHaveValue(TEXT_ONLY);
  await expect(todo.editor).toBeInViewport();
  // The link keeps the undo history.
  await todo.undo.click();
  await expect(todo.checkbox(FIRST)).not.toBeChecked();

  await expect(todo.editor).toHaveValue(TEXT_ONLY);
  await todo.editor.fill('Something else');
  await todo.tool('Save').click();
  await expect(todo.title('Something else')).toBeVisible();
  expect(await server.items()).toContain('Something else');

  await todo.title('Something else').click();
  await expect(todo.editor).toHaveValue('Something else');
  await todo.checkbox('Something else').click();
  expect(await server.completed()).toEqual(['Something else']);
});

test('in a view with a search, the title of a text-only row links to the editor of that view', async ({ page, server, todo }) => {
  await server.addMany(TITLES);
  await todo.open('/active?q=many');
  await todo.title(TEXT_ONLY).click();
  await expect(todo.editor).toHaveValue(TEXT_ONLY);
  const { pathname, searchParams } = new URL(page.url());
  expect([pathname, searchParams.get('q')]).toEqual(['/active', 'many']);
});
