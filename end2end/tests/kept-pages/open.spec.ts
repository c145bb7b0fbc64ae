// Where nobody has to sign in, Back shows the pages that the browser has kept at once.
import { expect, test } from '../../support/fixtures.ts';
import { FIRST, SAVED } from '../../support/todo-page.ts';

test('nothing is hidden, and the server is not asked', async ({ page, todo }) => {
  await todo.openHydrated();
  // A service worker that takes over has the browser drop the pages of before.
  await page.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated');
  await todo.openHydrated('/active');
  // A page is not kept while an answer is on its way.
  await todo.expectStatus(SAVED);
  await page.goto('/trash');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goBack({ waitUntil: 'commit' });
  await expect(page.getByText(FIRST)).toBeVisible();
  expect(asked).not.toContain('/session');
  expect(asked).not.toContain('/active');
});
