// When something that was done is to be seen. Everything here runs in the page.
import type { Page } from '@playwright/test';

declare global {
  interface Window {
    /** The moment after the next frame has been painted. */
    painted: () => Promise<number>;
    /** Waits until the page has nothing left to do. Only ours has a status: it says when the server has everything. */
    atRest: () => Promise<void>;
    /** How long it took from an input until it was seen, in milliseconds. */
    seen: Promise<number>;
    /** Moments of the opening of a page. */
    moments: { wasm?: number; hydrated?: number };
  }
}

/** What is to be seen after an input. */
export type Sight =
  /** A field holds this text. */
  | { field: string; text: string }
  /** The last item says this. */
  | { last: string }
  /** The item is completed, or is not. */
  | { item: string; completed: boolean }
  /** The item is not there. */
  | { gone: string }
  /** The list begins with these items: more of them than a window shows. */
  | { first: string[] };

/** Gives a page, from its next document on, what it takes to measure. */
export async function prepare(page: Page): Promise<void> {
  await page.addInitScript(() => {
    // The frame's callbacks run before it is painted; the next task after them runs after it.
    window.painted = () =>
      new Promise((done) => {
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => done(performance.now());
          port2.postMessage(undefined);
        });
      });
    window.atRest = async () => {
      const state = () => document.querySelector<HTMLElement>('.status')?.dataset.state ?? '';
      const rows = () => document.querySelectorAll('#item-list li').length;
      let before: number;
      do {
        before = rows();
        await window.painted();
        // What nobody sees is drawn after the frame.
        await window.painted();
      } while (/connecting|sending|saving/.test(state()) || rows() !== before);
      await new Promise((done) => requestIdleCallback(done));
    };
    // A well-defined moment from which on all is up to the page: its program is there, compiled.
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
 * Measures from the moment of an input, as the browser got it, until after the paint of the first frame that
 * shows what it does. What the graphics make of it comes later, and is not counted.
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

/** The time that the page's thread has worked since this was called, in milliseconds. */
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
