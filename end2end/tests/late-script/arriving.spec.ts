// Hydration keeps the state of a page that a person used before the script arrived.
import { expect, test } from '../../support/fixtures.ts';
import { rewritePages, translate } from '../../support/rewriting.ts';
import { FIRST, SECOND } from '../../support/todo-page.ts';

test('changes from before hydration can be undone after it', async ({ deliverModule, page, todo }) => {
  await todo.open();
  await todo.complete(SECOND);
  await todo.remove(FIRST);
  deliverModule();
  await todo.hydrated();
  await expect(todo.toast).toHaveText(`${FIRST} removed.`);
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

test('an editor that was opened before hydration keeps its text', async ({ deliverModule, server, todo }) => {
  await todo.open();
  await todo.edit(FIRST);
  await todo.editor.fill('Typed early');
  deliverModule();
  await todo.hydrated();
  await expect(todo.editor).toHaveValue('Typed early');
  await todo.editor.press('Enter');
  await todo.expectTitles('Typed early', SECOND);
  await todo.settled();
  expect(await server.items()).toEqual(['Typed early', SECOND]);
});

test('an editor of a translated page that was opened before hydration keeps its text', async ({ deliverModule, page, server, todo }) => {
  const [{ id }] = await server.todos();
  await rewritePages(page, translate);
  await todo.open(`/?item=${id}`);
  await todo.editor.fill('Typed early');
  deliverModule();
  await todo.hydrated();
  await expect(todo.titles).toHaveText([FIRST, SECOND]);
  await expect(todo.editor).toHaveValue('Typed early');
  await todo.editor.press('Enter');
  await todo.expectTitles('Typed early', SECOND);
  await server.expectItems(['Typed early', SECOND]);
});

test('an editor that was opened before hydration can be cancelled', async ({ deliverModule, todo }) => {
  await todo.open();
  await todo.edit(FIRST);
  deliverModule();
  await todo.hydrated();
  await todo.editor.fill('Something else');
  await todo.editor.press('Escape');
  await expect(todo.editor).toHaveCount(0);
  await todo.expectAdded();
});

test('a search text that was typed before hydration is searched for', async ({ deliverModule, todo }) => {
  await todo.open();
  await todo.search.fill('back');
  deliverModule();
  await todo.hydrated();
  await expect(todo.search).toHaveValue('back');
  await todo.search.press('Enter');
  await todo.expectTitles(SECOND);
});

test('a view with a search, an editor and changes hydrates without a console message', async ({
  consoleMessages,
  deliverModule,
  page,
  todo,
}) => {
  await todo.open('/active?q=build');
  await todo.rename(FIRST, 'Build the page');
  await todo.edit('Build the page');
  deliverModule();
  await todo.hydrated();
  await expect(page).toHaveURL(/\/active\?.*q=build/);
  await expect(todo.search).toHaveValue('build');
  await expect(todo.editor).toHaveValue('Build the page');
  await expect(todo.undo).toBeEnabled();
  expect(consoleMessages).toEqual([]);
});

test('items that were completed before hydration stay completed', async ({ deliverModule, todo }) => {
  await todo.open();
  await todo.complete(FIRST);
  deliverModule();
  await todo.hydrated();
  await expect(todo.list.getByRole('checkbox')).toHaveCount(2);
  await expect(todo.checkbox(FIRST)).toBeChecked();
  await expect(todo.checkbox(SECOND)).not.toBeChecked();
  await expect(todo.all).not.toBeChecked();
});

test('the checkbox for all matches the items after a click on its label before hydration', async ({ deliverModule, page, todo }) => {
  await todo.open();
  // A pointer reaches the button above it, which works without the script. Speech input may click the label.
  await page.getByText('Mark all as complete').dispatchEvent('click');
  deliverModule();
  await todo.hydrated();
  await todo.settled();
  const left = await todo.count.innerText();
  await expect(todo.all).toBeChecked({ checked: left.startsWith('0') });
});
