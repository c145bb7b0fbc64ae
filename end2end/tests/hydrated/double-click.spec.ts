// Double clicks with the mouse: the second click hits nothing that the first one has moved under the pointer.
import type { Locator } from '@playwright/test';
import { expect, test } from '../../support/fixtures.ts';
import { FIRST, SECOND, type TodoPage } from '../../support/todo-page.ts';

function removeButton(todo: TodoPage, title: string): Locator {
  return todo.row(title).getByRole('button', { name: 'Remove' });
}

test.beforeEach(async ({ server }) => {
  for (const title of ['Buy milk', 'Buy eggs']) await server.add(title);
});

test('a double click removes one item', async ({ server, todo }) => {
  await todo.openHydrated();
  await removeButton(todo, FIRST).dblclick();
  await expect(todo.toast).toHaveText(`${FIRST} removed.`);
  await todo.settled();
  expect(await server.items()).toEqual([SECOND, 'Buy milk', 'Buy eggs']);
});

test('separate clicks at the same place always count', async ({ page, server, todo }) => {
  await todo.openHydrated();
  const { x, y, width, height } = (await removeButton(todo, FIRST).boundingBox())!;
  for (const left of [3, 2, 1]) {
    await page.mouse.click(x + width / 2, y + height / 2);
    await expect(todo.items).toHaveCount(left);
  }
  await server.expectItems(['Buy eggs']);
});

test('a double click completes one item, in every view', async ({ server, todo }) => {
  await todo.openHydrated();
  await todo.checkbox(FIRST).dblclick();
  await expect(todo.checkbox(FIRST)).toBeChecked();
  await todo.filter('Active');
  await todo.checkbox(SECOND).dblclick();
  await todo.expectTitles('Buy milk', 'Buy eggs');
  await todo.settled();
  expect(await server.completed()).toEqual([FIRST, SECOND]);
});

test('a double click marks all items once', async ({ server, todo }) => {
  await server.change(FIRST, { completed: true });
  await todo.openHydrated();
  await todo.all.dblclick();
  await todo.expectLeft(0);
  await todo.undo.click();
  await todo.expectLeft(3);
  await todo.page.getByText('Mark all as complete').dblclick();
  await todo.expectLeft(0);
  await expect(todo.all).toBeChecked();
});

test('a double click on the button of a message acts once', async ({ todo }) => {
  await todo.openHydrated();
  await todo.remove(FIRST);
  await todo.offer('Undo').dblclick();
  await todo.expectAdded('Buy milk', 'Buy eggs');
  await expect(todo.toast).toHaveText(`Undone: ${FIRST}.`);
});

test('a double click that closes an editor opens no other one', async ({ page, todo }) => {
  await todo.openHydrated();
  await todo.edit(FIRST);
  const { x, y, width, height } = (await todo.tool('Cancel').boundingBox())!;
  await page.mouse.dblclick(x + width / 2, y + height / 2);
  await todo.expectFocusKept();
  await expect(todo.editor).toHaveCount(0);
  // Both clicks on one title open its editor.
  await todo.title(SECOND).dblclick();
  await expect(todo.editor).toHaveValue(SECOND);
});

test('a double click on Undo and Redo undoes and redoes two steps', async ({ todo }) => {
  await todo.openHydrated();
  await todo.complete(FIRST);
  await todo.complete(SECOND);
  await todo.undo.dblclick();
  await todo.expectLeft(4);
  await todo.redo.dblclick();
  await todo.expectLeft(2);
});
