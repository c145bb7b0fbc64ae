// The layout: nothing is covered, cut or moved, whatever the size of the window and of the text.
import type { Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures.ts';
import { LOOKS, collisions, coverOfFocus, nameOf, setLook } from '../../support/layout.ts';
import { CALLS, findListFull } from '../../support/network.ts';
import { FIRST, KEPT, OFFLINE, SAVED, SECOND, type TodoPage } from '../../support/todo-page.ts';

test.use({ durable: true, noisy: true });

const TITLES = Array.from({ length: 22 }, (_, index) =>
  index % 4 === 3 ? `Item ${index} with a title that is long enough for several lines of a phone: https://example.org/${index}` : `Item ${index}`,
);

/** States of the page that large text must not break, and how to reach each. */
const states: Record<string, (todo: TodoPage) => Promise<unknown>> = {
  'the list': async () => {},
  'the editor': (todo) => todo.edit('Item 1'),
  'a message': async (todo) => {
    await todo.checkbox(FIRST).focus();
    await todo.page.keyboard.press('Delete');
    await todo.offer('Undo').focus();
  },
  'a search': (todo) => todo.search.fill('item'),
  'the menu': (todo) => todo.page.getByRole('button', { name: 'Menu', exact: true }).click(),
  'refused texts': async (todo) => refuse(todo, 3),
};

/** Adds items that the server refuses, one after the other. */
async function refuse(todo: TodoPage, count: number): Promise<void> {
  await findListFull(todo.page);
  for (let index = 0; index < count; index += 1) {
    await todo.add(`Refused ${index}`);
    await expect(todo.error).toBeVisible();
  }
  await todo.field.fill('');
}

/** Adds items without a connection, which the server then refuses. The first text that fits is in the field again. */
async function refuseAtOnce(todo: TodoPage, count: number): Promise<void> {
  await todo.page.route(CALLS, (route) => route.abort());
  for (let index = 0; index < count; index += 1) await todo.add(`Refused ${index}`);
  await todo.expectStatus(KEPT);
  await todo.page.unroute(CALLS);
  await findListFull(todo.page);
  await todo.comeBack();
  await expect(todo.unsent).toHaveCount(count - 1);
  await todo.field.fill('');
}

/** Presses a key until the focus leaves the page, and calls `look` at every control on the way. Returns how many there are. */
async function visitAll(page: Page, key: 'Tab' | 'Shift+Tab', look: () => Promise<void>): Promise<number> {
  await page.locator(key === 'Tab' ? '#search' : '#add-item-form button').focus();
  for (let stops = 1; ; stops += 1) {
    await look();
    await page.keyboard.press(key);
    if (await page.evaluate(() => document.activeElement === document.body)) return stops;
  }
}

for (const look of LOOKS) {
  test(`the keyboard focus is never behind the head or the new item: ${nameOf(look)}`, async ({ page, server, todo }) => {
    await server.addMany(TITLES);
    await todo.openHydrated();
    await setLook(page, look);
    const covered: string[] = [];
    const check = async () => {
      const cover = await coverOfFocus(page);
      if (cover) covered.push(cover);
    };
    for (const key of ['Tab', 'Shift+Tab'] as const) {
      expect(await visitAll(page, key, check)).toBeGreaterThan(TITLES.length * 2);
    }
    expect(covered).toEqual([]);
  });

  test(`no state has overlapping, cut or hidden controls: ${nameOf(look)}`, async ({ page, server, todo }) => {
    await server.addMany(TITLES);
    await server.change(SECOND, { completed: true });
    for (const [state, reach] of Object.entries(states)) {
      await test.step(state, async () => {
        await todo.openHydrated();
        await setLook(page, look);
        await reach(todo);
        expect(await collisions(page), state).toEqual([]);
        await todo.expectNoOverflow();
        await page.unrouteAll({ behavior: 'ignoreErrors' });
      });
    }
  });

  test(`titles have most of the width: ${nameOf(look)}`, async ({ page, server, todo }) => {
    await server.addMany(TITLES);
    await todo.openHydrated();
    await setLook(page, look);
    const shares = await todo.titles.evaluateAll((titles) =>
      titles.map((title) => title.getBoundingClientRect().width / title.closest('li')!.getBoundingClientRect().width),
    );
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.6);
    // The field, too.
    const field = (await todo.field.boundingBox())!;
    expect(field.width / Math.min(look.width, 640)).toBeGreaterThanOrEqual(0.5);
  });

  test(`a message and a lasting line are above the form: ${nameOf(look)}`, async ({ page, server, todo }) => {
    await server.addMany(TITLES);
    await todo.openHydrated();
    await setLook(page, look);
    await page.evaluate(() => scrollTo(0, 120));
    await todo.checkbox(FIRST).focus();
    await page.keyboard.press('Delete');
    await todo.offer('Undo').focus();
    await page.evaluate(() => (document.getElementById('update')!.hidden = false));
    const box = async (selector: string) => (await page.locator(selector).boundingBox())!;
    for (const [one, other] of [['.message', '#add-item-form'], ['#update', '#add-item-form'], ['.message', '#update']]) {
      const [first, second] = [await box(one), await box(other)];
      const overlap = Math.min(first.y + first.height, second.y + second.height) - Math.max(first.y, second.y);
      expect(overlap, `${one} and ${other}`).toBeLessThanOrEqual(0);
    }
    // Both are in the window.
    for (const selector of ['.message', '#update']) {
      const { y, height } = await box(selector);
      expect(y, selector).toBeGreaterThanOrEqual(0);
      expect(y + height, selector).toBeLessThanOrEqual(look.height);
    }
  });
}

test('many refused texts leave room for the list', async ({ page, server, todo }) => {
  await server.addMany(TITLES);
  await todo.openHydrated();
  await setLook(page, { width: 390, height: 844 });
  await refuseAtOnce(todo, 12);
  const foot = (await page.locator('.foot').boundingBox())!;
  const head = (await page.locator('.top').boundingBox())!;
  expect(foot.y - (head.y + head.height)).toBeGreaterThan(844 * 0.3);
  // All of them can be reached.
  for (const button of await page.getByRole('button', { name: 'Discard' }).all()) {
    await button.focus();
    expect(await coverOfFocus(page)).toBeUndefined();
  }
});

for (const width of [390, 1280]) {
  test(`rows and hairlines are on whole pixels in a window of ${width} pixels`, async ({ page, server, todo }) => {
    await server.addMany(Array.from({ length: 140 }, (_, index) => `Item ${index}`));
    await page.setViewportSize({ width, height: 800 });
    await todo.openHydrated();
    const rows = await todo.items.evaluateAll((rows) => rows.map((row) => [row.getBoundingClientRect().top, row.getBoundingClientRect().height]));
    expect(rows).toHaveLength(142);
    for (const [top, height] of rows) {
      expect(height).toBe(48);
      expect(top % 1).toBe(0);
    }
    for (const part of ['.heading', '.footer', '.card', '.composer']) {
      const { y, height } = (await page.locator(part).boundingBox())!;
      expect([y % 1, height % 1], part).toEqual([0, 0]);
    }
  });

  test(`nothing moves when the words of the status change in a window of ${width} pixels`, async ({ page, server, todo }) => {
    await page.setViewportSize({ width, height: 800 });
    await todo.openHydrated();
    await todo.expectStatus(SAVED);
    const places = () =>
      page.locator('h1, .toolbar > *, .todo-count, .filters a, .bulk label, .todo-list li, #add-item-form').evaluateAll((elements) =>
        elements.map((element) => {
          const { x, y, width, height } = element.getBoundingClientRect();
          return [x, y, width, height];
        }),
      );
    const before = await places();
    await server.kill();
    await todo.expectStatus(OFFLINE);
    expect(await places()).toEqual(before);
    const words = ['Offline. 123 to send', 'Not saved yet. Keep this page open', 'Reload to save your changes', '12 changes need your attention'];
    for (const text of words) {
      await todo.status.evaluate((status, text) => (status.textContent = text), text);
      expect(await places(), text).toEqual(before);
    }
  });

  test(`the search opens over the name and moves nothing in a window of ${width} pixels`, async ({ page, todo }) => {
    await page.setViewportSize({ width, height: 800 });
    await todo.openHydrated();
    const places = () =>
      page.locator('.toolbar > button, .filters a, .todo-list li').evaluateAll((elements) => elements.map((element) => JSON.stringify(element.getBoundingClientRect())));
    const [before, closed] = [await places(), (await todo.search.boundingBox())!];
    expect(closed.width).toBe(44);
    await todo.search.click();
    expect((await todo.search.boundingBox())!.width).toBeGreaterThan(150);
    expect(await places()).toEqual(before);
    await todo.search.fill('t');
    await todo.field.focus();
    // A search that hides items is always in sight.
    expect((await todo.search.boundingBox())!.width).toBeGreaterThan(150);
    expect(await places()).toEqual(before);
    await todo.search.fill('');
    await todo.field.focus();
    expect((await todo.search.boundingBox())!.width).toBe(44);
  });
}

for (const look of LOOKS.filter(({ height }) => height > 300)) {
  test(`what stays in the window is opaque in forced colours: ${nameOf(look)}`, async ({ page, server, todo }) => {
    await server.addMany(TITLES);
    await page.emulateMedia({ forcedColors: 'active' });
    await todo.openHydrated();
    await setLook(page, look);
    await page.evaluate(() => scrollTo(0, 200));
    const stuck = await page.locator('.top, .heading, .toolbar, .foot > .composer').evaluateAll((parts) =>
      parts.filter((part) => {
        const bar = part.closest('.foot') ?? part;
        return getComputedStyle(bar).position === 'sticky' && getComputedStyle(part).display !== 'contents';
      }).map((part) => [part.className, getComputedStyle(part).backgroundColor]),
    );
    expect(stuck.length).toBeGreaterThanOrEqual(2);
    for (const [part, colour] of stuck) expect(colour, part).toMatch(/^rgb\(/);
  });
}
