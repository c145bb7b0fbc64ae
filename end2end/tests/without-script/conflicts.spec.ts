// What a person without script is told when somebody else was faster.
import { expect, test } from '../../support/fixtures.ts';
import { FIRST, SECOND } from '../../support/todo-page.ts';

// The browser notes every refusal in the console.
test.use({ noisy: true });

test('a step that somebody has built on is not taken back, and the message says why', async ({ server, todo }) => {
  await todo.open();
  await todo.rename(FIRST, 'Build the page');
  await server.change('Build the page', { title: 'Build all pages' });
  await todo.undo.click();
  await expect(todo.toast).toHaveText('This cannot be undone: somebody has changed it since.');
  await todo.expectTitles('Build all pages', SECOND);
});

test('a new title for a removed item is not lost', async ({ server, todo }) => {
  await todo.open();
  await todo.edit(FIRST);
  await server.remove(FIRST);
  await todo.editor.fill('Build the page');
  await todo.tool('Save').click();
  await expect(todo.toast).toHaveText('Somebody has removed the item.');
  await todo.expectTitles(SECOND);
  await expect(todo.field).toHaveValue('Build the page');
});

test('completing what somebody has removed says so', async ({ server, todo }) => {
  await todo.open();
  await server.remove(FIRST);
  await todo.checkbox(FIRST).click();
  await expect(todo.toast).toHaveText('Somebody has removed the item.');
  await todo.expectTitles(SECOND);
  await expect(todo.undo).toBeDisabled();
});

test('clearing leaves alone what somebody has opened and completed again', async ({ server, todo }) => {
  await server.change(FIRST, { completed: true });
  await server.change(SECOND, { completed: true });
  await todo.open();
  await server.change(FIRST, { completed: false });
  await server.change(FIRST, { completed: true });
  await todo.clear.click();
  await todo.expectTitles(FIRST);
  expect(await server.items()).toEqual([FIRST]);
});

test('a page that is loaded again does nothing twice', async ({ page, server, todo }) => {
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

test('the menu leads to the list as text', async ({ page, todo }) => {
  await todo.open();
  await todo.menu('button', 'Copy as Markdown');
  await expect(page).toHaveURL(/\/list\.md/);
  await expect(page.getByText(`- [ ] ${FIRST}`)).toBeVisible();
  await page.goBack();
  await todo.menu('button', 'Copy as text');
  await expect(page).toHaveURL(/\/list\.txt/);
  await page.goBack();
  await page.getByRole('button', { name: 'Menu', exact: true }).click();
  // What only a script could do is not offered.
  await expect(page.getByRole('button', { name: 'Print' })).toBeHidden();
  await expect(page.getByRole('button', { name: 'Keyboard shortcuts' })).toBeHidden();
});
