// What the page weighs on the wire, as the release server sends it.
import { brotliCompressSync } from 'node:zlib';
import { expect, test } from '../support/fixtures.ts';

const KB = 1000;

/** The length of the body as it is sent to a browser, in bytes. */
async function weigh(url: string): Promise<{ html: string; bytes: number }> {
  const response = await fetch(url, { headers: { 'accept-encoding': 'br' } });
  expect(response.headers.get('content-encoding')).toBe('br');
  const html = await response.text();
  const length = response.headers.get('content-length');
  // A body that is compressed on the fly has no length; the best compression is what it will have.
  return { html, bytes: length ? Number(length) : brotliCompressSync(html).length };
}

test('the page is within its budget', async ({ server }) => {
  for (let index = 2; index < 100; index += 1) await server.add(`Item ${index}: something that needs to be done`);
  const { html, bytes } = await weigh(`${server.url}/`);
  const find = (pattern: RegExp) => server.url + pattern.exec(html)![1];
  const script = (await weigh(find(/href="([^"]+\.js)"/))).bytes;
  const wasm = (await weigh(find(/href="([^"]+\.wasm)"/))).bytes;
  const style = (await weigh(find(/href="([^"]+\.css)"/))).bytes;
  console.table({
    'JS, brotli': { bytes: script },
    'WASM, brotli': { bytes: wasm },
    'JS and WASM, brotli': { bytes: script + wasm, budget: 100 * KB },
    'HTML of 100 items, brotli': { bytes },
    'CSS, brotli': { bytes: style },
    'HTML and CSS, brotli': { bytes: bytes + style, budget: 14 * KB },
  });
  expect(script + wasm).toBeLessThanOrEqual(100 * KB);
  expect(bytes + style).toBeLessThanOrEqual(14 * KB);
});
