// Completing items, one by one and all at once, and clearing them away. No test here waits for the script.
import { LATE, expect, test } from '../../support/fixtures.ts';
import { FIRST, SECOND } from '../../support/todo-page.ts';

test('an item is completed and opened again', LATE, async ({ page, server, todo }) => {
  await todo.open();
  await todo.expectLeft(2);
  await expect(todo.checkbox(FIRST)).not.toBeChecked();
  await todo.complete(FIRST);
  await expect(todo.row(FIRST)).toHaveClass('completed');
  await expect(todo.row(SECOND)).not.toHaveClass(/completed/);
  await expect(todo.title(FIRST)).toHaveCSS('text-decoration-line', 'line-through');
  await todo.expectLeft(1);
  await expect(async () => expect(await server.completed()).toEqual([FIRST])).toPass();
  await page.reload();
  await expect(todo.checkbox(FIRST)).toBeChecked();
  await expect(todo.row(FIRST)).toHaveClass('completed');

  await todo.reopen(FIRST);
  await expect(todo.row(FIRST)).not.toHaveClass(/completed/);
  await todo.expectLeft(2);
  await expect(async () => expect(await server.completed()).toEqual([])).toPass();
});

test('one control completes all items and opens them again', LATE, async ({ server, todo }) => {
  await todo.open();
  await todo.complete(FIRST);
  await expect(todo.all).not.toBeChecked();
  await todo.all.click();
  await expect(todo.all).toBeChecked();
  await expect(todo.items).toHaveClass(['completed', 'completed']);
  await todo.expectLeft(0);
  await expect(async () => expect(await server.completed()).toEqual([FIRST, SECOND])).toPass();

  await todo.all.click();
  await expect(todo.all).not.toBeChecked();
  await expect(todo.list.getByRole('checkbox', { checked: true })).toHaveCount(0);
  await todo.expectLeft(2);
  await expect(async () => expect(await server.completed()).toEqual([])).toPass();
});

test('the control for all follows the items', async ({ todo }) => {
  await todo.open();
  await todo.complete(FIRST);
  await todo.complete(SECOND);
  await expect(todo.all).toBeChecked();
  await todo.reopen(FIRST);
  await expect(todo.all).not.toBeChecked();
  await todo.complete(FIRST);
  await expect(todo.all).toBeChecked();
  await todo.add('Buy milk');
  await todo.expectAdded('Buy milk');
  await expect(todo.all).not.toBeChecked();
  await todo.remove('Buy milk');
  await expect(todo.all).toBeChecked();
});

test('clearing takes away what is completed, and nothing else', LATE, async ({ server, todo }) => {
  await todo.open();
  await expect(todo.clear).toBeHidden();
  await todo.complete(FIRST);
  await expect(todo.clear).toBeVisible();
  await todo.clear.click();
  await todo.expectTitles(SECOND);
  await expect(todo.clear).toBeHidden();
  await expect(todo.toast).toHaveText('1 item removed.');
  await todo.expectLeft(1);
  await expect(async () => expect(await server.items()).toEqual([SECOND])).toPass();
});

test('after everything was cleared the control for all is not checked any more', async ({ todo }) => {
  await todo.open();
  await todo.all.click();
  await expect(todo.all).toBeChecked();
  await todo.clear.click();
  await expect(todo.toast).toHaveText('2 items removed.');
  await todo.expectTitles();
  await todo.add('Buy milk');
  await todo.expectTitles('Buy milk');
  await expect(todo.all).toBeVisible();
  await expect(todo.all).not.toBeChecked();
  await expect(todo.checkbox('Buy milk')).not.toBeChecked();
});

test('without items there is nothing to complete, to count or to filter', async ({ page, todo }) => {
  await todo.open();
  await expect(todo.empty).toBeHidden();
  await todo.remove(FIRST);
  await todo.remove(SECOND);
  await expect(todo.empty).toHaveText('Nothing to do. Enjoy the day, or add something.');
  await expect(page.getByRole('region', { name: 'Items' })).toBeHidden();
  await expect(todo.all).toBeHidden();
  await expect(todo.count).toBeHidden();
  await expect(todo.view('Active')).toBeHidden();
  await expect(todo.clear).toBeHidden();
  await expect(todo.field).toBeVisible();
  // Who comes to an empty list has nothing to search or to take back either.
  await expect(async () => {
    await page.goto('/');
    await expect(todo.empty).toBeVisible();
    await expect(todo.search).toBeHidden();
    await expect(todo.undo).toBeHidden();
  }).toPass();
  await todo.add('Buy milk');
  await todo.expectTitles('Buy milk');
  await expect(todo.empty).toBeHidden();
  await todo.expectLeft(1);
});

test('the number of items that are left is told in words', async ({ todo }) => {
  await todo.open();
  await todo.expectLeft(2);
  await todo.complete(SECOND);
  await todo.expectLeft(1);
  await todo.complete(FIRST);
  await todo.expectLeft(0);
  await todo.add('Buy milk');
  await todo.expectLeft(1);
});
