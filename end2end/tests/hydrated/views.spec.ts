// Views and searches with the script, without a reload.
import { expect, test } from '../../support/fixtures.ts';
import { FIRST, SECOND } from '../../support/todo-page.ts';

test('views change without a request', async ({ page, server, todo }) => {
  await server.change(FIRST, { completed: true });
  await todo.openHydrated();
  const requests: string[] = [];
  page.on('request', (request) => {
    // Ignores the stream, the service worker, and the icon, which Chromium requests for every address.
    if (request.isNavigationRequest() || request.url().includes('/api/fn/')) requests.push(request.url());
  });
  await todo.filter('Completed');
  await todo.expectTitles(FIRST);
  await todo.filter('Active');
  await todo.expectTitles(SECOND);
  await page.goBack();
  await todo.expectTitles(FIRST);
  await expect(todo.view('Completed')).toHaveAttribute('aria-current', 'page');
  expect(requests).toEqual([]);
});

test('a page that opens with a view has the whole list', async ({ server, todo }) => {
  for (const title of ['Buy milk', 'Buy eggs']) await server.add(title);
  await server.change(SECOND, { completed: true });
  await server.change('Buy eggs', { completed: true });
  for (const address of ['/active', '/completed', '/?q=milk', '/completed?q=nothing']) {
    await todo.openHydrated(address);
    await todo.search.fill('');
    await todo.filter('All');
    await todo.expectAdded('Buy milk', 'Buy eggs');
    await expect(todo.checkbox(SECOND)).toBeChecked();
    await expect(todo.checkbox('Buy milk')).not.toBeChecked();
  }
});

test('the search follows every typed letter and is in the address', async ({ page, todo }) => {
  await todo.openHydrated();
  await todo.search.pressSequentially('front');
  await todo.expectTitles(FIRST);
  await expect(page).toHaveURL('/?q=front');
  await todo.filter('Active');
  await expect(page).toHaveURL('/active?q=front');
  // The letters of a search are one entry of the history.
  await page.goBack();
  await expect(page).toHaveURL('/?q=front');
  await expect(todo.search).toHaveValue('front');
  await todo.search.fill('');
  await expect(page).toHaveURL('/');
  await todo.expectAdded();
});

test('an item that is added during a search is shown if it matches', async ({ todo }) => {
  await todo.openHydrated('/?q=build');
  await todo.add('Build a house');
  await todo.expectTitles(FIRST, 'Build a house');
  await expect(todo.title('Build a house').locator('mark')).toHaveText('Build');
  await todo.add('Something else');
  await todo.settled();
  await todo.expectTitles(FIRST, 'Build a house');
  await todo.search.fill('');
  await todo.expectAdded('Build a house', 'Something else');
});

test('a click with Ctrl opens a view in another tab', async ({ page, todo }) => {
  await todo.openHydrated();
  const opened = page.context().waitForEvent('page');
  await todo.view('Active').click({ modifiers: ['ControlOrMeta'] });
  await expect(await opened).toHaveURL('/active');
  await expect(page).toHaveURL('/');
  await expect(todo.view('All')).toHaveClass('selected');
});

test('a click with Ctrl opens a view with the search in another tab', async ({ page, todo }) => {
  await todo.openHydrated();
  await todo.search.fill('build');
  await todo.expectTitles(FIRST);
  const opened = page.context().waitForEvent('page');
  await todo.view('Active').click({ modifiers: ['ControlOrMeta'] });
  await expect(await opened).toHaveURL('/active?q=build');
});
