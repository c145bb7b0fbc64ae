// The clipboard as other programs see it: the page itself is not allowed to read it.
import type { Page } from '@playwright/test';

const ELSEWHERE = 'http://localhost/elsewhere';

/** Does something with the clipboard on a page that is not ours, and comes back. */
async function elsewhere<T>(page: Page, work: (other: Page) => Promise<T>): Promise<T> {
  const other = await page.context().newPage();
  await other.route(ELSEWHERE, (route) => route.fulfill({ contentType: 'text/html', body: '<title>Elsewhere</title>' }));
  await other.goto(ELSEWHERE);
  await other.bringToFront();
  const done = await work(other);
  await other.close();
  await page.bringToFront();
  return done;
}

/** Copies a text elsewhere. */
export async function copyElsewhere(page: Page, text: string): Promise<void> {
  await elsewhere(page, (other) => other.evaluate((text) => navigator.clipboard.writeText(text), text));
}

/** What would be pasted elsewhere. */
export async function pasteElsewhere(page: Page): Promise<string> {
  return elsewhere(page, (other) => other.evaluate(() => navigator.clipboard.readText()));
}
