// A list of 10,000 items: opening, working and scrolling.
import type { Page } from '@playwright/test';
import { test as base, expect } from '../../../support/fixtures.ts';
import { record } from '../../../support/measurements.ts';
import { type Sight, prepare, untilSeen, workOf } from '../../../support/paint.ts';
import { References } from '../../../support/references.ts';
import { isQuick } from '../../../support/results.ts';
import { Server, UNLIMITED } from '../../../support/server.ts';

const GROUP = 'The page, 10,000 items';
const ITEMS = 10_000;
/** The number of measurements of each action. */
const TIMES = isQuick ? 3 : 20;
/** More rows than the window shows. */
const SEEN = 20;
const FRAME = 1_000 / 60;

const test = base.extend<object, { long: Server }>({
  // One list for all tests of this file, because filling it takes long.
  long: [
    async ({}, use) => {
      const server = new Server({ flags: UNLIMITED });
      await server.start();
      await server.addMany(Array.from({ length: ITEMS - 2 }, (_, index) => `Item ${index + 3} of the long list`));
      await use(server);
      await server.discard();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  server: async ({ long }, use) => use(long),
});

test.setTimeout(30 * 60_000);

async function open(page: Page): Promise<void> {
  await prepare(page);
  await page.goto('/');
  await expect(page.locator('html')).toHaveAttribute('data-hydrated', '', { timeout: 120_000 });
  await page.evaluate(() => window.idle());
}

/** Records the median and the 95th percentile of an action. */
function recordPaint(name: string, times: number[]): void {
  for (const [label, share] of [['p50', 0.5], ['p95', 0.95]] as const) {
    record(GROUP, `${name}: key to paint, ${label}`, 'ms', times, { share, atMost: 50 });
  }
}

test('the list opens', async ({ browser, server }) => {
  const openings: { script: number; paint: number; ready: number }[] = [];
  for (let round = 0; round < (isQuick ? 1 : 5); round += 1) {
    const context = await browser.newContext({ baseURL: server.url });
    const page = await context.newPage();
    await open(page);
    openings.push(
      await page.evaluate(() => {
        const { wasm, hydrated } = window.moments;
        const [paint] = performance.getEntriesByName('first-contentful-paint');
        return { script: hydrated! - wasm!, paint: paint.startTime, ready: hydrated! };
      }),
    );
    await context.close();
  }
  const openingOf = (what: string, read: (opening: (typeof openings)[0]) => number, atMost?: number) =>
    record(GROUP, `opening: ${what}`, 'ms', openings.map(read), { atMost });
  openingOf('from the compiled WASM to hydrated', ({ script }) => script, 500);
  openingOf('from navigation to the first paint', ({ paint }) => paint);
  openingOf('from navigation to hydrated', ({ ready }) => ready);
});

test('keys and clicks are answered', async ({ page, todo, server }) => {
  await open(page);
  /** Measures an action `count` times, each time on an idle page. */
  const measure = async (name: string, event: 'keydown' | 'click', act: (index: number) => Promise<[Sight, () => Promise<void>]>, count = TIMES) => {
    const times: number[] = [];
    const works: number[] = [];
    for (let index = 0; index < count; index += 1) {
      const [sight, input] = await act(index);
      await page.evaluate(() => window.idle());
      const spent = await workOf(page);
      times.push(await untilSeen(page, event, sight, input));
      await page.evaluate(() => window.idle());
      works.push(await spent());
    }
    recordPaint(name, times);
    record(GROUP, `${name}: work of the page's thread, until all is saved`, 'ms', works);
  };

  const text = 'What is typed into the field of a long list'.slice(0, TIMES);
  await todo.field.focus();
  await measure('typing a character', 'keydown', async (index) => [
    { field: '#item-input', text: text.slice(0, index + 1) },
    () => page.keyboard.press(text[index] === ' ' ? 'Space' : text[index]),
  ]);
  await measure('adding', 'keydown', async (index) => {
    await todo.field.fill(`Added as number ${index}`);
    return [{ last: `Added as number ${index}` }, () => page.keyboard.press('Enter')];
  });

  const items = await server.todos();
  /** A click on a control of an item, some way down the list. */
  const click = async (index: number, control: string): Promise<[string, () => Promise<void>]> => {
    const { id } = items[Math.floor(((index + 0.5) * ITEMS) / TIMES) + (control === '.toggle' ? 0 : 1)];
    await page.evaluate((id) => document.getElementById(id)!.scrollIntoView({ block: 'center' }), id);
    // Without a locator, which would look at all rows each time.
    const middle = await page.waitForFunction(
      ([id, control]) => {
        const element = document.getElementById(id)!.closest('li')!.querySelector(control);
        const { x, y, width, height } = element?.getBoundingClientRect() ?? new DOMRect();
        return width > 0 && y > 0 && y + height < innerHeight && ([x + width / 2, y + height / 2] as const);
      },
      [id, control] as const,
    );
    const [x, y] = (await middle.jsonValue()) as [number, number];
    await page.mouse.move(x, y);
    await page.mouse.down();
    return [id, () => page.mouse.up()];
  };
  await measure('toggling', 'click', async (index) => {
    const [item, input] = await click(index, '.toggle');
    return [{ item, completed: true }, input];
  });
  await measure('removing', 'click', async (index) => {
    const [gone, input] = await click(index, '.destroy');
    return [{ gone }, input];
  });

  const titles = (await server.items()).map((title) => title.toLowerCase());
  const needle = 'item 12 of the long list'.slice(0, TIMES);
  await todo.search.focus();
  await measure('a character of a search', 'keydown', async (index) => {
    const typed = needle.slice(0, index + 1);
    const first = titles.filter((title) => title.includes(typed.trim())).slice(0, SEEN);
    return [{ first }, () => page.keyboard.press(needle[index] === ' ' ? 'Space' : needle[index])];
  });
  // Almost all items return.
  await measure(
    'a character of a search taken back',
    'keydown',
    async () => {
      await todo.search.fill('9');
      return [{ first: titles.slice(0, SEEN) }, () => page.keyboard.press('Backspace')];
    },
    isQuick ? 1 : 5,
  );
});

/** The distance of a quick measurement in pixels: a thousand rows, in one second. */
const QUICK_DISTANCE = 44_000;

/** Scrolls through the list by the wheel in about ten seconds. Returns the percentage of missed frames. */
async function scrollThrough(page: Page): Promise<number> {
  const all = await page.evaluate(() => {
    window.scrollTo(0, 0);
    const moments: number[] = [];
    const note = (moment: number) => {
      moments.push(moment);
      requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
    Object.assign(window, { frames: moments });
    return document.documentElement.scrollHeight - innerHeight;
  });
  const client = await page.context().newCDPSession(page);
  const [height, speed] = isQuick ? [QUICK_DISTANCE, QUICK_DISTANCE] : [all, Math.round(all / 10)];
  const [x, y] = [640, 300];
  await client.send('Input.synthesizeScrollGesture', { x, y, yDistance: -Math.round(height) - 1_000, speed, gestureSourceType: 'mouse' });
  const [scrolled, frames] = await page.evaluate(() => [scrollY, (window as unknown as { frames: number[] }).frames] as const);
  expect(scrolled).toBeGreaterThan(height * 0.9);
  const intervals = frames.slice(1).map((moment, index) => moment - frames[index]);
  const late = intervals.filter((interval) => interval > 1.5 * FRAME);
  const missed = late.reduce((sum, interval) => sum + Math.round(interval / FRAME) - 1, 0);
  return (100 * missed) / (intervals.length + missed);
}

test('the page scrolls, and the browser finds text in it', async ({ page, browser }) => {
  // The limit of the machine: a page that does nothing while it scrolls.
  const references = new References();
  await references.start();
  const byHand = await browser.newPage();
  // Its rows are slow to create, and a quick measurement does not scroll through all of them.
  const atHand = isQuick ? ITEMS / 5 : ITEMS;
  await byHand.goto(`${references.url}/dom/`);
  await byHand.evaluate((count) => {
    for (let index = 3; index <= count; index += 1) {
      document.querySelector<HTMLInputElement>('#item-input')!.value = `Item ${index} of the long list`;
      document.querySelector('#add-item-form')!.dispatchEvent(new SubmitEvent('submit', { bubbles: true, cancelable: true }));
    }
  }, atHand);
  await expect(byHand.locator('.todo-count')).toHaveText(`${atHand} items left`);
  const values = [await scrollThrough(byHand)];
  await byHand.close();
  await references.stop();
  await open(page);
  record(GROUP, 'scrolling through all: dropped frames', '%', [await scrollThrough(page)], { against: { name: 'the same by hand', values } });

  // The browser's own search has to find rows far from the window, too.
  const sought = 'Item 9000 of the long list';
  await page.evaluate(() => window.scrollTo(0, 0));
  const found = await page.evaluate((sought) => {
    // Searches from the focused element and continues at the beginning, ignores case, and matches parts of words.
    const { find } = window as unknown as { find: (text: string, ...options: boolean[]) => boolean };
    return find(sought, false, false, true) && getSelection()!.anchorNode!.parentElement!.closest('li')!.textContent;
  }, sought);
  expect(found).toContain(sought);
});

test('keys are answered while others change much', async ({ page, todo, server }) => {
  await open(page);
  const items = (await server.todos()).slice(0, isQuick ? 300 : 1_000);
  await todo.field.focus();
  const pending = [...items.entries()];
  const total = pending.length;
  let isOver = false;
  const others = Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let next = pending.shift(); next; next = pending.shift()) {
        const [index, { url }] = next;
        await server.changeAt(url, index % 2 ? { completed: true } : { title: `Changed by another client, number ${index}` });
      }
    }),
  ).then(() => (isOver = true));
  const times: number[] = [];
  let text = '';
  while (!isOver) {
    // A line of text would become too long.
    if (text.length === 100) await todo.field.fill((text = ''));
    text += 'x';
    times.push(await untilSeen(page, 'keydown', { field: '#item-input', text }, () => page.keyboard.press('x')));
  }
  await others;
  recordPaint(`typing during ${total} changes of others`, times);
  // In the end, all of them have arrived.
  const last = items[total - 1 - (total % 2 ? 0 : 1)];
  await expect(page.locator(`[id="${last.id}"]`)).toHaveText(/^Changed by another client/, { timeout: 120_000 });
});
