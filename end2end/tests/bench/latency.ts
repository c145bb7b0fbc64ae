// The time until other browsers show a change: the project `bench`, with BENCH set.
import { loadavg } from 'node:os';
import type { Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures.ts';
import { percentile } from '../../support/measurements.ts';
import { isQuick, keep, type Row } from '../../support/results.ts';
import { FIRST, SAVED, SECOND, TodoPage } from '../../support/todo-page.ts';

const CHANGES = isQuick ? 40 : 1_000;
const GROUP = 'From click to screen';
/** The budget of the 95th percentile, in milliseconds. */
const BUDGET = 50;
const BROWSERS = 3;

test.use({ durable: true });
test.setTimeout(5 * 60_000);

/** The time in milliseconds, by the clock that all processes of this machine share. */
const now = () => performance.timeOrigin + performance.now();

/** For each state of a row: the first time at which each page shows it. */
type Sightings = Map<string, Map<number, number>>;

/** Reports every changed row from now on, with the time. */
async function watch(page: Page, index: number, sightings: Sightings, wake: () => void): Promise<void> {
  await page.exposeBinding('sighted', (_source, look: string, moment: number) => {
    const moments = sightings.get(look) ?? new Map<number, number>();
    sightings.set(look, moments);
    if (!moments.has(index)) moments.set(index, moment);
    wake();
  });
  await page.evaluate(() => {
    const { sighted } = window as unknown as { sighted: (look: string, moment: number) => void };
    const list = document.querySelector('#item-list')!;
    const title = (row: Element) => row.querySelector('[data-testid=todo-title]')!.textContent!.trim();
    // The page empties a row before it removes it.
    const known = new WeakMap<Node, string>();
    new MutationObserver((mutations) => {
      const moment = performance.timeOrigin + performance.now();
      const looks = new Set<string>();
      for (const { target, addedNodes, removedNodes } of mutations) {
        const added = [...addedNodes].filter((node) => node instanceof HTMLLIElement);
        const within = target instanceof Element ? target.closest('li') : target.parentElement?.closest('li');
        for (const row of [...added, ...(within ? [within] : [])]) {
          if (!row.isConnected) continue;
          known.set(row, title(row));
          looks.add(`${title(row)} ${row.classList.contains('completed') ? 'completed' : 'open'}`);
        }
        for (const row of removedNodes) if (known.has(row)) looks.add(`${known.get(row)} gone`);
      }
      for (const look of looks) sighted(look, moment);
    }).observe(list, { subtree: true, childList: true, characterData: true, attributeFilter: ['class'] });
  });
}

/** Makes a change in a page. Returns the time before it. */
function inPage(page: Page, what: 'add' | 'complete' | 'remove', title: string): Promise<number> {
  return page.evaluate(
    ([what, title]) => {
      const isIt = (row: Element) => row.querySelector('[data-testid=todo-title]')!.textContent!.trim() === title;
      const row = [...document.querySelectorAll('#item-list li:not(.block)')].find(isIt);
      const moment = performance.timeOrigin + performance.now();
      if (what === 'add') {
        document.querySelector<HTMLInputElement>('#item-input')!.value = title;
        document.querySelector<HTMLFormElement>('#add-item-form')!.requestSubmit();
      } else {
        row!.querySelector<HTMLElement>(what === 'complete' ? 'input.toggle' : '.destroy')!.click();
      }
      return moment;
    },
    [what, title] as const,
  );
}

for (const [name, atOnce] of [['one change after the other', 1], ['eight changes at once', 8]] as const) {
  test(`others see a change: ${name}`, async ({ server, playwright, launchOptions }) => {
    const browsers = await Promise.all(Array.from({ length: BROWSERS }, () => playwright.chromium.launch(launchOptions)));
    const pages: TodoPage[] = [];
    for (const browser of browsers) pages.push(new TodoPage(await browser.newPage({ baseURL: server.url })));
    const sightings: Sightings = new Map();
    let wake = () => {};
    for (const [index, todo] of pages.entries()) {
      await todo.openHydrated();
      await todo.expectStatus(SAVED);
      await watch(todo.page, index, sightings, () => wake());
    }

    const latencies: Record<string, number[]> = {};
    const load = loadavg()[0];
    const begin = now();
    let serial = 0;
    /** The changes of one item: three or four, by different clients. */
    const live = async (lane: number) => {
      const title = `change ${(serial += 1)}`;
      const page = serial % BROWSERS;
      const renamed = `${title}, renamed`;
      const steps: [string, string, number | undefined, () => Promise<number>][] = [
        serial % 2
          ? ['page', `${title} open`, page, () => inPage(pages[page].page, 'add', title)]
          : ['REST', `${title} open`, undefined, () => timed(() => server.add(title))],
        ['REST', `${renamed} open`, undefined, async () => {
          const url = await server.urlOf(title);
          return timed(() => server.changeAt(url, { title: renamed }));
        }],
        ['page', `${renamed} completed`, (page + 1) % BROWSERS, () => inPage(pages[(page + 1) % BROWSERS].page, 'complete', renamed)],
        // Every second item stays, so the list grows to some hundreds.
        ...(lane % 2 || serial % 2 ? [] : [['page', `${renamed} gone`, page, () => inPage(pages[page].page, 'remove', renamed)] as (typeof steps)[0]]),
      ];
      for (const [source, look, own, act] of steps) {
        const moment = await act();
        const others = pages.map((_, index) => index).filter((index) => index !== own);
        // All pages have to show it before the next step, which another page does.
        while ((sightings.get(look)?.size ?? 0) < BROWSERS) await new Promise<void>((resolve) => waiting.push(resolve));
        for (const index of others) (latencies[source] ??= []).push(sightings.get(look)!.get(index)! - moment);
        done += 1;
      }
    };
    let done = 0;
    const waiting: (() => void)[] = [];
    wake = () => waiting.splice(0).forEach((resolve) => resolve());
    const timed = async (call: () => Promise<unknown>) => {
      const moment = now();
      await call();
      return moment;
    };
    await Promise.all(
      Array.from({ length: atOnce }, async (_, lane) => {
        while (done < CHANGES) await live(lane);
      }),
    );
    const seconds = (now() - begin) / 1_000;

    const items = await server.items();
    for (const todo of pages) await expect(todo.items).toHaveText(items);
    expect(items.slice(0, 2)).toEqual([FIRST, SECOND]);
    const all = Object.values(latencies).flat();
    const rows = Object.entries({ ...latencies, all }).map(([source, values]) => {
      const sorted = values.toSorted((a, b) => a - b);
      const round = (value: number) => Math.round(value * 10) / 10;
      const [p50, p95, max] = [0.5, 0.95, 1].map((share) => round(percentile(sorted, share)));
      return [source, { sightings: values.length, 'p50 ms': p50, 'p95 ms': p95, 'max ms': max }];
    });
    console.log(`${name}: ${done} changes in ${seconds.toFixed(1)} s, ${items.length} items at the end, load ${load.toFixed(1)} at the beginning`);
    console.table(Object.fromEntries(rows));
    const sorted = all.toSorted((a, b) => a - b);
    const row = (what: string, share: number): Row => {
      const ours = percentile(sorted, share);
      return { group: GROUP, what: `${name}: ${what}`, unit: 'ms', ours, ours_min: sorted[0], ours_max: sorted.at(-1)! };
    };
    const p95 = row('others see it, p95', 0.95);
    keep('latency', [row('others see it, p50', 0.5), { ...p95, budget: `at most ${BUDGET} ms`, met: p95.ours <= BUDGET }]);
    for (const browser of browsers) await browser.close();
  });
}
