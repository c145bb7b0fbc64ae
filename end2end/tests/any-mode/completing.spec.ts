// Completing items, one or all, and clearing the completed ones.
import { LATE, expect, test } from '../../support/fixtures.ts';
import { FIRST, SECOND, TodoPage } from '../../support/todo-page.ts';

test('an item can be completed and reopened', LATE, async ({ server, todo }) => {
  await todo.open();
  await todo.expectLeft(2);
  await expect(todo.checkbox(FIRST)).not.toBeChecked();
  await todo.complete(FIRST);
  await expect(todo.row(FIRST)).toHaveClass('completed');
  await expect(todo.row(SECOND)).not.toHaveClass(/completed/);
  await expect(todo.title(FIRST)).toHaveCSS('text-decoration-line', 'line-through');
  await todo.expectLeft(1);
  await server.expectCompleted([FIRST]);
  await todo.reload();
  await expect(todo.checkbox(FIRST)).toBeChecked();
  await expect(todo.row(FIRST)).toHaveClass('completed');

  await todo.reopen(FIRST);
  await expect(todo.row(FIRST)).not.toHaveClass(/completed/);
  await todo.expectLeft(2);
  await server.expectCompleted([]);
});

test('one checkbox completes and reopens all items', LATE, async ({ server, todo }) => {
  await todo.open();
  await todo.complete(FIRST);
  await expect(todo.all).not.toBeChecked();
  await todo.all.click();
  await expect(todo.all).toBeChecked();
  await expect(todo.items).toHaveClass(['completed', 'completed']);
  await todo.expectLeft(0);
  await server.expectCompleted([FIRST, SECOND]);

  await todo.all.click();
  await expect(todo.all).not.toBeChecked();
  await expect(todo.list.getByRole('checkbox', { checked: true })).toHaveCount(0);
  await todo.expectLeft(2);
  await server.expectCompleted([]);
});

test('the checkbox for all follows the items', async ({ todo }) => {
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

test('clearing removes only the completed items', LATE, async ({ server, todo }) => {
  await todo.open();
  await expect(todo.clear).toBeHidden();
  await todo.complete(FIRST);
  await expect(todo.clear).toBeVisible();
  await todo.clear.click();
  await todo.expectTitles(SECOND);
  await expect(todo.clear).toBeHidden();
  await expect(todo.toast).toHaveText(`${FIRST} removed.`);
  await todo.expectLeft(1);
  await server.expectItems([SECOND]);
});

test('the checkbox for all is not checked after all items are cleared', async ({ todo }) => {
  await todo.open();
  await todo.all.click();
  await expect(todo.all).toBeChecked();
  await todo.clear.click();
  await expect(todo.toast).toHaveText('2 completed items removed.');
  await todo.expectTitles();
  await todo.add('Buy milk');
  await todo.expectTitles('Buy milk');
  await expect(todo.all).toBeVisible();
  await expect(todo.all).not.toBeChecked();
  await expect(todo.checkbox('Buy milk')).not.toBeChecked();
});

test('an empty list hides the checkbox for all, the count and the filters', async ({ page, todo }) => {
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
  // A tab that opens with an empty list has nothing to search or to undo either.
  const other = new TodoPage(await page.context().newPage());
  await expect(async () => {
    await other.open();
    await expect(other.empty).toBeVisible();
    await expect(other.search).toBeHidden();
    await expect(other.undo).toBeHidden();
  }).toPass({ intervals: [100] });
  await other.page.close();
  await todo.add('Buy milk');
  await todo.expectTitles('Buy milk');
  await expect(todo.empty).toBeHidden();
  await todo.expectLeft(1);
});

test('the footer counts the active items', async ({ todo }) => {
  await todo.open();
  await todo.expectLeft(2);
  await todo.complete(SECOND);
  await todo.expectLeft(1);
  await todo.complete(FIRST);
  await todo.expectLeft(0);
  await todo.add('Buy milk');
  await todo.expectLeft(1);
});

test('marking all items says how many were done, and offers to undo it', async ({ server, todo }) => {
  for (const title of ['Buy milk', 'Buy eggs']) await server.add(title);
  await server.change(FIRST, { completed: true });
  await todo.open();
  await expect(todo.checkbox(FIRST)).toBeChecked();
  await todo.all.click();
  await expect(todo.toast).toHaveText('3 items done.');
  await todo.offer('Undo').click();
  await todo.expectLeft(3);
  await expect(todo.checkbox(FIRST)).toBeChecked();
  await todo.all.click();
  await todo.all.click();
  await expect(todo.toast).toHaveText('4 items active again.');
  await todo.offer('Undo').click();
  await todo.expectLeft(0);
});
