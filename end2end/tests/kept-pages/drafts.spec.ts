// A page that the browser restores from the back/forward cache shows what the tab has typed since.
import { expect, test } from '../../support/fixtures.ts';
import { FIRST, SAVED } from '../../support/todo-page.ts';

test('Back shows a typed text as a later page of the tab has left it', async ({ page, todo }) => {
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
  // Without a change of the list: browsers drop cached pages that would receive a message.
  await todo.editor.press('Escape');
  await todo.field.fill('Another one');
  await todo.expectStatus(SAVED);
  await page.goBack({ waitUntil: 'commit' });
  await page.goBack({ waitUntil: 'commit' });
  expect(await page.evaluate(() => 'marked' in window)).toBe(true);
  await expect(todo.field).toHaveValue('Another one');
  await expect(todo.editor).toHaveCount(0);
  await todo.field.press('Enter');
  await todo.expectAdded('Another one');
});
