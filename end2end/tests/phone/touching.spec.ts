// Touch: the size of the controls, dragging and scrolling.
import type { CDPSession, Locator, Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures.ts';
import { FIRST, SECOND } from '../../support/todo-page.ts';

/** The smallest size of a touch target, in CSS pixels. */
const TOUCH_TARGET = 44;

/** A finger on the screen. */
class Finger {
  private constructor(private readonly session: CDPSession) {}

  static async of(page: Page): Promise<Finger> {
    return new Finger(await page.context().newCDPSession(page));
  }

  async down(x: number, y: number): Promise<void> {
    await this.touch('touchStart', x, y);
  }

  /** Moves vertically in small steps. */
  async move(x: number, from: number, to: number): Promise<void> {
    const steps = 12;
    for (let step = 1; step <= steps; step += 1) await this.touch('touchMove', x, from + ((to - from) * step) / steps);
  }

  /** Touches twice at the same place, without waiting. */
  async doubleTap(x: number, y: number): Promise<void> {
    for (let count = 0; count < 2; count += 1) {
      await this.down(x, y);
      await this.up();
    }
  }

  async up(): Promise<void> {
    await this.session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  }

  private async touch(type: 'touchStart' | 'touchMove', x: number, y: number): Promise<void> {
    await this.session.send('Input.dispatchTouchEvent', { type, touchPoints: [{ x, y }] });
  }
}

async function middle(locator: Locator): Promise<{ x: number; y: number }> {
  const box = (await locator.boundingBox())!;
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** The visible controls that are smaller than a touch target, each with its size. */
async function tooSmall(part: Page | Locator): Promise<string[]> {
  const controls = part.locator('button:visible, input:visible, a:visible');
  await expect(controls).not.toHaveCount(0);
  const small: string[] = [];
  for (const control of await controls.all()) {
    const found = await control.evaluate((element, size) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      // The target of a control may be larger than the control looks.
      const isHit = (dx: number, dy: number) => {
        const hit = document.elementFromPoint(x + width / 2 + dx, y + height / 2 + dy);
        return hit !== null && (element.contains(hit) || hit.closest('label')?.control === element);
      };
      const reach = size / 2 - 0.5;
      const isWide = width >= size || (isHit(-reach, 0) && isHit(reach, 0));
      const isHigh = height >= size || (isHit(0, -reach) && isHit(0, reach));
      const name = element.getAttribute('aria-label') || element.textContent!.trim() || element.id || element.className;
      return isWide && isHigh ? undefined : `${name}: ${width} x ${height}`;
    }, TOUCH_TARGET);
    if (found) small.push(found);
  }
  return small;
}

test('every control is a touch target', async ({ page, server, todo }) => {
  await server.change(FIRST, { completed: true });
  await todo.openHydrated();
  expect(await tooSmall(page)).toEqual([]);
});

test('every control of the editor, the message and the menu is a touch target', async ({ page, todo }) => {
  await todo.openHydrated();
  await todo.remove(FIRST);
  await todo.edit(SECOND);
  expect(await tooSmall(page)).toEqual([]);
  await todo.tool('Cancel').tap();
  await page.getByRole('button', { name: 'Menu', exact: true }).tap();
  await expect(page.getByRole('link', { name: 'Removed items' })).toBeVisible();
  // The menu covers a part of the page.
  expect(await tooSmall(page.locator('#page-menu'))).toEqual([]);
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).tap();
  await expect(todo.shortcuts).toBeVisible();
  for (const name of ['Close', 'letters']) expect((await tooSmall(page)).filter((control) => control.startsWith(name))).toEqual([]);
});

test('every control of the trash is a touch target', async ({ page, server }) => {
  await server.remove(FIRST);
  await page.goto('/trash');
  await expect(page.getByRole('button', { name: 'Restore all' })).toBeVisible();
  const small = await tooSmall(page);
  expect(small.filter((name) => !name.startsWith('Back to the list'))).toEqual([]);
});

test('the buttons of a row are visible without hovering', async ({ todo }) => {
  await todo.openHydrated();
  for (const title of [FIRST, SECOND]) {
    await expect(todo.handle(title)).toHaveCSS('opacity', '1');
    await expect(todo.row(title).getByRole('button', { name: 'Remove' })).toHaveCSS('opacity', '1');
  }
});

test('no part of the page is wider than the screen, and typing does not zoom', async ({ page, todo }) => {
  await todo.openHydrated();
  await todo.expectNoOverflow();
  for (const field of [todo.field, todo.search]) {
    const size = await field.evaluate((element) => parseFloat(getComputedStyle(element).fontSize));
    expect(size).toBeGreaterThanOrEqual(16);
  }
  await todo.edit(FIRST);
  const size = await todo.editor.evaluate((element) => parseFloat(getComputedStyle(element).fontSize));
  expect(size).toBeGreaterThanOrEqual(16);
  await todo.expectNoOverflow();
  expect(await page.evaluate(() => window.visualViewport!.scale)).toBe(1);
});

test('the handle drags an item, and the page does not scroll', async ({ page, server, todo }) => {
  await server.addMany(Array.from({ length: 30 }, (_, index) => `task ${index}`));
  await todo.openHydrated();
  const finger = await Finger.of(page);
  const from = await middle(todo.handle(FIRST));
  const to = (await todo.row('task 1').boundingBox())!;
  await finger.down(from.x, from.y);
  await finger.move(from.x, from.y, to.y + to.height * 0.75);
  await expect(todo.row(FIRST)).toHaveAttribute('data-dragged', '');
  await finger.up();
  await expect(todo.items.first()).toHaveText(SECOND);
  await expect(todo.items.nth(3)).toHaveText(FIRST);
  await todo.settled();
  expect((await server.items()).slice(0, 4)).toEqual([SECOND, 'task 0', 'task 1', FIRST]);
  expect(await page.evaluate(() => window.scrollY)).toBe(0);
  await expect(todo.editor).toHaveCount(0);
});

test('a tap on the handle opens the editor and drags nothing', async ({ todo }) => {
  await todo.openHydrated();
  await todo.handle(SECOND).tap();
  await expect(todo.editor).toHaveValue(SECOND);
  await expect(todo.editor).toBeFocused();
  await todo.tool('Cancel').tap();
  await todo.expectAdded();
  await expect(todo.undo).toBeDisabled();
});

test('a tap with a small movement opens the editor', async ({ page, todo }) => {
  await todo.openHydrated();
  const finger = await Finger.of(page);
  const { x, y } = await middle(todo.handle(SECOND));
  await finger.down(x, y);
  await finger.move(x, y, y + 4);
  await finger.up();
  await expect(todo.editor).toHaveValue(SECOND);
  await expect(todo.page.locator('[data-dragged]')).toHaveCount(0);
});

test('a finger beside the handle scrolls the page', async ({ page, server, todo }) => {
  await server.addMany(Array.from({ length: 40 }, (_, index) => `task ${index}`));
  await todo.openHydrated();
  const finger = await Finger.of(page);
  const { x, y } = await middle(todo.title('task 5'));
  await finger.down(x, y);
  await finger.move(x, y, y - 250);
  await finger.up();
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBeGreaterThan(100);
  await todo.settled();
  expect((await server.items()).slice(0, 8)).toEqual([FIRST, SECOND, ...[0, 1, 2, 3, 4, 5].map((index) => `task ${index}`)]);
  await expect(todo.undo).toBeDisabled();
});

test('taps complete, remove, filter and add', async ({ server, todo }) => {
  await todo.openHydrated();
  await todo.checkbox(FIRST).tap();
  await expect(todo.checkbox(FIRST)).toBeChecked();
  await todo.view('Active').tap();
  await todo.expectTitles(SECOND);
  await todo.view('All').tap();
  await todo.row(SECOND).getByRole('button', { name: 'Remove' }).tap();
  await todo.expectTitles(FIRST);
  await todo.offer('Undo').tap();
  await todo.expectAdded();
  await todo.field.fill('Buy milk');
  await todo.button.tap();
  await todo.expectAdded('Buy milk');
  await todo.settled();
  expect(await server.items()).toEqual([FIRST, SECOND, 'Buy milk']);
});

test('a tap on a title opens its editor, and a tap on another one saves and moves on', async ({ server, todo }) => {
  await todo.openHydrated();
  await todo.title(FIRST).tap();
  await expect(todo.editor).toHaveValue(FIRST);
  await expect(todo.editor).toBeFocused();
  await todo.editor.fill('Build the page');
  await todo.title(SECOND).tap();
  await expect(todo.editor).toHaveValue(SECOND);
  await todo.tool('Cancel').tap();
  await todo.expectTitles('Build the page', SECOND);
  await server.expectItems(['Build the page', SECOND]);
});

test('a double tap removes, completes and edits one item', async ({ page, server, todo }) => {
  for (const title of ['Buy milk', 'Buy eggs']) await server.add(title);
  await todo.openHydrated();
  const finger = await Finger.of(page);
  let place = await middle(todo.row(FIRST).getByRole('button', { name: 'Remove' }));
  await finger.doubleTap(place.x, place.y);
  await expect(todo.toast).toHaveText(`${FIRST} removed.`);
  await todo.expectTitles(SECOND, 'Buy milk', 'Buy eggs');
  await todo.filter('Active');
  place = await middle(todo.checkbox(SECOND));
  await finger.doubleTap(place.x, place.y);
  await todo.expectTitles('Buy milk', 'Buy eggs');
  await server.expectCompleted([SECOND]);
  await server.expectItems([SECOND, 'Buy milk', 'Buy eggs']);
});

test('quick taps at two places both count', async ({ page, server, todo }) => {
  await todo.openHydrated();
  const finger = await Finger.of(page);
  for (const title of [FIRST, SECOND]) {
    const { x, y } = await middle(todo.checkbox(title));
    await finger.down(x, y);
    await finger.up();
  }
  await server.expectCompleted([FIRST, SECOND]);
});

test.describe('a long list', () => {
  const tasks = Array.from({ length: 60 }, (_, index) => `task ${index}`);

  test.beforeEach(async ({ server, todo }) => {
    await server.addMany(tasks);
    await todo.openHydrated();
  });

  test('an item is dragged to the end by holding it over the form, and to the start', async ({ page, server, todo }) => {
    const finger = await Finger.of(page);
    const scroll = () => page.evaluate(() => window.scrollY);
    const form = await middle(todo.field);
    let from = await middle(todo.handle(FIRST));
    await finger.down(from.x, from.y);
    await finger.move(from.x, from.y, form.y);
    // The finger does not move any more, and the page scrolls to its end and no further.
    const isAtEnd = () => page.evaluate(() => window.scrollY + window.innerHeight >= document.documentElement.scrollHeight - 1);
    await expect.poll(isAtEnd).toBe(true);
    await expect(todo.items.last()).toHaveAttribute('data-drop', 'after');
    const end = await scroll();
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    expect(await scroll()).toBe(end);
    await finger.up();
    await expect(todo.items.last()).toHaveText(FIRST);
    await todo.settled();
    expect((await server.items()).at(-1)).toBe(FIRST);

    from = await middle(todo.handle(FIRST));
    await finger.down(from.x, from.y);
    await finger.move(from.x, from.y, 2);
    await expect.poll(scroll).toBe(0);
    await expect(todo.items.first()).toHaveAttribute('data-drop', 'before');
    await finger.up();
    await expect(todo.items.first()).toHaveText(FIRST);
    await todo.settled();
    expect((await server.items())[0]).toBe(FIRST);
    await expect(todo.editor).toHaveCount(0);
  });

  test('an item that is dropped over the form goes below the last visible row', async ({ page, todo }) => {
    const finger = await Finger.of(page);
    const from = await middle(todo.handle(FIRST));
    const form = await middle(todo.field);
    await finger.down(from.x, from.y);
    await finger.move(from.x, from.y, form.y);
    const target = page.locator('[data-drop]');
    await expect(target).toHaveCount(1);
    await finger.up();
    await expect(todo.items.first()).toHaveText(SECOND);
    await expect(todo.row(FIRST)).toBeInViewport();
    await expect(target).toHaveCount(0);
  });
});
