// Measures when the effect of an input is on the screen. Everything here runs in the page.
import type { Page } from '@playwright/test';

declare global {
  interface Window {
    /** Resolves with the time right after the next paint. */
    painted: () => Promise<number>;
    /** Waits until the page is idle. Only our page has a status, which tells when the server has everything. */
    idle: () => Promise<void>;
    /** The time from an input to the paint of its effect, in milliseconds. */
    seen: Promise<number>;
    /** Times while a page opens, in milliseconds. */
    moments: { wasm?: number; hydrated?: number };
  }
}

/** The effect of an input on the screen. */
export type Sight =
  /** A field holds this text. */
  | { field: string; text: string }
  /** The last item contains this text. */
  | { last: string }
  /** The item has this state. */
  | { item: string; completed: boolean }
  /** The item is not there. */
  | { gone: string }
  /** The list begins with these items: more of them than a window shows. */
  | { first: string[] };

/** Prepares a page for measurements, from its next document on. */
export async function prepare(page: Page): Promise<void> {
  await page.addInitScript(() => {
    // The callbacks of a frame run before its paint. The next task after them runs after the paint.
    window.painted = () =>
      new Promise((done) => {
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => done(performance.now());
          port2.postMessage(undefined);
        });
      });
    window.idle = async () => {
      const state = () => document.querySelector<HTMLElement>('.status')?.dataset.state ?? '';
      const rows = () => document.querySelectorAll('#item-list li').length;
      let before: number;
      do {
        before = rows();
        await window.painted();
        // The page renders off-screen rows after the frame.
        await window.painted();
      } while (/connecting|sending|saving/.test(state()) || rows() !== before);
      await new Promise((done) => requestIdleCallback(done));
    };
    // A well-defined start: the module is compiled, and the rest is up to the page.
    window.moments = {};
    const instantiate = WebAssembly.instantiateStreaming;
    WebAssembly.instantiateStreaming = async (...source) => {
      const module = await instantiate(...source);
      window.moments.wasm = performance.now();
      return module;
    };
    new MutationObserver((_, observer) => {
      if (!document.documentElement?.hasAttribute('data-hydrated')) return;
      window.moments.hydrated = performance.now();
      observer.disconnect();
    }).observe(document, { subtree: true, attributeFilter: ['data-hydrated'] });
  });
}

/**
 * Measures from the time stamp of an input until after the paint of the first frame that shows its effect. Compositing
 * comes later and is not included.
 */
export async function untilSeen(page: Page, event: 'keydown' | 'click', sight: Sight, input: () => Promise<void>): Promise<number> {
  await page.evaluate(
    ([event, sight]) => {
      const isSeen = () => {
        const list = document.querySelector('#item-list')!;
        if ('field' in sight) return document.querySelector<HTMLInputElement>(sight.field)!.value === sight.text;
        if ('last' in sight) return list.lastElementChild?.textContent?.includes(sight.last);
        if ('gone' in sight) return document.getElementById(sight.gone) === null;
        if ('first' in sight) {
          const rows = list.querySelectorAll('li:not(.block)');
          const titles = sight.first.map((_, index) => rows[index]?.textContent?.toLowerCase());
          return titles.every((title, index) => title === sight.first[index]);
        }
        return document.getElementById(sight.item)!.closest('li')!.classList.contains('completed') === sight.completed;
      };
      window.seen = new Promise((done, fail) => {
        const watch = async ({ timeStamp }: Event) => {
          let moment = await window.painted();
          while (!isSeen()) {
            if (moment - timeStamp > 300_000) fail(new Error(`not seen: ${JSON.stringify(sight)}`));
            moment = await window.painted();
          }
          done(moment - timeStamp);
        };
        window.addEventListener(event, watch, { capture: true, once: true });
      });
    },
    [event, sight] as const,
  );
  await input();
  return page.evaluate(() => window.seen);
}

/** Returns a function that returns the processor time of the page's thread since this call, in milliseconds. */
export async function workOf(page: Page): Promise<() => Promise<number>> {
  const client = await page.context().newCDPSession(page);
  await client.send('Performance.enable', { timeDomain: 'threadTicks' });
  const read = async () => {
    const { metrics } = await client.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')!.value * 1_000;
  };
  const before = await read();
  return async () => (await read()) - before;
}
