// The page on paper: the list and nothing else, with a box for every item.
import { expect, test } from '../../support/fixtures.ts';
import { FIRST } from '../../support/todo-page.ts';

test('every item of a long list is printed with its box, and nothing but the list', async ({ page, server, todo }) => {
  await server.addMany(Array.from({ length: 198 }, (_, index) => `Item ${index + 2}`));
  await server.change('Item 170', { completed: true });
  await todo.open();
  await expect(todo.items).toHaveCount(200);
  await page.emulateMedia({ media: 'print' });
  const rows = await todo.items.evaluateAll((rows) =>
    rows.map((row) => {
      const control = row.querySelector('form :is(.toggle, .check):not([style])') ?? row;
      const shown = [...row.querySelectorAll('.toggle, .check')].find((control) => control.checkVisibility()) ?? control;
      const box = getComputedStyle(shown, '::before');
      const { top, height } = row.getBoundingClientRect();
      return { text: row.textContent, width: parseFloat(box.width), line: box.borderTopStyle, colour: box.borderTopColor, top, height };
    }),
  );
  for (const { text, width, line, colour, height } of rows) {
    expect([width, line], text!).toEqual([20, 'solid']);
    expect(colour, text!).not.toMatch(/^rgba\(.* 0\)$/);
    expect(height, text!).toBeGreaterThan(20);
  }
  // The rows beyond the window take their real place.
  const tops = rows.map(({ top }) => top);
  expect(tops).toEqual([...tops].sort((one, other) => one - other));
  const mark = await todo.row('Item 170').evaluate((row) => {
    const shown = [...row.querySelectorAll('.toggle, .check')].find((control) => control.checkVisibility()) ?? row;
    return getComputedStyle(shown, '::after').borderBottomStyle;
  });
  expect(mark).toBe('solid');
  // All text of the page.
  const words = await page.locator('main').evaluate((main) => (main as HTMLElement).innerText.split('\n').map((line) => line.trim()).filter(Boolean));
  expect(words.slice(0, 2)).toEqual(['My To-Do List', FIRST]);
  expect(words).toHaveLength(1 + 200);
  await expect(page.locator('button:visible, input:visible:not(.toggle), dialog:visible')).toHaveCount(
    await page.locator('.todo-list button.check:visible').count(),
  );
});
