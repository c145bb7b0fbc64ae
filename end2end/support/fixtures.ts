// The fixtures of every test: a server, the page, and the messages of the console.
import { test as base, expect } from '@playwright/test';
import { Server } from './server.ts';
import { TodoPage } from './todo-page.ts';

export interface Options {
  /** Whether the WASM module does not arrive before the test lets it. */
  lateModule: boolean;
  /** Whether the test expects console messages, for example about a failed request. */
  noisy: boolean;
  /** Whether the list is in a folder and outlives the server's process. */
  durable: boolean;
  /** The password of the list, which has to be durable; empty for a list without a password. */
  password: string;
}

interface Fixtures {
  /** A fresh server, for this test alone. */
  server: Server;
  todo: TodoPage;
  /** Lets the WASM module arrive, with `lateModule`. Every page loads it from then on. */
  deliverModule: () => void;
  /** The console messages of all pages of this test, errors included. */
  consoleMessages: string[];
}

export const test = base.extend<Options & Fixtures>({
  lateModule: [false, { option: true }],
  noisy: [false, { option: true }],
  durable: [false, { option: true }],
  password: ['', { option: true }],

  server: async ({ durable, password }, use) => {
    const server = new Server({ durable, password });
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
        // Chromium notes every sign-out.
        if (message.text().startsWith('Clear-Site-Data header on')) return;
        messages.push(`${message.type()}: ${message.text()}`);
      });
      context.on('weberror', (error) => messages.push(`uncaught: ${error.error()}`));
      await use(messages);
      if (!noisy) expect(messages).toEqual([]);
    },
    { auto: true },
  ],

  deliverModule: async ({ context, lateModule }, use) => {
    let deliver = () => {};
    const delivered = new Promise<void>((resolve) => (deliver = resolve));
    if (lateModule) {
      await context.route('**/*.wasm', async (route) => {
        await delivered;
        // The page that has asked for it may be gone.
        await route.continue().catch(() => {});
      });
    }
    await use(deliver);
    deliver();
    await context.unrouteAll({ behavior: 'ignoreErrors' });
  },

  // Before the module has arrived, no page has loaded completely.
  todo: async ({ page, lateModule, deliverModule }, use, { status, expectedStatus }) => {
    const todo = new TodoPage(page, lateModule ? 'domcontentloaded' : 'load');
    await use(todo);
    if (lateModule && status === expectedStatus) await expectTakeover(todo, deliverModule);
  },
});

/** Delivers the module, and expects that it changes nothing of what the page shows. */
async function expectTakeover(todo: TodoPage, deliverModule: () => void): Promise<void> {
  if ((await todo.page.locator('link[rel=modulepreload]').count()) === 0) return;
  const shown = () => todo.items.allInnerTexts();
  const before = await shown();
  deliverModule();
  await todo.hydrated();
  expect(await shown()).toEqual(before);
}

/** Marks tests of `any-mode` that also run before the module arrives: one for each kind of form on the page. */
export const LATE = { tag: '@late' };

export { expect };
