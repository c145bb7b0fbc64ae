// Whatever a person has begun before the script arrives goes on when it takes over.
import { expect, test } from '../../support/fixtures.ts';
import { FIRST, SECOND } from '../../support/todo-page.ts';

test('steps from before can be undone after, and from message to message', async ({ page, todo }) => {
  await todo.open();
  await todo.complete(SECOND);
  await todo.remove(FIRST);
  await expect(page.locator('html')).not.toHaveAttribute('data-hydrated');
  await todo.hydrated();
  await expect(todo.toast).toHaveText('1 item removed.');
  await page.evaluate(() => Object.assign(window, { stillHere: true }));
  await todo.offer('Undo').click();
  await todo.expectAdded();
  await todo.undo.click();
  await expect(todo.checkbox(SECOND)).not.toBeChecked();
  await expect(todo.undo).toBeDisabled();
  await todo.redo.click();
  await expect(todo.checkbox(SECOND)).toBeChecked();
  await todo.redo.click();
  await todo.expectTitles(SECOND);
  expect(await page.evaluate(() => 'stillHere' in window)).toBe(true);
});

test('an editor that was opened before stays open, with what was typed in it', async ({ page, server, todo }) => {
  await todo.open();
  await todo.edit(FIRST);
  await todo.editor.fill('Typed early');
  await expect(page.locator('html')).not.toHaveAttribute('data-hydrated');
  await todo.hydrated();
  await expect(todo.editor).toHaveValue('Typed early');
  await todo.editor.press('Enter');
  await todo.expectTitles('Typed early', SECOND);
  await todo.settled();
  expect(await server.items()).toEqual(['Typed early', SECOND]);
});

test('the editor that was opened before can be cancelled', async ({ todo }) => {
  await todo.open();
  await todo.edit(FIRST);
  await todo.hydrated();
  await todo.editor.fill('Something else');
  await todo.editor.press('Escape');
  await expect(todo.editor).toHaveCount(0);
  await todo.expectAdded();
});

test('a search that was typed before is what the script searches for', async ({ page, todo }) => {
  await todo.open();
  await todo.search.fill('back');
  await expect(page.locator('html')).not.toHaveAttribute('data-hydrated');
  await todo.hydrated();
  await expect(todo.search).toHaveValue('back');
  await todo.search.press('Enter');
  await todo.expectTitles(SECOND);
});

test('a view with a search, an editor and steps hydrates without one message', async ({ consoleMessages, page, todo }) => {
  await todo.open('/active?q=build');
  await todo.rename(FIRST, 'Build the page');
  await todo.edit('Build the page');
  await todo.hydrated();
  await expect(page).toHaveURL(/\/active\?.*q=build/);
  await expect(todo.search).toHaveValue('build');
  await expect(todo.editor).toHaveValue('Build the page');
  await expect(todo.undo).toBeEnabled();
  expect(consoleMessages).toEqual([]);
});

test('what was checked before is checked after', async ({ todo }) => {
  await todo.open();
  await todo.complete(FIRST);
  await todo.hydrated();
  await expect(todo.list.getByRole('checkbox')).toHaveCount(2);
  await expect(todo.checkbox(FIRST)).toBeChecked();
  await expect(todo.checkbox(SECOND)).not.toBeChecked();
  await expect(todo.all).not.toBeChecked();
});

test('a click on the words beside the control for all does not lie about the items', async ({ page, todo }) => {
  await todo.open();
  await page.getByText('Mark all as complete').click();
  await todo.hydrated();
  await todo.settled();
  const left = await todo.count.innerText();
  await expect(todo.all).toBeChecked({ checked: left.startsWith('0') });
});
