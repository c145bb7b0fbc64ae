// Moving an item with the mouse by its handle.
import type { Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures.ts';
import { FIRST, SECOND, type TodoPage } from '../../support/todo-page.ts';

/** Drags an item by its handle over another one, and does not drop it. */
async function hold(page: Page, todo: TodoPage, title: string, over: string, part: 'upper' | 'lower'): Promise<void> {
  const handle = (await todo.handle(title).boundingBox())!;
  const row = (await todo.row(over).boundingBox())!;
  await page.mouse.move(handle.x + handle.width / 2, handle.y + handle.height / 2);
  await page.mouse.down();
  await page.mouse.move(handle.x + handle.width / 2, row.y + row.height * (part === 'upper' ? 0.25 : 0.75), { steps: 8 });
}

test.beforeEach(async ({ server, todo }) => {
  for (const title of ['Buy milk', 'Buy eggs']) await server.add(title);
  await todo.openHydrated();
});

test('an item moves to the place where it is dropped', async ({ page, server, todo }) => {
  await hold(page, todo, FIRST, 'Buy milk', 'lower');
  await page.mouse.up();
  await todo.expectTitles(SECOND, 'Buy milk', FIRST, 'Buy eggs');
  await hold(page, todo, 'Buy eggs', SECOND, 'upper');
  await page.mouse.up();
  await todo.expectTitles('Buy eggs', SECOND, 'Buy milk', FIRST);
  await todo.settled();
  expect(await server.items()).toEqual(['Buy eggs', SECOND, 'Buy milk', FIRST]);
  await expect(todo.editor).toHaveCount(0);
  await page.reload();
  await todo.expectTitles('Buy eggs', SECOND, 'Buy milk', FIRST);
});

test('the page shows the dragged item and its target', async ({ page, todo }) => {
  await hold(page, todo, FIRST, 'Buy milk', 'lower');
  await expect(todo.row(FIRST)).toHaveAttribute('data-dragged', '');
  await expect(todo.row('Buy milk')).toHaveAttribute('data-drop', 'after');
  const [row, other] = [await todo.row(FIRST).boundingBox(), await todo.row(SECOND).boundingBox()];
  expect(row!.y).toBeGreaterThan(other!.y);
  await page.mouse.up();
  await todo.expectTitles(SECOND, 'Buy milk', FIRST, 'Buy eggs');
  await expect(page.locator('[data-dragged], [data-drop]')).toHaveCount(0);
});

test('a drag is one change to undo', async ({ page, todo }) => {
  await hold(page, todo, 'Buy eggs', FIRST, 'upper');
  await page.mouse.up();
  await todo.expectTitles('Buy eggs', FIRST, SECOND, 'Buy milk');
  await todo.undo.click();
  await todo.expectAdded('Buy milk', 'Buy eggs');
  await expect(todo.undo).toBeDisabled();
});

test('a click without a movement opens the editor and moves nothing', async ({ page, todo }) => {
  await todo.handle(SECOND).click();
  await expect(todo.editor).toHaveValue(SECOND);
  await expect(todo.editor).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(todo.editor).toHaveCount(0);
  await todo.expectAdded('Buy milk', 'Buy eggs');
  await expect(todo.undo).toBeDisabled();
});

test('a click with a small movement opens the editor', async ({ page, todo }) => {
  const handle = (await todo.handle(SECOND).boundingBox())!;
  const [x, y] = [handle.x + handle.width / 2, handle.y + handle.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 2, y + 4, { steps: 4 });
  await page.mouse.up();
  await expect(todo.editor).toHaveValue(SECOND);
});

test('Escape cancels a drag', async ({ page, server, todo }) => {
  await hold(page, todo, FIRST, 'Buy milk', 'lower');
  await expect(todo.row(FIRST)).toHaveAttribute('data-dragged', '');
  await page.keyboard.press('Escape');
  await expect(page.locator('[data-dragged], [data-drop]')).toHaveCount(0);
  await page.mouse.up();
  await todo.settled();
  await todo.expectAdded('Buy milk', 'Buy eggs');
  await expect(todo.editor).toHaveCount(0);
  expect(await server.items()).toEqual([FIRST, SECOND, 'Buy milk', 'Buy eggs']);
});

test('an item that is dropped at its own place does not move, after a slow or a quick way back', async ({ page, todo }) => {
  const home = (await todo.handle(FIRST).boundingBox())!;
  for (const steps of [8, 1]) {
    await hold(page, todo, FIRST, 'Buy milk', 'lower');
    await page.mouse.move(home.x + home.width / 2, home.y + home.height / 2, { steps });
    await page.mouse.up();
    await todo.settled();
    await todo.expectAdded('Buy milk', 'Buy eggs');
    await expect(todo.undo).toBeDisabled();
  }
});

test('the right mouse button drags nothing', async ({ page, todo }) => {
  const handle = (await todo.handle(FIRST).boundingBox())!;
  await page.mouse.move(handle.x + 20, handle.y + 20);
  await page.mouse.down({ button: 'right' });
  await page.mouse.move(handle.x + 20, handle.y + 120, { steps: 5 });
  await expect(page.locator('[data-dragged]')).toHaveCount(0);
  await page.mouse.up({ button: 'right' });
  await todo.expectAdded('Buy milk', 'Buy eggs');
});

test('a long list scrolls while an item is held at the edge of the window', async ({ page, server, todo }) => {
  await server.addMany(Array.from({ length: 40 }, (_, index) => `task ${index}`));
  await page.reload();
  await todo.hydrated();
  const handle = (await todo.handle(FIRST).boundingBox())!;
  const x = handle.x + handle.width / 2;
  const bottom = page.viewportSize()!.height - 2;
  await page.mouse.move(x, handle.y + handle.height / 2);
  await page.mouse.down();
  await page.mouse.move(x, bottom, { steps: 4 });
  // The pointer does not move.
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBeGreaterThan(300);
  await page.keyboard.press('Escape');
  await page.mouse.up();
});

test('in a view an item moves between the items that the view shows', async ({ page, server, todo }) => {
  await todo.complete(SECOND);
  await todo.filter('Active');
  await todo.expectTitles(FIRST, 'Buy milk', 'Buy eggs');
  await hold(page, todo, 'Buy eggs', FIRST, 'lower');
  await page.mouse.up();
  await todo.expectTitles(FIRST, 'Buy eggs', 'Buy milk');
  await todo.settled();
  expect(await server.items()).toEqual([FIRST, 'Buy eggs', SECOND, 'Buy milk']);
});

test('a row that was taken at the edge can be moved away from it without scrolling', async ({ page, server, todo }) => {
  await server.addMany(Array.from({ length: 40 }, (_, index) => `task ${index}`));
  await page.reload();
  await todo.hydrated();
  await todo.field.focus();
  await page.keyboard.press('ArrowUp');
  const row = todo.list.locator('li:has(:focus)');
  const title = (await row.innerText()).trim();
  const scroll = () => page.evaluate(() => window.scrollY);
  const before = await scroll();
  const { x, y, width, height } = (await todo.handle(title).boundingBox())!;
  await page.mouse.move(x + width / 2, y + 4);
  await page.mouse.down();
  await page.mouse.move(x + width / 2, y - height / 2, { steps: 4 });
  await expect(todo.row(title)).toHaveAttribute('data-dragged', '');
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  expect(await scroll()).toBe(before);
  await page.keyboard.press('Escape');
  await page.mouse.up();
});

test('a row stays under the pointer when the wheel scrolls', async ({ page, server, todo }) => {
  await server.addMany(Array.from({ length: 40 }, (_, index) => `task ${index}`));
  await page.reload();
  await todo.hydrated();
  await hold(page, todo, FIRST, 'Buy milk', 'lower');
  const place = async () => (await todo.row(FIRST).boundingBox())!.y;
  const before = await place();
  await page.mouse.wheel(0, 200);
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBe(200);
  await expect(async () => expect(Math.abs((await place()) - before)).toBeLessThan(3)).toPass();
  await page.keyboard.press('Escape');
  await page.mouse.up();
});
