// The browser and the server have their own tables of Unicode for searching.
import { expect, test } from '../../support/fixtures.ts';
import { UNLIMITED, Server } from '../../support/server.ts';

/** The characters that Node's version of Unicode knows, without those that no title has. */
function characters(): string[] {
  const known = /[^\p{Cn}\p{Cc}\p{Cs}\p{Co}]/u;
  const all = Array.from({ length: 0x110000 }, (_, code) => code).filter((code) => code < 0xd800 || code > 0xdfff);
  return all.map((code) => String.fromCodePoint(code)).filter((character) => known.test(character));
}

test.setTimeout(180_000);

test('the server finds every character by what the browser makes of it', async ({ page }) => {
  const server = new Server({ flags: UNLIMITED });
  await server.start();
  await page.goto(server.url);
  const all = characters();
  expect(all.length).toBeGreaterThan(140_000);
  const titles: string[] = [];
  for (let start = 0; start < all.length; start += 400) titles.push(`x${all.slice(start, start + 400).join('')}x`);
  await server.addMany(titles);
  // As in src/browser/web/case_folding.rs, after the acute accent that src/domain/search.rs replaces.
  const searches = await page.evaluate((titles) => titles.map((title) => title.replaceAll('\u00b4', "'").normalize('NFKD').replace(/[\p{M}\p{DI}]/gu, '').toLowerCase()), titles);
  const missing: string[] = [];
  for (const [index, search] of searches.entries()) {
    const html = await (await fetch(`${server.url}/?q=${encodeURIComponent(search)}`)).text();
    const rows = html.match(/<label id="[0-9a-f-]{36}"[^>]*><mark>[^<]*<\/mark><!><\/label>/g) ?? [];
    if (rows.length !== 1) missing.push(titles[index]!.slice(0, 20));
  }
  await server.discard();
  expect(missing).toEqual([]);
});
