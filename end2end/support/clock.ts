// The clock of a test, for the timers that Playwright does not replace.
import type { Page } from '@playwright/test';

/** Makes the timeouts of the page's requests follow the clock of the test, which has to be installed before. */
export async function useTestClock(page: Page): Promise<void> {
  await page.addInitScript(() => {
    AbortSignal.timeout = (milliseconds) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new DOMException('', 'TimeoutError')), milliseconds);
      return controller.signal;
    };
  });
}
