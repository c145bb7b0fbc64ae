// What every test gets: a server of its own, the page, and a watch over the console.
import { test as base, expect } from '@playwright/test';
import { Server } from './server.ts';
import { TodoPage } from './todo-page.ts';

export interface Options {
  /** How long every WASM file takes to arrive, in milliseconds. */
  wasmDelay: number;
  /** Whether the test expects messages in the console, such as that of a failed request. */
  noisy: boolean;
  /** Whether the list outlives the server's process. */
  durable: boolean;
}

interface Fixtures {
  /** A fresh server, for this test alone. */
  server: Server;
  todo: TodoPage;
  /** What the pages of this test have written into the console, errors included. */
  consoleMessages: string[];
}

export const test = base.extend<Options & Fixtures>({
  wasmDelay: [0, { option: true }],
  noisy: [false, { option: true }],
  durable: [false, { option: true }],

  server: async ({ durable }, use) => {
    const server = new Server({ durable });
    await server.start();
    await use(server);
    await server.discard();
  },

  baseURL: async ({ server }, use) => use(server.url),

  consoleMessages: [
    async ({ context, noisy }, use) => {
      const messages: string[] = [];
      context.on('console', (message) => {
        // Chromium says so when a test types before the page has been painted once.
        if (message.text().startsWith('Autofocus processing was blocked')) return;
        // Nor does it complain here: somebody has signed out.
        if (message.text().startsWith('Clear-Site-Data header on')) return;
        messages.push(`${message.type()}: ${message.text()}`);
      });
      context.on('weberror', (error) => messages.push(`uncaught: ${error.error()}`));
      await use(messages);
      if (!noisy) expect(messages).toEqual([]);
    },
    { auto: true },
  ],

  context: async ({ context, wasmDelay }, use) => {
    if (wasmDelay > 0) {
      await context.route('**/*.wasm', async (route) => {
        await new Promise((resolve) => setTimeout(resolve, wasmDelay));
        // The page may be gone by then.
        await route.continue().catch(() => {});
      });
    }
    await use(context);
    await context.unrouteAll({ behavior: 'ignoreErrors' });
  },

  todo: async ({ page }, use) => use(new TodoPage(page)),
});

/** Marks tests of any mode that also run with a late script: one for each kind of form that a person may use before. */
export const LATE = { tag: '@late' };

export { expect };
