// The back/forward cache: browsers keep whole pages, and Back shows them without asking the server. Once the session is
// over they show nothing of the list any more, with script and without it.
import { createServer } from 'node:http';
import type { Browser, BrowserContext, Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures.ts';
import type { Server } from '../../support/server.ts';
import { signIn } from '../../support/sign-in.ts';
import { FIRST, TodoPage, openTab } from '../../support/todo-page.ts';

const PASSWORD = 'correct horse';
/** What every page of the list shows of it. */
const TITLE = 'Build';

type Mode = 'hydrated' | 'where the module does not arrive' | 'without script';

test.use({ durable: true, noisy: true });

test.beforeEach(({ server }) => server.protect(PASSWORD));

/** A browser in one of the states of its script. */
async function open(browser: Browser, server: Server, mode: Mode, host = '127.0.0.1'): Promise<BrowserContext> {
  const baseURL = server.url.replace('127.0.0.1', host);
  const context = await browser.newContext({ baseURL, javaScriptEnabled: mode !== 'without script' });
  if (mode === 'where the module does not arrive') await context.route('**/*.wasm', (route) => route.abort());
  return context;
}

/** Signs in on the way to a page. */
async function start(page: Page, address = '/'): Promise<void> {
  await page.goto(address);
  await signIn(page, PASSWORD);
  await expect(page).toHaveURL(address);
  await expect(page.getByText(TITLE).first()).toBeVisible();
}

/** Signs out, and waits until the page to sign in has all that it asks for. */
async function signOut(page: Page): Promise<void> {
  await new TodoPage(page).menu('button', 'Sign out');
  await page.waitForURL('/sign-in');
}

/** Goes back, or forward. The page may be one that was kept, which is not loaded. */
async function go(page: Page, way: 'back' | 'forward' = 'back'): Promise<void> {
  const options = { waitUntil: 'commit' } as const;
  await (way === 'back' ? page.goBack(options) : page.goForward(options));
}

async function expectSignedOut(page: Page): Promise<void> {
  await expect(page.getByLabel('Password')).toBeVisible();
  await expect(page.getByText(TITLE)).toHaveCount(0);
}

/** Counts from now on how often the browser has asked for each path. */
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
  ['where the module does not arrive', '127.0.0.1'],
  ['without script', '127.0.0.1'],
  // By plain http and a name a browser clears nothing when it is told to.
  ['hydrated', 'todo.lan'],
  ['without script', 'todo.lan'],
];

for (const [mode, host] of everywhere) {
  test.describe(`${mode}, at ${host}`, () => {
    test('after signing out Back and Forward show nothing', async ({ browser, server }) => {
      await server.restart('--allowed-hosts', 'todo.lan');
      const context = await open(browser, server, mode, host);
      const page = await context.newPage();
      await start(page);
      const item = await page.locator('#item-list [id]').first().getAttribute('id');
      // Browsers keep a handful of pages.
      const rounds = [
        ['/active', '/completed', '/list.txt'],
        ['/?q=build', '/share?text=Milk', `/?item=${item}`, '/trash'],
      ];
      for (const addresses of rounds) {
        // Chromium drops them by itself, but for the page that signing in has led to.
        for (const visited of [[...addresses, '/'], []]) {
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
          await start(page);
        }
      }
      await context.close();
    });
  });
}

for (const address of ['/', '/trash']) {
  test.describe(address, () => {
    test('a page shows nothing once the cookie is gone, although nobody can be asked', async ({ browser, server }) => {
      const context = await open(browser, server, 'where the module does not arrive');
      const page = await context.newPage();
      await server.add('Build a boat');
      await server.remove('Build a boat');
      await start(page, address);
      // What has browsers drop the pages that they have kept does not arrive.
      await context.route('**/session', (route) => route.abort());
      await page.evaluate(() => {
        const form = Object.assign(document.createElement('form'), { method: 'post', action: '/sign-out' });
        document.body.append(form);
        form.submit();
      });
      await page.waitForURL('/sign-in');
      await server.kill();
      const failed = page.waitForEvent('requestfailed', (request) => request.isNavigationRequest());
      await go(page).catch(() => {});
      // It leaves, and comes nowhere.
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
    // What is seen in the first frame after Back, and how long until the page is shown.
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
    // A service worker that takes over has the browser drop the pages of before.
    await page.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated');
    await page.goto('/active');
    await todo.hydrated();
  });

  test.afterEach(() => context.close());

  const shown = () => page.evaluate(() => (window as unknown as { shown: { first: string; after: number } }).shown);

  test('Back shows the page as it was, once the server has said that the session stands', async ({ server }) => {
    await server.addMany(Array.from({ length: 100 }, (_, index) => `Item ${index}`));
    await expect(todo.items).toHaveCount(102);
    await todo.field.focus();
    await page.evaluate(() => scrollTo(0, 700));
    await page.goto('/trash');
    const asked = count(page);
    await go(page);
    await expect(page.getByText(FIRST)).toBeVisible();
    expect(asked.get('/session')).toBe(1);
    expect(asked.get('/active')).toBeUndefined();
    expect(await page.evaluate(() => scrollY)).toBe(700);
    await expect(todo.field).toBeFocused();
    await todo.add('Buy milk');
    await expect.poll(async () => (await server.items()).at(-1)).toBe('Buy milk');
  });

  test('a server that does not answer has a second, and nothing is seen until then', async ({ server }) => {
    await page.goto('/trash');
    server.freeze();
    await go(page);
    await expect(page.getByText(FIRST)).toBeVisible();
    const { first, after } = await shown();
    expect(first).toBe('hidden');
    expect(after).toBeGreaterThan(900);
    expect(after).toBeLessThan(10_000);
  });

  test('without a network Back goes on working', async ({ server }) => {
    await page.goto('/trash');
    const asked = count(page);
    await server.kill();
    await go(page);
    await expect(page.getByText(FIRST)).toBeVisible();
    expect(asked.get('/active')).toBeUndefined();
  });

  test('what another network answers in the place of the server does not count', async ({ server }) => {
    await page.goto('/trash');
    const asked = count(page);
    await server.kill();
    const hotel = createServer((_request, response) => response.end('<h1>Welcome to our hotel</h1>'));
    await new Promise<void>((done) => hotel.listen(Number(new URL(server.url).port), '127.0.0.1', done));
    await go(page);
    await expect(page.getByText(FIRST)).toBeVisible();
    expect(asked.get('/session')).toBe(1);
    expect(asked.get('/active')).toBeUndefined();
    hotel.closeAllConnections();
    hotel.close();
  });

  test('a session that was ended elsewhere is noticed when somebody goes back', async ({ server }) => {
    await page.goto('/trash');
    await server.signOutAll(PASSWORD);
    await go(page);
    await expectSignedOut(page);
  });

  test('signing out in one tab takes the others away too', async () => {
    await page.goto('/');
    await todo.hydrated();
    const trash = await context.newPage();
    await trash.goto('/trash');
    const other = await openTab(context);
    await todo.page.bringToFront();
    await signOut(page);
    await expectSignedOut(other.page);
    // It has no connection, and looks when somebody comes to it.
    await trash.evaluate(() => window.dispatchEvent(new Event('focus')));
    await expectSignedOut(trash);
  });
});
