// What a phone shows of a long list, wherever it is scrolled to.
import { expect, test } from '../../support/fixtures.ts';
import { FIRST } from '../../support/todo-page.ts';

test('undo, redo, search, the views, the count and clearing are in reach at the end of a long list, and the form is at the foot', async ({
  page,
  server,
  todo,
}) => {
  await server.addMany(Array.from({ length: 60 }, (_, index) => `Item ${index}`));
  await server.change(FIRST, { completed: true });
  await todo.openHydrated();
  const height = page.viewportSize()!.height;
  for (const place of [0, 700, 100_000]) {
    await page.evaluate((place) => scrollTo(0, place), place);
    for (const control of [todo.undo, todo.redo, todo.search, todo.view('Active'), todo.count, todo.clear, todo.field, todo.button]) {
      await expect(control).toBeInViewport({ ratio: 1 });
    }
    const form = (await page.locator('.composer').boundingBox())!;
    expect(Math.round(form.y + form.height)).toBe(height);
  }
  // The head is slim.
  expect((await page.locator('.top').boundingBox())!.height).toBeLessThanOrEqual(124);
});

test('the form is at the foot of the window below a short list, too', async ({ page, todo }) => {
  await todo.openHydrated();
  const form = (await page.locator('.composer').boundingBox())!;
  expect(Math.round(form.y + form.height)).toBe(page.viewportSize()!.height);
});

test('marking all does not look like an item', async ({ page, todo }) => {
  await todo.openHydrated();
  await expect(page.locator('.card').getByRole('checkbox', { name: 'Mark all as complete' })).toHaveCount(0);
  const [all, first] = [(await page.locator('.all').boundingBox())!, (await todo.row(FIRST).boundingBox())!];
  expect(all.y + all.height).toBeLessThanOrEqual(first.y);
});

test('the chosen view keeps its colour after a tap', async ({ page, todo }) => {
  await todo.openHydrated();
  const colours = (view: 'All' | 'Active') =>
    todo.view(view).evaluate((link) => [getComputedStyle(link).backgroundColor, getComputedStyle(link).color]);
  const before = await colours('All');
  await todo.view('Active').tap();
  await expect(todo.view('Active')).toHaveClass('selected');
  expect(await colours('Active')).toEqual(before);
  expect(await colours('All')).not.toEqual(before);
  await page.locator('.todo-count').tap();
  expect(await colours('Active')).toEqual(before);
});
