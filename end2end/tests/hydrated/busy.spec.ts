// A server that asks the page to wait: the page waits, and does not say that it is offline.
import { expect, test } from '../../support/fixtures.ts';
import { CALLS } from '../../support/network.ts';
import { Server } from '../../support/server.ts';
import { TOO_MANY_PAGES, SAVED, SAVING, TodoPage } from '../../support/todo-page.ts';

test.use({ noisy: true });

test('a page above the rate limit says that it is saving until everything is saved', async ({ page }) => {
  const server = new Server({ flags: ['--changes-per-second', '1'] });
  await server.start();
  try {
    const statuses: string[] = [];
    await page.exposeFunction('told', (status: string) => statuses.push(status));
    await page.goto(server.url);
    const todo = new TodoPage(page);
    await expect(todo.status).toHaveText(SAVED);
    await page.evaluate(() => {
      const status = document.querySelector('.status')!;
      const tell = () => (window as unknown as { told: (text: string) => void }).told(status.textContent ?? '');
      new MutationObserver(tell).observe(status, { childList: true, characterData: true, subtree: true });
    });
    // The server accepts ten at once, and then one in a second.
    const texts = Array.from({ length: 12 }, (_, number) => `item ${number}`);
    for (const text of texts) await todo.add(text);
    await expect(todo.status).toHaveText(SAVING);
    await expect(todo.status).toHaveText(SAVED, { timeout: 30_000 });
    expect((await server.items()).slice(2)).toEqual(texts);
    expect(new Set(statuses)).toEqual(new Set([SAVING, SAVED]));
  } finally {
    await server.kill();
  }
});

test('the page waits for a proxy with a rate limit', async ({ page, server, todo }) => {
  await page.clock.install();
  await todo.openHydrated();
  await todo.expectStatus(SAVED);
  let calls = 0;
  await page.route(CALLS, (route) => {
    calls += 1;
    return route.fulfill({ status: 429, headers: { 'Retry-After': '60' }, body: 'Too Many Requests' });
  });
  const refused = page.waitForResponse(CALLS);
  await todo.add('Buy milk');
  await (await refused).finished();
  await todo.expectStatus(SAVING);
  // Another change does not make the page retry early.
  await todo.add('Buy eggs');
  await page.clock.runFor(50_000);
  await todo.expectStatus(SAVING);
  expect(calls).toBe(1);
  await page.unrouteAll();
  await page.clock.runFor(15_000);
  await todo.expectStatus(SAVED);
  expect((await server.items()).slice(2)).toEqual(['Buy milk', 'Buy eggs']);
});

test('a page whose address has too many new pages keeps its changes, says why, and receives those of other clients', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.expectStatus(SAVED);
  // The response to a new sender above the limit: error number 9, and a wait of one second.
  const body = Buffer.concat([Buffer.from('todo-list 1\n'), Buffer.from([9, 1])]);
  await page.route(CALLS, (route) =>
    route.request().postDataBuffer()!.includes('Buy milk')
      ? route.fulfill({ status: 429, headers: { 'Retry-After': '1' }, body })
      : route.continue(),
  );
  await todo.add('Buy milk');
  await todo.expectStatus(TOO_MANY_PAGES);
  await expect.poll(() => todo.stored()).toBe(1);
  await server.add('of another client');
  await todo.expectAdded('of another client', 'Buy milk');
  await todo.expectStatus(TOO_MANY_PAGES);
  await page.unrouteAll();
  await todo.expectStatus(SAVED);
  expect((await server.items()).slice(2)).toEqual(['of another client', 'Buy milk']);
});
