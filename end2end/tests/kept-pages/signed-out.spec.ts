// The back/forward cache of a list with a password: Back shows a whole page without a request. After the end of the session
// such a page must not show the list, with script or without.
import { createServer } from 'node:http';
import type { Browser, BrowserContext, Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures.ts';
import type { Server } from '../../support/server.ts';
import { signIn } from '../../support/sign-in.ts';
import { FIRST, SAVED, TodoPage, openTab } from '../../support/todo-page.ts';

const PASSWORD = 'correct horse';
/** A text that every page with the list contains. */
const TITLE = 'Build';

type Mode = 'hydrated' | 'without the module' | 'without script';

test.use({ durable: true, password: PASSWORD, noisy: true });

/** A browser whose pages run in `mode`. */
async function open(browser: Browser, server: Server, mode: Mode, host = '127.0.0.1'): Promise<BrowserContext> {
  const baseURL = server.url.replace('127.0.0.1', host);
  const context = await browser.newContext({ baseURL, javaScriptEnabled: mode !== 'without script' });
  if (mode === 'without the module') await context.route('**/*.wasm', (route) => route.abort());
  return context;
}

/** Opens a page and signs in. */
async function start(page: Page, address = '/'): Promise<void> {
  await page.goto(address);
  await signIn(page, PASSWORD);
  await expect(page).toHaveURL(address);
  await expect(page.getByText(TITLE).first()).toBeVisible();
}

/** Signs out, and waits until the sign-in page has loaded. */
async function signOut(page: Page): Promise<void> {
  await new TodoPage(page).menu('button', 'Sign out');
  await page.waitForURL('/sign-in');
}

/** Goes back or forward. A cached page fires no load event. */
async function go(page: Page, way: 'back' | 'forward' = 'back'): Promise<void> {
  const options = { waitUntil: 'commit' } as const;
  await (way === 'back' ? page.goBack(options) : page.goForward(options));
}

async function expectSignedOut(page: Page): Promise<void> {
  await expect(page.getByLabel('Password')).toBeVisible();
  await expect(page.getByText(TITLE)).toHaveCount(0);
}

/** Counts the requests for each path from now on. */
function count(page: Page): Map<string, number> {
  const paths = new Map<string, number>();
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    paths.set(pathname, (paths.get(pathname) ?? 0) + 1);
  });
  return paths;
}

const everywhere: [Mode, string][] = [
  ['hydrated', '127.0.0.1'],
  ['without the module', '127.0.0.1'],
  ['without script', '127.0.0.1'],
  // For a host name over plain HTTP, browsers ignore `Clear-Site-Data`.
  ['hydrated', 'todo.lan'],
  ['without script', 'todo.lan'],
];

for (const [mode, host] of everywhere) {
  test.describe(`${mode}, at ${host}`, () => {
    test('Back and Forward show nothing of the list after signing out', async ({ browser, server }) => {
      await server.restart('--allowed-hosts', 'todo.lan');
      const context = await open(browser, server, mode, host);
      const page = await context.newPage();
      await start(page);
      const item = await page.locator('#item-list [id]').first().getAttribute('id');
      // The cache holds a few pages only.
      const rounds = [
        // Chromium drops the cached pages itself, except for the one after signing in.
        [],
        ['/active', '/completed', '/list.txt', '/'],
        ['/?q=build', '/share?text=Milk', `/?item=${item}`, '/trash', '/'],
      ];
      for (const [round, visited] of rounds.entries()) {
        if (round > 0) await start(page);
        for (const address of visited) {
          await page.goto(address);
          if (mode === 'hydrated' && (await page.locator('#live').count())) await new TodoPage(page).hydrated();
        }
        await signOut(page);
        for (const address of [...visited, '/'].reverse()) {
          await go(page);
          await expect(page, address).toHaveURL(/\/sign-in/);
          await expectSignedOut(page);
        }
        for (const _ of visited) {
          await go(page, 'forward');
          await expectSignedOut(page);
        }
      }
      await context.close();
    });
  });
}

for (const address of ['/', '/trash']) {
  test.describe(address, () => {
    test('a cached page shows nothing without the cookie, even if the server cannot be reached', async ({ browser, server }) => {
      const context = await open(browser, server, 'without the module');
      const page = await context.newPage();
      await server.add('Build a boat');
      await server.remove('Build a boat');
      await start(page, address);
      // The response that tells the browser to drop its cached pages does not arrive.
      await context.route('**/session', (route) => route.abort());
      await page.evaluate(() => {
        const form = Object.assign(document.createElement('form'), { method: 'post', action: '/sign-out' });
        document.body.append(form);
        form.submit();
      });
      await page.waitForURL('/sign-in');
      await server.kill();
      const failed = page.waitForEvent('requestfailed', (request) => request.isNavigationRequest());
      // The cached page leaves at once, and the next page cannot be loaded: either may interrupt this navigation.
      await go(page).catch(() => {});
      await failed;
      await expect(page.getByText(TITLE).filter({ visible: true })).toHaveCount(0);
      await context.close();
    });
  });
}

test.describe('with a session', () => {
  let context: BrowserContext;
  let page: Page;
  let todo: TodoPage;

  test.beforeEach(async ({ browser, server }) => {
    context = await open(browser, server, 'hydrated');
    page = await context.newPage();
    todo = new TodoPage(page);
    // Records the visibility in the first frame after Back, and the time until the page is visible.
    await page.addInitScript(() => {
      const shown = { first: '', after: -1 };
      Object.assign(window, { shown });
      const root = () => document.documentElement;
      addEventListener('pageshow', ({ persisted }) => {
        if (!persisted) return;
        const begin = performance.now();
        requestAnimationFrame(() => (shown.first = getComputedStyle(root()).visibility));
        new MutationObserver(() => {
          if (getComputedStyle(root()).visibility === 'visible') shown.after = performance.now() - begin;
        }).observe(root(), { attributes: true });
      });
    });
    await start(page);
    // The browser drops cached pages when a service worker takes control.
    await page.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated');
    await page.goto('/active');
    await todo.hydrated();
    // The browser does not cache a page with a request in flight.
    await todo.expectStatus(SAVED);
  });

  test.afterEach(() => context.close());

  const shown = () => page.evaluate(() => (window as unknown as { shown: { first: string; after: number } }).shown);

  test('Back shows the page as it was after the server has confirmed the session', async ({ server }) => {
    await server.addMany(Array.from({ length: 100 }, (_, index) => `Item ${index}`));
    await expect(todo.items).toHaveCount(102);
    await todo.field.focus();
    await page.evaluate(() => scrollTo(0, 700));
    await page.goto('/trash');
    const requests = count(page);
    await go(page);
    await expect(page.getByText(FIRST)).toBeVisible();
    expect(requests.get('/session')).toBe(1);
    expect(requests.get('/active')).toBeUndefined();
    expect(await page.evaluate(() => scrollY)).toBe(700);
    await expect(todo.field).toBeFocused();
    await todo.add('Buy milk');
    await expect.poll(async () => (await server.items()).at(-1)).toBe('Buy milk');
  });

  test('a cached page stays hidden, for a second at most, while the server does not answer', async ({ server }) => {
    await page.goto('/trash');
    server.freeze();
    await go(page);
    await expect(page.getByText(FIRST)).toBeVisible();
    const { first, after } = await shown();
    expect(first).toBe('hidden');
    // The browser itself may end the request of a page that it has just restored, before the page's limit of a second.
    const request = () => performance.getEntriesByType('resource').findLast(({ name }) => name.endsWith('/session'));
    await page.waitForFunction(request, undefined, { timeout: 3_000 });
    const asked = await page.evaluate(request).then((entry) => (entry as { duration: number }).duration);
    expect(after).toBeGreaterThan(Math.min(asked, 1_000) - 50);
    expect(after).toBeLessThan(10_000);
  });

  test('Back shows the cached page without a network', async ({ server }) => {
    await page.goto('/trash');
    const requests = count(page);
    await server.kill();
    await go(page);
    await expect(page.getByText(FIRST)).toBeVisible();
    expect(requests.get('/active')).toBeUndefined();
  });

  test('Back ignores the response of another server at the same address', async ({ server }) => {
    await page.goto('/trash');
    const requests = count(page);
    await server.kill();
    const hotel = createServer((_request, response) => response.end('<h1>Welcome to our hotel</h1>'));
    await new Promise<void>((done) => hotel.listen(Number(new URL(server.url).port), '127.0.0.1', done));
    await go(page);
    await expect(page.getByText(FIRST)).toBeVisible();
    expect(requests.get('/session')).toBe(1);
    expect(requests.get('/active')).toBeUndefined();
    hotel.closeAllConnections();
    hotel.close();
  });

  test('Back shows nothing of the list after the session was ended elsewhere', async ({ server }) => {
    await page.goto('/trash');
    await server.signOutAll(PASSWORD);
    await go(page);
    await expectSignedOut(page);
  });

  test('signing out in one tab closes the list in all tabs', async () => {
    await page.goto('/');
    await todo.hydrated();
    const trash = await context.newPage();
    await trash.goto('/trash');
    const other = await openTab(context);
    await todo.page.bringToFront();
    await signOut(page);
    await expectSignedOut(other.page);
    // The trash has no connection. It checks the session when it gets focus.
    await trash.evaluate(() => window.dispatchEvent(new Event('focus')));
    await expectSignedOut(trash);
  });
});
