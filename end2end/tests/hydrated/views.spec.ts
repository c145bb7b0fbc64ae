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

test('a completed item stays in the view for a moment, and everything else changes at once', async ({ page, server, todo }) => {
  await page.clock.install({ time: 0 });
  await todo.openHydrated('/active');
  // From here on, time passes only where the test says so.
  await page.clock.pauseAt(60_000);
  await todo.checkbox(FIRST).click();
  await expect(todo.row(FIRST)).toHaveClass('completed');
  await expect(todo.toast).toHaveText(`${FIRST} done.`);
  await todo.expectLeft(1);
  await expect(todo.clear).toBeVisible();
  await server.expectCompleted([FIRST]);
  await page.clock.runFor(1_400);
  await todo.expectAdded();
  await page.clock.runFor(200);
  await todo.expectTitles(SECOND);
  await page.clock.resume();
  await todo.offer('Undo').click();
  await todo.expectAdded();
  await expect(todo.checkbox(FIRST)).not.toBeChecked();
  // The same for an item that is reopened among the completed ones, here by the keyboard and with reduced motion.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await todo.checkbox(SECOND).click();
  await todo.filter('Completed');
  await todo.checkbox(SECOND).focus();
  await page.keyboard.press('x');
  await expect(todo.row(SECOND)).not.toHaveClass(/completed/);
  await expect(todo.toast).toHaveText(`${SECOND} active again.`);
  await expect(todo.checkbox(SECOND)).toBeFocused();
  await page.clock.runFor(1_600);
  await todo.expectTitles();
  await todo.expectFocusKept();
});

test('an item that is completed and reopened in the same moment stays', async ({ page, todo }) => {
  await page.clock.install();
  await todo.openHydrated('/active');
  await todo.checkbox(FIRST).click();
  await page.clock.runFor(1_000);
  await todo.checkbox(FIRST).click();
  await todo.expectMessageClosed();
  await page.clock.runFor(2_000);
  await todo.expectAdded();
});

test('another view shows at once only what belongs to it', async ({ page, todo }) => {
  await page.clock.install();
  await todo.openHydrated('/active');
  await todo.checkbox(FIRST).click();
  await todo.filter('Completed');
  await todo.expectTitles(FIRST);
  await todo.filter('Active');
  await todo.expectTitles(SECOND);
});

test('an item that the view or the search hides is offered, and Show leads to it', async ({ page, todo }) => {
  await todo.openHydrated('/completed');
  await todo.add('Buy milk');
  await expect(todo.toast).toHaveText('Buy milk added.');
  await todo.offer('Show').click();
  await expect(page).toHaveURL('/');
  await todo.expectAdded('Buy milk');
  await expect(todo.checkbox('Buy milk')).toBeFocused();
  await expect(todo.checkbox('Buy milk')).toBeInViewport();
  await todo.expectMessageClosed();

  await todo.find('build');
  await todo.expectTitles(FIRST);
  await todo.add('Buy eggs');
  await expect(todo.toast).toHaveText('Buy eggs added.');
  await expect(page.getByRole('status').filter({ hasText: 'added.' })).toHaveCount(1);
  // By the keyboard: the message is somewhere after the list.
  await todo.checkbox(FIRST).focus();
  const hasFocus = () => todo.offer('Show').evaluate((button) => button.matches(':focus'));
  for (let count = 0; count < 15 && !(await hasFocus()); count += 1) await page.keyboard.press('Tab');
  await expect(todo.offer('Show')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(todo.search).toHaveValue('');
  await expect(page).toHaveURL('/');
  await todo.expectAdded('Buy milk', 'Buy eggs');
  await expect(todo.checkbox('Buy eggs')).toBeFocused();

  await todo.find('build');
  await todo.rename(FIRST, 'Create the page');
  await expect(todo.toast).toHaveText('Create the page saved.');
  await todo.offer('Show').click();
  await expect(todo.checkbox('Create the page')).toBeFocused();
});

test('Show leads to the end of a long list', async ({ page, server, todo }) => {
  await server.addMany(Array.from({ length: 1_500 }, (_, index) => `task ${index}`));
  await todo.openHydrated('/?q=build');
  await todo.add('Buy milk');
  await todo.offer('Show').click();
  await expect(todo.checkbox('Buy milk')).toBeFocused();
  await expect(todo.checkbox('Buy milk')).toBeInViewport();
  await expect(page).toHaveURL('/');
});
