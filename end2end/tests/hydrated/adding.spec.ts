// Adding items with the script: without a reload, and on the screen before the server answers.
import { expect, test } from '../../support/fixtures.ts';
import { holdCalls, silenceStream } from '../../support/network.ts';
import { SAVED } from '../../support/todo-page.ts';

test('the page hydrates without a console message', async ({ consoleMessages, todo }) => {
  await todo.openHydrated();
  await todo.expectAdded();
  expect(consoleMessages).toEqual([]);
});

test('adding does not reload the page', async ({ page, todo }) => {
  await todo.openHydrated();
  await page.evaluate(() => Object.assign(window, { stillHere: true }));
  await todo.add('Buy milk');
  await todo.expectAdded('Buy milk');
  await todo.field.fill('Buy eggs');
  await todo.button.click();
  await todo.expectAdded('Buy milk', 'Buy eggs');
  expect(await page.evaluate(() => 'stillHere' in window)).toBe(true);
});

test('a new item is in the list in the same frame, before the server answers', async ({ page, server, todo }) => {
  await todo.openHydrated();
  const { release } = await holdCalls(page);
  await todo.field.fill('Buy milk');
  const inTheSameFrame = await page.evaluate(async () => {
    document.querySelector<HTMLFormElement>('#add-item-form')!.requestSubmit();
    // The callback runs before the paint of the frame.
    await new Promise(requestAnimationFrame);
    return {
      last: document.querySelector('#item-list li:last-of-type')!.textContent,
      field: document.querySelector<HTMLInputElement>('#item-input')!.value,
    };
  });
  expect(inTheSameFrame).toEqual({ last: 'Buy milk', field: '' });
  await expect(todo.items.last()).toHaveClass('pending');
  expect(await server.items()).toHaveLength(2);
  release();
  await expect(todo.items.last()).not.toHaveClass('pending');
  await todo.expectAdded('Buy milk');
  expect((await server.items()).slice(2)).toEqual(['Buy milk']);
});

test('items that are typed quickly reach the server in the order of typing', async ({ server, todo }) => {
  await todo.openHydrated();
  const texts = Array.from({ length: 20 }, (_, index) => `task ${index}`);
  for (const text of texts) await todo.add(text);
  await todo.expectAdded(...texts);
  await expect(todo.list.locator('.pending')).toHaveCount(0);
  expect((await server.items()).slice(2)).toEqual(texts);
});

test('a blank text sends nothing and stays in the field', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.expectStatus(SAVED);
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await todo.add('   ');
  await todo.field.press('Enter');
  await todo.expectAdded();
  await expect(todo.field).toHaveValue('   ');
  await todo.add('Buy milk');
  await todo.expectAdded('Buy milk');
  await todo.settled();
  expect(requests).toEqual([`${server.url}/api/fn/exchange`]);
});

test('the response to an addition contains the items of other clients', async ({ page, server, todo }) => {
  await silenceStream(page);
  await todo.openHydrated();
  await server.add('From another client');
  await todo.add('Mine');
  await todo.expectAdded('From another client', 'Mine');
});

test('a long list scrolls to the new item, and the form stays in view', async ({ server, todo }) => {
  await server.addMany(Array.from({ length: 60 }, (_, index) => `task ${index}`));
  await todo.openHydrated();
  await expect(todo.field).toBeInViewport();
  await todo.add('The last');
  await expect(todo.items.last()).toHaveText('The last');
  await expect(todo.items.last()).toBeInViewport();
  await expect(todo.field).toBeInViewport();
  // The form must not cover the item.
  await expect(async () => {
    const item = await todo.items.last().boundingBox();
    const form = await todo.page.locator('.composer').boundingBox();
    expect(item!.y + item!.height).toBeLessThanOrEqual(form!.y + 1);
  }).toPass({ intervals: [50] });
});

test('an addition can be undone and redone', async ({ server, todo }) => {
  await todo.openHydrated();
  await todo.addAll('Buy milk');
  await todo.undo.click();
  await todo.expectAdded();
  await expect(todo.undo).toBeDisabled();
  await todo.redo.click();
  await todo.expectAdded('Buy milk');
  await todo.settled();
  expect((await server.items()).slice(2)).toEqual(['Buy milk']);
});
