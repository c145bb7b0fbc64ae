// Opening the page on slow 4G, on a processor with a quarter of the speed.
import type { BrowserContext } from '@playwright/test';
import { expect, test } from '../../../support/fixtures.ts';
import { record } from '../../../support/measurements.ts';
import { prepare } from '../../../support/paint.ts';
import { isQuick } from '../../../support/results.ts';
import { SLOW_4G, SlowNetwork } from '../../../support/slow-network.ts';

const ITEMS = 100;

test.setTimeout(10 * 60_000);

interface Opening {
  painted: number;
  hydrated: number;
}

/** Opens the page in a new tab, and waits until the service worker has cached everything. */
async function open(context: BrowserContext): Promise<Opening> {
  const page = await context.newPage();
  await prepare(page);
  const client = await context.newCDPSession(page);
  await client.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  await page.goto('/');
  await expect(page.locator('html')).toHaveAttribute('data-hydrated', '', { timeout: 60_000 });
  const opening = await page.evaluate(() => {
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    return { painted: paint.startTime, hydrated: window.moments.hydrated! };
  });
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    await window.idle();
  });
  await page.close();
  return opening;
}

test('the page opens on a slow network', async ({ server, browser }) => {
  await server.addMany(Array.from({ length: ITEMS - 2 }, (_, index) => `Item ${index + 3}: something that needs to be done`));
  const network = new SlowNetwork(server.url, SLOW_4G);
  await network.start();
  const visits: Record<'first' | 'second', Opening[]> = { first: [], second: [] };
  for (let round = 0; round < (isQuick ? 1 : 5); round += 1) {
    const context = await browser.newContext({ baseURL: network.url });
    visits.first.push(await open(context));
    visits.second.push(await open(context));
    await context.close();
  }
  await network.stop();
  const group = `The page, slow 4G, a fourth of the processor, ${ITEMS} items`;
  for (const [visit, openings] of Object.entries(visits)) {
    record(group, `${visit} visit: first paint`, 'ms', openings.map(({ painted }) => painted));
    record(group, `${visit} visit: hydrated`, 'ms', openings.map(({ hydrated }) => hydrated));
  }
});
