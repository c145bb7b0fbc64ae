// The clipboard as other programs see it. The page itself has no permission to read it.
import type { Page } from '@playwright/test';

const ELSEWHERE = 'http://localhost/elsewhere';

/** Runs `work` on a page of another site, then brings the first page back to the front. */
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

/** Puts a text on the clipboard from another page. */
export async function copyElsewhere(page: Page, text: string): Promise<void> {
  await elsewhere(page, (other) => other.evaluate((text) => navigator.clipboard.writeText(text), text));
}

/** Returns the text that another page pastes. */
export async function pasteElsewhere(page: Page): Promise<string> {
  return elsewhere(page, (other) => other.evaluate(() => navigator.clipboard.readText()));
}
