// The size of the page on the wire, as the release server sends it.
import { type IncomingMessage, get } from 'node:http';
import { homedir } from 'node:os';
import { brotliDecompressSync } from 'node:zlib';
import { expect, test } from '../support/fixtures.ts';

const KB = 1000;

/** What script, module and worker may have. The budget is 140 KB; see docs/decisions/0009-bytes-are-a-budget.md. */
const MAX_SCRIPT = 150 * KB;

/** The text of a response, and its compressed size. */
async function weigh(url: string): Promise<{ text: string; bytes: number }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': 'br' } }, resolve).on('error', reject);
  });
  expect(response.headers['content-encoding']).toBe('br');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return { text: brotliDecompressSync(body).toString(), bytes: body.length };
}

test('the page is within its size budget', async ({ server }) => {
  await server.addMany(Array.from({ length: 98 }, (_, index) => `Item ${index + 2}: something that needs to be done`));
  const { text: html, bytes } = await weigh(`${server.url}/`);
  const find = (pattern: RegExp) => server.url + pattern.exec(html)![1];
  const script = (await weigh(find(/href="([^"]+\.js)"/))).bytes;
  const { text: module, bytes: wasm } = await weigh(find(/href="([^"]+\.wasm)"/));
  const worker = (await weigh(`${server.url}/sw.js`)).bytes;
  const style = (await weigh(find(/href="([^"]+\.css)"/))).bytes;
  console.table({
    'JS, brotli': { bytes: script },
    'WASM, brotli': { bytes: wasm },
    'Service worker, brotli': { bytes: worker },
    'JS and WASM, brotli': { bytes: script + wasm + worker, budget: MAX_SCRIPT },
    'HTML of 100 items, brotli': { bytes },
    'CSS, brotli': { bytes: style },
    'HTML and CSS, brotli': { bytes: bytes + style, budget: 14 * KB },
  });
  // Panics name a place in the source: below this project, the crates or the standard library, and without the paths of the
  // machine that has built it.
  const places = module.match(/[\w./~@+-]+\.rs\b/g) ?? [];
  expect(places.length).toBeGreaterThan(0);
  expect(places.filter((place) => !/^(src|frontend|cargo\/registry|\/rustc\/[0-9a-f]{40}|\/rust\/deps)\//.test(place))).toEqual([]);
  expect(module).not.toContain(homedir());
  expect(script + wasm + worker).toBeLessThanOrEqual(MAX_SCRIPT);
  expect(bytes + style).toBeLessThanOrEqual(14 * KB);
});
