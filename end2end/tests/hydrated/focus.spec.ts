// Focus is never lost: when a focused element goes away, one near it gets focus.
import { copyElsewhere } from '../../support/clipboard.ts';
import { expect, test } from '../../support/fixtures.ts';
import { FIRST, SECOND } from '../../support/todo-page.ts';

test('focus moves to the next item after a button has removed one', async ({ page, todo }) => {
  await todo.openHydrated();
  await todo.addAll('Buy milk');
  await todo.remove(SECOND);
  await expect(todo.checkbox('Buy milk')).toBeFocused();
  await todo.remove('Buy milk');
  await expect(todo.checkbox(FIRST)).toBeFocused();
  await todo.remove(FIRST);
  await expect(todo.field).toBeFocused();
  await todo.expectFocusKept();
  await page.keyboard.type('Buy eggs');
  await expect(todo.field).toHaveValue('Buy eggs');
});

test('focus moves to the next item after one has left the view', async ({ todo }) => {
  await todo.openHydrated('/active');
  await todo.complete(FIRST);
  await expect(todo.checkbox(SECOND)).toBeFocused();
  await todo.complete(SECOND);
  await expect(todo.field).toBeFocused();
  await todo.expectFocusKept();
});

test('focus stays on the page after clearing', async ({ todo }) => {
  await todo.openHydrated();
  await todo.complete(FIRST);
  await todo.clear.click();
  await todo.expectTitles(SECOND);
  await todo.expectFocusKept();
});

test('focus stays on the page after undo and redo have disabled their buttons', async ({ todo }) => {
  await todo.openHydrated();
  await todo.complete(FIRST);
  await todo.undo.click();
  await expect(todo.undo).toBeDisabled();
  await todo.expectFocusKept();
  await todo.redo.click();
  await expect(todo.redo).toBeDisabled();
  await todo.expectFocusKept();
});

test('focus stays on the page after each button of a message', async ({ todo }) => {
  await todo.openHydrated();
  await todo.remove(FIRST);
  await todo.offer('Undo').click();
  await todo.expectAdded();
  await todo.expectFocusKept();
  await todo.offer('Redo').click();
  await todo.expectTitles(SECOND);
  await todo.expectFocusKept();
  await todo.offer('Dismiss').click();
  await todo.expectMessageClosed();
  await todo.expectFocusKept();
});

test('a message with focus does not go away', async ({ page, todo }) => {
  await todo.openHydrated();
  await todo.remove(FIRST);
  await todo.offer('Undo').focus();
  // Without focus in it, the animation that ends a message would be running.
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  await todo.expectFocusKept();
});

test('focus returns to the item after each way to close the editor', async ({ page, todo }) => {
  await todo.openHydrated();
  await todo.edit(FIRST);
  await todo.tool('Save').click();
  await expect(todo.checkbox(FIRST)).toBeFocused();
  await todo.edit(FIRST);
  await todo.tool('Cancel').click();
  await expect(todo.checkbox(FIRST)).toBeFocused();
  await todo.move(FIRST, 'down');
  await expect(todo.checkbox(FIRST)).toBeFocused();
  await todo.move(FIRST, 'to top');
  await expect(todo.checkbox(FIRST)).toBeFocused();
  await todo.edit(FIRST);
  await todo.tool('Remove').click();
  await expect(todo.checkbox(SECOND)).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await todo.expectFocusKept();
});

test('focus stays on the page after another client has removed the focused item', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.checkbox(FIRST).focus();
  await server.remove(FIRST);
  await todo.comeBack();
  await todo.expectTitles(SECOND);
  await todo.expectFocusKept();
});

test('focus stays in the search that hides all items', async ({ page, todo }) => {
  await todo.openHydrated();
  await todo.search.focus();
  await page.keyboard.type('nothing like this');
  await expect(todo.empty).toBeVisible();
  await expect(todo.search).toBeFocused();
});

test('focus stays on the page after pasted lines were added or kept as one', async ({ page, todo }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await todo.openHydrated();
  await copyElsewhere(page, 'Milk\nEggs');
  await todo.field.press('Control+v');
  await page.getByRole('button', { name: 'Keep as one' }).click();
  await todo.expectFocusKept();
  await todo.field.fill('');
  await todo.field.press('Control+v');
  await page.getByRole('button', { name: 'Add 2 items' }).click();
  await todo.expectAdded('Milk', 'Eggs');
  await todo.expectFocusKept();
});
