// A typed text in a page that the browser restores from the back/forward cache, and in the next page of its tab. Chromium
// drops a cached page when a later one takes the lead: a unit test has a page that was not dropped.
import { expect, test } from '../../support/fixtures.ts';
import { FIRST, SAVED } from '../../support/todo-page.ts';

test('Back shows a typed text as it was, and so does the next page of the tab', async ({ page, todo }) => {
  await todo.openHydrated();
  // The browser drops cached pages when a service worker takes control.
  await page.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated');
  await todo.openHydrated('/active');
  await page.evaluate(() => Object.assign(window, { marked: true }));
  await todo.field.fill('Half of a thought');
  await todo.edit(FIRST);
  await todo.editor.fill('Build the page');
  // The browser does not cache a page with a request in flight.
  await todo.expectStatus(SAVED);
  await page.goto('/trash');
  await page.goBack({ waitUntil: 'commit' });
  await expect(todo.field).toHaveValue('Half of a thought');
  await expect(todo.editor).toHaveValue('Build the page');
  expect(await page.evaluate(() => 'marked' in window)).toBe(true);
  await page.goForward({ waitUntil: 'commit' });
  await page.getByRole('link', { name: 'Back to the list' }).click();
  await todo.hydrated();
  await expect(todo.editor).toHaveValue('Build the page');
});
