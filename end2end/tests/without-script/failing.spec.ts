// What a person without script sees when the server is gone is the browser's own page; coming back
// brings the text back.
import { expect, test } from '../../support/fixtures.ts';

test.use({ noisy: true });

test('a form that could not be sent can be sent again after going back', async ({ page, server, todo }) => {
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
