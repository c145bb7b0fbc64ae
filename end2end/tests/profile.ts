// Where the time goes in a list of 10,000 items: the project `profile`, with PROFILE set. It writes into docs.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test } from '../support/fixtures.ts';
import { prepare } from '../support/paint.ts';
import { root } from '../support/server.ts';
import { ALL_KINDS, TRACED, type Work, workIn } from '../support/trace.ts';

const ITEMS = 10_000;
const FILE = join(root, 'docs/performance/where-the-time-goes.md');

test.setTimeout(10 * 60_000);

test('the time of every action is written into docs', async ({ server, browser }) => {
  await server.restart('--reads-per-second', '0', '--changes-per-second', '0', '--new-senders-per-hour', '0');
  await server.addMany(Array.from({ length: ITEMS - 2 }, (_, index) => `Item ${index + 3} of the long list`));
  const context = await browser.newContext({ baseURL: server.url });
  const page = await context.newPage();
  await prepare(page);
  const works: [string, Work][] = [];
  /** Traces one action until the page is idle. */
  const trace = async (name: string, act: () => Promise<unknown>) => {
    await browser.startTracing(page, { categories: TRACED });
    await act();
    await page.evaluate(() => window.idle());
    works.push([name, workIn(await browser.stopTracing())]);
  };
  await trace('opening', async () => {
    await page.goto('/');
    await expect(page.locator('html')).toHaveAttribute('data-hydrated', '', { timeout: 120_000 });
  });
  // The pointer rests over the middle of the list, on the measured rows.
  await page.mouse.move(640, 300);
  await page.locator('#item-input').focus();
  await trace('typing a character', () => page.keyboard.press('x'));
  await trace('adding', () => page.keyboard.press('Enter'));
  const middle = page.locator('#item-list li:not(.block)').nth(ITEMS / 2);
  for (const [name, control] of [['toggling', '.toggle'], ['removing', '.destroy']]) {
    // The row has controls only near the window.
    await middle.evaluate((row) => row.scrollIntoView({ block: 'center' }));
    await aimAt(page, middle.locator(control));
    await trace(name, () => page.mouse.up());
  }
  await page.locator('#search').focus();
  await trace('a character of a search', () => page.keyboard.press('9'));
  await trace('deleting it', () => page.keyboard.press('Backspace'));
  await trace('a change by another client', async () => {
    const [first] = await server.todos();
    await server.changeAt(first.url, { title: 'Renamed by another client' });
    await expect(page.locator(`[id="${first.id}"]`)).toHaveText('Renamed by another client');
  });
  await context.close();

  console.table(Object.fromEntries(works.map(([name, { kinds, total, longest }]) => [name, { ...rounded(kinds), total: Math.round(total), longest: Math.round(longest) }])));
  mkdirSync(join(root, 'docs/performance'), { recursive: true });
  writeFileSync(FILE, document(works));
});

/** Scrolls a control to the middle of the window, and presses the mouse button on it. */
async function aimAt(page: Page, control: ReturnType<Page['locator']>): Promise<void> {
  await control.evaluate((control) => control.scrollIntoView({ block: 'center' }));
  const box = (await control.boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.evaluate(() => window.idle());
}

function rounded(kinds: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(kinds).map(([kind, time]) => [kind, Math.round(time)]));
}

function document(works: [string, Work][]): string {
  const [worst] = works.toSorted(([, a], [, b]) => b.total - a.total);
  const row = (cells: (string | number)[]) => `| ${cells.join(' | ')} |`;
  return `${[
    '# Where the time goes',
    '',
    `The processor time of the page's thread for one action in a list of ${ITEMS.toLocaleString('en')} items, in milliseconds, until its`,
    'effects are painted, stored, sent and confirmed. `make page-profile` writes this page from one trace of each action. Tracing costs',
    'time, too: it shows where the time goes, and `make page-bench` measures how long an action takes.',
    '',
    row(['Action', ...ALL_KINDS, 'all', 'longest task']),
    row(['---', ...ALL_KINDS.map(() => '---:'), '---:', '---:']),
    ...works.map(([name, { kinds, total, longest }]) => row([name, ...ALL_KINDS.map((kind) => Math.round(kinds[kind])), Math.round(total), Math.round(longest)])),
    '',
    `The slowest action is ${worst[0]}:`,
    '',
    '```',
    ...bars(worst[1]),
    '```',
  ].join('\n')}\n`;
}

/** Each kind of work as a bar. A full line is the total. */
function bars({ kinds, total }: Work): string[] {
  const shares = ALL_KINDS.map((kind) => [kind, kinds[kind] / total] as const).toSorted(([, a], [, b]) => b - a);
  return shares.map(([kind, share]) => `${kind.padEnd(20)}${'#'.repeat(Math.round(share * 60))} ${Math.round(share * 100)} %`);
}
