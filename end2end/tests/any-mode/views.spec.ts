// The three views of the list and the search, which follow the address.
import { LATE, expect, test } from '../../support/fixtures.ts';
import { FIRST, SECOND } from '../../support/todo-page.ts';

test('each view has an address and shows its items', async ({ page, server, todo }) => {
  await server.change(FIRST, { completed: true });
  await todo.open();
  await expect(todo.view('All')).toHaveClass('selected');
  await expect(todo.view('All')).toHaveAttribute('aria-current', 'page');
  await todo.filter('Active');
  await expect(page).toHaveURL('/active');
  await todo.expectTitles(SECOND);
  await expect(todo.view('All')).not.toHaveClass('selected');
  await expect(todo.view('All')).not.toHaveAttribute('aria-current');
  await todo.filter('Completed');
  await expect(page).toHaveURL('/completed');
  await todo.expectTitles(FIRST);
  await todo.expectLeft(1);
  await todo.filter('All');
  await expect(page).toHaveURL('/');
  await todo.expectAdded();
});

test('Back, Forward and a reload keep the view', LATE, async ({ page, server, todo }) => {
  await server.change(FIRST, { completed: true });
  await todo.open();
  await todo.filter('Active');
  await todo.filter('Completed');
  await todo.goBack();
  await expect(todo.view('Active')).toHaveClass('selected');
  await todo.expectTitles(SECOND);
  await todo.goBack();
  await expect(todo.view('All')).toHaveClass('selected');
  await todo.expectAdded();
  await todo.goForward();
  await expect(todo.view('Active')).toHaveClass('selected');
  await todo.goForward();
  await todo.expectTitles(FIRST);
  await todo.reload();
  await expect(page).toHaveURL('/completed');
  await expect(todo.view('Completed')).toHaveClass('selected');
  await todo.expectTitles(FIRST);
});

test('an item leaves a view that it no longer matches', async ({ todo }) => {
  await todo.open('/active');
  await todo.complete(FIRST);
  await todo.expectTitles(SECOND);
  await expect(todo.toast).toHaveText(`${FIRST} done.`);
  await todo.filter('Completed');
  await todo.expectTitles(FIRST);
  await todo.reopen(FIRST);
  await todo.expectTitles();
  await expect(todo.toast).toHaveText(`${FIRST} active again.`);
  await expect(todo.empty).toHaveText('Nothing is completed yet.');
  await todo.filter('Active');
  await todo.expectAdded();
});

test('a view without items says so', async ({ todo }) => {
  await todo.open('/completed');
  await expect(todo.empty).toHaveText('Nothing is completed yet.');
  await expect(todo.count).toBeVisible();
  await todo.filter('Active');
  await expect(todo.empty).toBeHidden();
  await todo.all.click();
  await todo.expectTitles();
  await expect(todo.empty).toHaveText('All done.');
});

test('an item that is added in the view of completed items is in the list', async ({ page, server, todo }) => {
  await todo.open('/completed');
  await todo.add('Buy milk');
  await server.expectItems([FIRST, SECOND, 'Buy milk']);
  await expect(page).toHaveURL(/\/completed/);
  await todo.expectTitles();
  await todo.filter('All');
  await todo.expectAdded('Buy milk');
});

test('clearing works in every view', async ({ server, todo }) => {
  await server.change(FIRST, { completed: true });
  await todo.open('/completed');
  await todo.clear.click();
  await todo.expectTitles();
  await server.expectItems([SECOND]);
});

test('a search shows the matching items and marks the match', async ({ page, todo }) => {
  await todo.open();
  await todo.find('BACK');
  await todo.expectTitles(SECOND);
  await expect(page).toHaveURL('/?q=BACK');
  await expect(todo.title(SECOND).locator('mark')).toHaveText('back');
  await expect(todo.search).toHaveValue('BACK');
  await page.reload();
  await expect(todo.search).toHaveValue('BACK');
  await todo.expectTitles(SECOND);
  // A person who sees only a part of the list cannot change all of it by accident.
  await expect(todo.all).toBeHidden();
  await todo.find('');
  await todo.expectAdded();
  await expect(todo.list.locator('mark')).toHaveCount(0);
});

test('a search ignores accents and case', async ({ server, todo }) => {
  for (const title of ['Crème brûlée', 'ΟΔΥΣΣΕΑΣ', 'Straße']) await server.add(title);
  await todo.open();
  await todo.find('creme BRULEE');
  await todo.expectTitles('Crème brûlée');
  await expect(todo.title('Crème brûlée').locator('mark')).toHaveText('Crème brûlée');
  await todo.find('é');
  await expect(todo.row('Crème brûlée')).toBeVisible();
  await todo.find('οδυσσεας');
  await todo.expectTitles('ΟΔΥΣΣΕΑΣ');
  await todo.find('strasse');
  await todo.expectTitles('Straße');
  await todo.find('STRAßE');
  await todo.expectTitles('Straße');
});

test('a search stays in other views', async ({ page, server, todo }) => {
  await server.add('Build a house');
  await server.change(FIRST, { completed: true });
  await todo.open();
  await todo.find('build');
  await todo.expectTitles(FIRST, 'Build a house');
  await todo.filter('Completed');
  await expect(page).toHaveURL('/completed?q=build');
  await todo.expectTitles(FIRST);
  await expect(todo.search).toHaveValue('build');
  await todo.filter('Active');
  await todo.expectTitles('Build a house');
});

test('a change during a search keeps the search', LATE, async ({ todo }) => {
  await todo.open('/?q=build');
  await todo.complete(FIRST);
  await todo.expectTitles(FIRST);
  await expect(todo.checkbox(FIRST)).toBeChecked();
  await expect(todo.search).toHaveValue('build');
  await todo.rename(FIRST, 'Create the page');
  await expect(todo.empty).toHaveText('No item matches.');
  await expect(todo.search).toHaveValue('build');
});

test('a search without result says so', async ({ todo }) => {
  await todo.open();
  await todo.find('nothing like this');
  await expect(todo.empty).toHaveText('No item matches.');
  await todo.expectTitles();
  await expect(todo.count).toHaveText('0 of 2');
});

test('a search says how many items it finds', async ({ server, todo }) => {
  await server.add('Build a house');
  await server.change(FIRST, { completed: true });
  await todo.open('/?q=build');
  await expect(todo.count).toHaveText('2 of 3');
  await todo.filter('Active');
  await expect(todo.count).toHaveText('1 of 2');
  await todo.find('');
  await todo.expectLeft(2);
});

test('a search takes every character literally', async ({ page, server, todo }) => {
  await server.add('<b>&amp; 100% + "x"');
  await todo.open();
  await todo.find('<b>&amp; 100% + "x"');
  await todo.expectTitles('<b>&amp; 100% + "x"');
  expect(new URL(page.url()).searchParams.get('q')).toBe('<b>&amp; 100% + "x"');
});
