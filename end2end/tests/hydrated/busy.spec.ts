// A server that is there, and has asked the page to wait: it waits, and says nothing of a connection.
import { expect, test } from '../../support/fixtures.ts';
import { CALLS } from '../../support/network.ts';
import { Server } from '../../support/server.ts';
import { TOO_MANY_PAGES, SAVED, SAVING, TodoPage } from '../../support/todo-page.ts';

test.use({ noisy: true });

test('a page that changes more than its share is saving until all of it is saved, and is never offline', async ({ page }) => {
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
    // Ten at once, and one in a second.
    const texts = Array.from({ length: 14 }, (_, number) => `item ${number}`);
    for (const text of texts) await todo.add(text);
    await expect(todo.status).toHaveText(SAVING);
    await expect(todo.status).toHaveText(SAVED, { timeout: 30_000 });
    expect((await server.items()).slice(2)).toEqual(texts);
    expect(statuses.filter((status) => ![SAVING, SAVED].includes(status))).toEqual([]);
  } finally {
    await server.kill();
  }
});

test('a proxy that has a limit of its own is waited for too', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.expectStatus(SAVED);
  let calls = 0;
  await page.route(CALLS, (route) => {
    calls += 1;
    return route.fulfill({ status: 429, headers: { 'Retry-After': '1' }, body: 'Too Many Requests' });
  });
  await todo.add('Buy milk');
  await todo.expectStatus(SAVING);
  // More typing is no reason to ask again before the time has come.
  await todo.add('Buy eggs');
  expect(calls).toBeLessThanOrEqual(2);
  await page.unrouteAll();
  await todo.expectStatus(SAVED);
  expect((await server.items()).slice(2)).toEqual(['Buy milk', 'Buy eggs']);
});

test('a page whose address has too many new pages keeps its work, says why, and hears of others', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.expectStatus(SAVED);
  // What the server says to a sender that is one too many: the tenth kind of error, and to wait for a second.
  const body = Buffer.concat([Buffer.from('todo-list 1\n'), Buffer.from([9, 1])]);
  await page.route(CALLS, (route) =>
    route.request().postDataBuffer()!.includes('Buy milk')
      ? route.fulfill({ status: 429, headers: { 'Retry-After': '1' }, body })
      : route.continue(),
  );
  await todo.add('Buy milk');
  await todo.expectStatus(TOO_MANY_PAGES);
  await expect.poll(() => todo.stored()).toBe(1);
  await server.add('of somebody else');
  await todo.expectAdded('of somebody else', 'Buy milk');
  await todo.expectStatus(TOO_MANY_PAGES);
  await page.unrouteAll();
  await todo.expectStatus(SAVED);
  expect((await server.items()).slice(2)).toEqual(['of somebody else', 'Buy milk']);
});
