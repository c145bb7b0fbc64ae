// The scores of Lighthouse for the page on a phone.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '../../support/fixtures.ts';
import { percentile, record } from '../../support/measurements.ts';
import { isQuick } from '../../support/results.ts';
import { root } from '../../support/server.ts';

const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'];
const ROUNDS = isQuick ? 1 : 3;

test.setTimeout(10 * 60_000);

/** The fields of a report that are used here. */
interface Report {
  runtimeError?: { message: string };
  runWarnings: string[];
  categories: Record<string, { score: number; auditRefs: { id: string; weight: number }[] }>;
  audits: Record<string, { score: number | null; title: string; displayValue?: string; numericValue?: number; details?: { items?: unknown[] } }>;
}

type Lighthouse = (url: string, flags: object) => Promise<{ lhr: Report }>;

/** Returns a free port. */
async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  return port;
}

/** The audits that keep a category below 100, each with its findings. */
function shortcomings(report: Report, category: string): string[] {
  const refs = report.categories[category].auditRefs.filter(({ weight }) => weight > 0);
  const failed = refs.map(({ id }) => ({ id, ...report.audits[id] })).filter(({ score }) => score !== null && score < 1);
  return failed.map(({ id, score, displayValue, details }) => {
    const found = JSON.stringify(details?.items?.slice(0, 2) ?? []).slice(0, 300);
    return `${category}: ${id} ${score} ${displayValue ?? ''} ${found}`;
  });
}

for (const items of isQuick ? [100] : [2, 100]) {
  test(`Lighthouse gives full scores to a list of ${items} items`, async ({ server, playwright, launchOptions }) => {
    const module = pathToFileURL(join(root, 'benches/page/node_modules/lighthouse/core/index.js'));
    const { default: lighthouse } = (await import(module.href)) as { default: Lighthouse };
    await server.addMany(Array.from({ length: items - 2 }, (_, index) => `Item ${index + 3}: something that needs to be done`));
    const scores: Record<string, number[]> = {};
    const metrics: Record<string, number[]> = {};
    const failed = new Set<string>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const port = await freePort();
      const args = [...(launchOptions.args ?? []), `--remote-debugging-port=${port}`];
      const browser = await playwright.chromium.launch({ ...launchOptions, args });
      const { lhr } = await lighthouse(`${server.url}/`, { port, logLevel: 'error', onlyCategories: CATEGORIES });
      await browser.close();
      expect(lhr.runtimeError).toBeUndefined();
      for (const category of CATEGORIES) {
        (scores[category] ??= []).push(lhr.categories[category].score * 100);
        for (const line of shortcomings(lhr, category)) failed.add(line);
      }
      for (const id of ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'speed-index', 'cumulative-layout-shift']) {
        (metrics[id] ??= []).push(lhr.audits[id].numericValue!);
      }
    }
    console.log([...failed].join('\n') || 'no findings');
    for (const [id, values] of Object.entries(metrics)) console.log(id, percentile(values, 0.5));
    for (const category of CATEGORIES) {
      record('Lighthouse, as on a phone', `${category}, ${items} items`, 'points', scores[category], { atLeast: 100 });
      // How fast it is depends on the machine: that is a number, and no failure.
      if (category === 'performance') continue;
      expect.soft(percentile(scores[category], 0.5), `${category}\n${[...failed].join('\n')}`).toBe(100);
    }
  });
}
