// Undo, redo and the removed items.
import type { Page } from '@playwright/test';
import { LATE, expect, test } from '../../support/fixtures.ts';
import { FIRST, SECOND, type TodoPage } from '../../support/todo-page.ts';

test('a fresh page has nothing to undo or redo', async ({ todo }) => {
  await todo.open();
  await expect(todo.undo).toBeDisabled();
  await expect(todo.redo).toBeDisabled();
});

test('every change can be undone and redone in order', LATE, async ({ server, todo }) => {
  await server.add('Buy milk');
  await todo.open();
  await todo.complete(FIRST);
  await todo.rename(SECOND, 'Connect everything');
  await todo.move('Buy milk', 'to top');
  await todo.expectTitles('Buy milk', FIRST, 'Connect everything');
  await todo.remove(FIRST);
  await todo.expectTitles('Buy milk', 'Connect everything');

  const steps = [
    ['Buy milk', 'Connect everything'],
    ['Buy milk', FIRST, 'Connect everything'],
    [FIRST, 'Connect everything', 'Buy milk'],
    [FIRST, SECOND, 'Buy milk'],
  ];
  const changed = [FIRST, 'Buy milk', SECOND];
  for (const [index, titles] of steps.slice(1).entries()) {
    await todo.undo.click();
    await todo.expectTitles(...titles);
    await expect(todo.toast).toHaveText(`Undone: ${changed[index]}.`);
  }
  await expect(todo.checkbox(FIRST)).toBeChecked();
  await todo.undo.click();
  await expect(todo.checkbox(FIRST)).not.toBeChecked();
  await expect(todo.undo).toBeDisabled();
  await server.expectItems(steps[3]);

  await todo.redo.click();
  await expect(todo.checkbox(FIRST)).toBeChecked();
  for (const titles of steps.slice(0, 3).reverse()) {
    await todo.redo.click();
    await todo.expectTitles(...titles);
  }
  await expect(todo.redo).toBeDisabled();
  await server.expectItems(steps[0]);
  expect(await server.completed()).toEqual([]);
});

test('a new change clears the redo history', async ({ todo }) => {
  await todo.open();
  await todo.complete(FIRST);
  await todo.undo.click();
  await expect(todo.checkbox(FIRST)).not.toBeChecked();
  await expect(todo.redo).toBeEnabled();
  await todo.complete(SECOND);
  await expect(todo.redo).toBeDisabled();
  await expect(todo.undo).toBeEnabled();
});

test('the message offers to undo and to redo', LATE, async ({ server, todo }) => {
  await todo.open();
  await todo.remove(FIRST);
  await expect(todo.toast).toHaveText(`${FIRST} removed.`);
  await todo.offer('Undo').click();
  await todo.expectAdded();
  await expect(todo.toast).toHaveText(`Undone: ${FIRST}.`);
  await todo.offer('Redo').click();
  await todo.expectTitles(SECOND);
  await server.expectItems([SECOND]);
});

test('completing all items is one change to undo', async ({ server, todo }) => {
  await server.change(SECOND, { completed: true });
  await todo.open();
  await todo.all.click();
  await expect(todo.all).toBeChecked();
  await todo.expectLeft(0);
  await todo.undo.click();
  await expect(todo.checkbox(FIRST)).not.toBeChecked();
  await expect(todo.checkbox(SECOND)).toBeChecked();
  await expect(todo.undo).toBeDisabled();
  await server.expectCompleted([SECOND]);
});

test('undoing a clearing restores the items at their places', async ({ server, todo }) => {
  await server.add('Buy milk');
  await server.change(FIRST, { completed: true });
  await server.change('Buy milk', { completed: true });
  await todo.open();
  await todo.clear.click();
  await todo.expectTitles(SECOND);
  await todo.undo.click();
  await todo.expectAdded('Buy milk');
  await expect(todo.checkbox(FIRST)).toBeChecked();
  await expect(todo.checkbox('Buy milk')).toBeChecked();
  await expect(todo.checkbox(SECOND)).not.toBeChecked();
});

test('the undo history stays in other views', async ({ todo }) => {
  await todo.open();
  await todo.complete(FIRST);
  await todo.filter('Completed');
  await todo.expectTitles(FIRST);
  await expect(todo.undo).toBeEnabled();
  await todo.undo.click();
  await todo.expectTitles();
});

test('the undo history stays during a search', async ({ todo }) => {
  await todo.open();
  await todo.complete(FIRST);
  await todo.find('build');
  await todo.expectTitles(FIRST);
  await expect(todo.undo).toBeEnabled();
  await todo.undo.click();
  await expect(todo.checkbox(FIRST)).not.toBeChecked();
  await todo.expectTitles(FIRST);
});

async function openTrash(page: Page, todo: TodoPage): Promise<void> {
  await todo.menu('link', 'Removed items');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Removed items');
}

test('the trash lists removed items and restores one', async ({ page, server, todo }) => {
  await todo.open();
  await todo.complete(FIRST);
  await todo.remove(FIRST);
  await todo.remove(SECOND);
  await server.expectItems([]);
  await openTrash(page, todo);
  const removed = page.getByRole('main').getByRole('listitem');
  await expect(removed).toContainText([SECOND, FIRST]);
  await expect(removed.first()).toContainText('just now');
  const restore = removed.filter({ hasText: FIRST }).getByRole('button', { name: 'Restore' });
  await expect(restore).toHaveAccessibleDescription(FIRST);
  await restore.click();
  await expect(removed).toContainText([SECOND]);
  await expect(page.getByRole('status')).toContainText(`${FIRST} restored to the list.`);
  expect(await server.items()).toEqual([FIRST]);
  await page.getByRole('link', { name: 'Back to the list' }).click();
  await todo.expectTitles(FIRST);
  await expect(todo.checkbox(FIRST)).toBeChecked();
});

test('the trash restores all items at once, and undoes that', LATE, async ({ page, server, todo }) => {
  await server.remove(FIRST);
  await server.remove(SECOND);
  await todo.open();
  await openTrash(page, todo);
  const removed = page.getByRole('main').getByRole('listitem');
  await page.getByRole('button', { name: 'Restore all' }).click();
  await expect(page.getByText('No items were removed in the last 30 days.')).toBeVisible();
  await expect(removed).toHaveCount(0);
  await expect(page.getByRole('status')).toContainText('2 items restored to the list.');
  expect(await server.items()).toEqual([FIRST, SECOND]);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(removed).toHaveCount(2);
  await expect(page.getByRole('button', { name: 'Undo' })).toHaveCount(0);
  expect(await server.items()).toEqual([]);
});

test('the trash of a fresh list is empty', async ({ page, todo }) => {
  await todo.open();
  await openTrash(page, todo);
  await expect(page.getByText('No items were removed in the last 30 days.')).toBeVisible();
  await expect(page.getByRole('button', { name: /Restore/ })).toHaveCount(0);
  await page.getByRole('link', { name: 'Back to the list' }).click();
  await todo.expectAdded();
});
