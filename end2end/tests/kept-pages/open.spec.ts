// The back/forward cache of a list without a password.
import { expect, test } from '../../support/fixtures.ts';
import { FIRST, SAVED } from '../../support/todo-page.ts';

test('Back shows a cached page at once and without a request', async ({ page, todo }) => {
  await todo.openHydrated();
  // The browser drops cached pages when a service worker takes control.
  await page.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated');
  await todo.openHydrated('/active');
  // The browser does not cache a page with a request in flight.
  await todo.expectStatus(SAVED);
  await page.goto('/trash');
  const requested: string[] = [];
  page.on('request', (request) => requested.push(new URL(request.url()).pathname));
  await page.goBack({ waitUntil: 'commit' });
  await expect(page.getByText(FIRST)).toBeVisible();
  expect(requested).not.toContain('/session');
  expect(requested).not.toContain('/active');
});
