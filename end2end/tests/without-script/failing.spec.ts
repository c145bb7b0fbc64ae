// The server is gone while a person without script submits a form.
import { expect, test } from '../../support/fixtures.ts';

test.use({ noisy: true });

test('a reload of the failed page submits the form again', async ({ page, server, todo }) => {
  await todo.open();
  await todo.field.fill('Buy milk');
  await server.kill();
  await todo.field.press('Enter');
  await page.waitForURL('chrome-error://chromewebdata/');
  await server.start();
  await page.reload();
  await todo.expectAdded('Buy milk');
  expect((await server.items()).slice(2)).toEqual(['Buy milk']);
});
