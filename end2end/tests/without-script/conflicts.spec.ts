// Conflicts with changes of other clients, without script.
import { expect, test } from '../../support/fixtures.ts';
import { FIRST, SECOND } from '../../support/todo-page.ts';

// The browser logs the status of every refusal.
test.use({ noisy: true });

test('a change that another client has built on cannot be undone, and the message says why', async ({ server, todo }) => {
  await todo.open();
  await todo.rename(FIRST, 'Build the page');
  await server.change('Build the page', { title: 'Build all pages' });
  await todo.undo.click();
  await expect(todo.toast).toHaveText('This cannot be undone: someone has changed it since.');
  await todo.expectTitles('Build all pages', SECOND);
});

test('a new title for a removed item moves to the field for new items', async ({ server, todo }) => {
  await todo.open();
  await todo.edit(FIRST);
  await server.remove(FIRST);
  await todo.editor.fill('Build the page');
  await todo.tool('Save').click();
  await expect(todo.toast).toHaveText(`Someone has removed ${FIRST}.`);
  await todo.expectTitles(SECOND);
  await expect(todo.field).toHaveValue('Build the page');
});

test('completing a removed item shows a message', async ({ server, todo }) => {
  await todo.open();
  await server.remove(FIRST);
  await todo.checkbox(FIRST).click();
  await expect(todo.toast).toHaveText(`Someone has removed ${FIRST}.`);
  await todo.expectTitles(SECOND);
  await expect(todo.undo).toBeDisabled();
});

test('clearing keeps an item that another client has reopened and completed', async ({ server, todo }) => {
  await server.change(FIRST, { completed: true });
  await server.change(SECOND, { completed: true });
  await todo.open();
  await server.change(FIRST, { completed: false });
  await server.change(FIRST, { completed: true });
  await todo.clear.click();
  await todo.expectTitles(FIRST);
  expect(await server.items()).toEqual([FIRST]);
});

test('a reload repeats no change', async ({ page, server, todo }) => {
  await todo.open();
  await todo.add('Buy milk');
  await todo.expectAdded('Buy milk');
  await todo.remove(FIRST);
  await page.reload();
  await todo.expectTitles(SECOND, 'Buy milk');
  await todo.undo.click();
  await todo.expectAdded('Buy milk');
  await page.reload();
  await todo.expectAdded('Buy milk');
  expect(await server.items()).toEqual([FIRST, SECOND, 'Buy milk']);
});

test('the menu links to the list as text', async ({ page, todo }) => {
  await todo.open();
  await todo.menu('button', 'Copy as Markdown');
  await expect(page).toHaveURL(/\/list\.md/);
  await expect(page.getByText(`- [ ] ${FIRST}`)).toBeVisible();
  await page.goBack();
  await todo.menu('button', 'Copy as text');
  await expect(page).toHaveURL(/\/list\.txt/);
  await page.goBack();
  await page.getByRole('button', { name: 'Menu', exact: true }).click();
  // The menu offers nothing that needs a script.
  await expect(page.getByRole('button', { name: 'Print' })).toBeHidden();
  await expect(page.getByRole('button', { name: 'Keyboard shortcuts' })).toBeHidden();
});
