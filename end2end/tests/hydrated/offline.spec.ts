// Opening without a network, new versions, and the installed page.
import { cpSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type Server as HttpServer, createServer } from 'node:http';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures.ts';
import { type Server, root } from '../../support/server.ts';
import { FIRST, KEPT, SAVED, SECOND, type TodoPage } from '../../support/todo-page.ts';

// The browser logs the connections that end with a server.
test.use({ noisy: true });

/** Opens the page, and waits until it can open without a network. */
async function visit(todo: TodoPage, address = '/'): Promise<void> {
  await todo.openHydrated(address);
  await controlled(todo.page);
}

/** Waits until a service worker serves the page. */
async function controlled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const workers = navigator.serviceWorker;
    if (!workers.controller) await new Promise((done) => workers.addEventListener('controllerchange', done));
    const worker = workers.controller!;
    if (worker.state !== 'activated') await new Promise((done) => worker.addEventListener('statechange', done));
  });
}

/** Tells the worker to cache the page. Returns the state that the worker has cached; `undefined` if it does not answer. */
async function keep(page: Page): Promise<string | undefined> {
  return page.evaluate(
    () =>
      new Promise<string | undefined>((done) => {
        navigator.serviceWorker.addEventListener('message', ({ data }) => done(data.kept));
        navigator.serviceWorker.controller!.postMessage('keep');
        setTimeout(done, 2_000);
      }),
  );
}

/** The paths of all entries in all caches. */
async function cachedPaths(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const paths: string[] = [];
    for (const name of await caches.keys()) {
      const requests = await (await caches.open(name)).keys();
      paths.push(...requests.map(({ url }) => url.replace(location.origin, '')));
    }
    return paths.sort();
  });
}

/** The HTML of the cached page. */
async function keptPage(page: Page): Promise<string> {
  return page.evaluate(async () => (await caches.match('/'))!.text());
}

/** Looks for a new version, as browsers do from time to time. */
async function lookForUpdate(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration!.update();
  });
}

/** A copy of the built page, for another version of the server. */
function copyOfSite(): string {
  const site = test.info().outputPath('site');
  cpSync(join(root, 'target/site'), site, { recursive: true });
  return site;
}

/** Replaces the server with the next version, which has another icon. */
async function upgrade(server: Server): Promise<void> {
  const site = copyOfSite();
  writeFileSync(join(site, 'icon-192.png'), 'another icon');
  for (const packed of ['br', 'gz']) rmSync(join(site, `icon-192.png.${packed}`));
  await server.restart('--site-root', site);
}

/** Replaces the server with one that answers everything with `status`, or never. */
async function replace(server: Server, status?: number): Promise<HttpServer> {
  await server.kill();
  const replacement = createServer((_request, response) => {
    if (status) response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>');
  });
  await new Promise<void>((done) => replacement.listen(Number(new URL(server.url).port), '127.0.0.1', done));
  return replacement;
}

function end(replacement: HttpServer): void {
  replacement.closeAllConnections();
  replacement.close();
}

const offer = (page: Page) => page.getByText('A new version is ready.');
const reload = (page: Page) => page.getByRole('button', { name: 'Reload' });

/** Marks the document, to detect a reload. */
async function mark(page: Page): Promise<void> {
  await page.evaluate(() => Object.assign(window, { marked: true }));
}

async function isMarked(page: Page): Promise<boolean> {
  return page.evaluate(() => 'marked' in window);
}

/** Waits until another document has replaced the marked one. */
async function reloaded(page: Page): Promise<void> {
  await page.waitForFunction(() => !('marked' in window));
}

test('the service worker is registered after hydration', async ({ page, todo }) => {
  await page.addInitScript(() => {
    const { register } = ServiceWorkerContainer.prototype;
    ServiceWorkerContainer.prototype.register = function (...source) {
      Object.assign(window, { wasHydrated: document.documentElement.hasAttribute('data-hydrated') });
      return register.apply(this, source);
    };
  });
  await visit(todo);
  expect(await page.evaluate(() => (window as unknown as { wasHydrated?: boolean }).wasHydrated)).toBe(true);
});

test('earlier steps can be undone without a network after a reload', async ({ page, server, todo }) => {
  await visit(todo);
  await todo.rename(FIRST, 'Build the page');
  await todo.remove(SECOND);
  await todo.settled();
  await keep(page);
  await server.kill();
  await page.reload();
  await todo.hydrated();
  await todo.expectTitles('Build the page');
  await todo.undo.click();
  await todo.expectTitles('Build the page', SECOND);
  await todo.undo.click();
  await todo.expectAdded();
  await todo.stored();
  await page.reload();
  await todo.hydrated();
  await todo.expectAdded();
  await todo.redo.click();
  await todo.expectTitles('Build the page', SECOND);
  await todo.expectStatus(KEPT);
});

test('the first visit installs the worker without a message', async ({ consoleMessages, page, server, todo }) => {
  let navigations = 0;
  page.on('framenavigated', () => (navigations += 1));
  await visit(todo);
  const version = () => navigator.serviceWorker.getRegistration().then((registration) => registration!.active!.scriptURL);
  expect(await page.evaluate(version)).toBe(`${server.url}/sw.js`);
  await expect(offer(page)).toBeHidden();
  await todo.add('Buy milk');
  await todo.expectAdded('Buy milk');
  await lookForUpdate(page);
  await expect(offer(page)).toBeHidden();
  expect(navigations).toBe(1);
  // Nor does the policy report anything.
  expect(consoleMessages).toEqual([]);
});

test('the worker caches no response of the API and no other page', async ({ page, todo }) => {
  await visit(todo);
  await todo.add('Buy milk');
  await todo.settled();
  await page.evaluate(async () => {
    for (const path of ['/api/items', '/api/v1/lists/home', '/api/openapi.json', '/list.txt']) await fetch(path);
  });
  for (const path of ['/api/items', '/trash', '/active', '/?q=milk', '/share?text=Bread']) await page.goto(path);
  await visit(todo);
  await keep(page);
  const expected = [
    /^\/$/,
    /^\/apple-touch-icon\.png$/,
    /^\/deferred\.css$/,
    /^\/favicon\.svg$/,
    /^\/icon-192\.png$/,
    /^\/icon-512\.png$/,
    /^\/icon-maskable-512\.png$/,
    /^\/manifest\.webmanifest$/,
    /^\/pkg\/todo-list\.[\w-]+\.css$/,
    /^\/pkg\/todo-list\.[\w-]+\.js$/,
    /^\/pkg\/todo-list\.[\w-]+\.wasm$/,
  ];
  const paths = await cachedPaths(page);
  expect(paths).toHaveLength(expected.length);
  for (const pattern of expected) expect(paths.filter((path) => pattern.test(path)), String(pattern)).toHaveLength(1);
});

test('a page with a search, a draft or a view is not cached', async ({ page, todo }) => {
  await visit(todo);
  const usual = await keptPage(page);
  expect(usual).toContain(FIRST);
  for (const path of ['/?q=milk', '/share?text=Bread', '/active', '/trash']) {
    await page.goto(path);
    // The next page arrives after the one before it would have been cached.
    await page.goto('/list.txt');
    await page.goto('/trash');
    expect(await keptPage(page), path).toBe(usual);
  }
});

test('caching updates the page, and tells every tab which state is cached', async ({ context, page, server, todo }) => {
  await visit(todo);
  const other = await context.newPage();
  await other.goto('/trash');
  const told = other.evaluate(
    () =>
      new Promise((done) => {
        navigator.serviceWorker.addEventListener('message', ({ data }) => done(data.kept));
        navigator.serviceWorker.startMessages();
      }),
  );
  await server.add('From another client');
  const state = (await fetch(server.url)).headers.get('list-cursor')!;
  expect(state).toMatch(/^\d+-\d+$/);
  expect(await keep(page)).toBe(state);
  expect(await told).toBe(state);
  await server.kill();
  await page.reload();
  await todo.hydrated();
  await todo.expectAdded('From another client');
});

test('an opened page is cached', async ({ page, server, todo }) => {
  await visit(todo);
  await keep(page);
  await server.add('From another client');
  await page.reload();
  await expect.poll(() => keptPage(page)).toContain('From another client');
});

test('a page of another version is shown and not cached', async ({ page, server, todo }) => {
  await visit(todo);
  const site = copyOfSite();
  for (const name of readdirSync(join(site, 'pkg'))) {
    renameSync(join(site, 'pkg', name), join(site, 'pkg', name.replace('todo-list.', 'next.')));
  }
  await server.restart('--site-root', site, '--output-name', 'next');
  await server.add('From the next version');
  expect(await keep(page)).toBeUndefined();
  const kept = await keptPage(page);
  expect(kept).toContain('/pkg/todo-list.');
  expect(kept).not.toContain('/pkg/next.');
  await page.reload();
  await todo.hydrated();
  await todo.expectAdded('From the next version');
});

test.describe(() => {
  test('a new version waits, is offered, and takes over after a click', async ({ context, page, server, todo }) => {
    await visit(todo);
    const other = await context.newPage();
    await other.goto('/active');
    await upgrade(server);
    for (const each of [page, other]) await mark(each);
    await lookForUpdate(page);
    for (const each of [page, other]) await expect(offer(each)).toBeVisible();
    // The page and the version that serves it stay.
    await todo.field.fill('Half a title');
    await todo.expectNoOverflow();
    // Opening the list would load the next version and let it take over. The trash does not.
    await (await context.newPage()).goto('/trash');
    const isWaiting = () => navigator.serviceWorker.getRegistration().then((registration) => !!registration!.waiting);
    expect(await page.evaluate(isWaiting)).toBe(true);
    const versions = () => page.evaluate(() => caches.keys());
    expect(await versions()).toHaveLength(2);
    expect(await isMarked(page)).toBe(true);

    await reload(page).click();
    await reloaded(page);
    await todo.hydrated();
    await expect(offer(page)).toBeHidden();
    await expect.poll(versions).toHaveLength(1);

    // The other tab stays until a click on its own button.
    expect(await isMarked(other)).toBe(true);
    await reload(other).click();
    await reloaded(other);
  });

  test('a new version is not offered to a page of its own', async ({ page, server, todo }) => {
    await visit(todo);
    const [before] = await page.evaluate(() => caches.keys());
    await upgrade(server);
    await page.reload();
    await expect.poll(() => page.evaluate(() => caches.keys())).not.toContain(before);
    await todo.hydrated();
    await expect(offer(page)).toBeHidden();
  });

  test('the page looks for a new version when it becomes visible, at most once an hour', async ({ page, todo }) => {
    await page.clock.install();
    await visit(todo);
    await page.evaluate(() => {
      const looks: number[] = [];
      Object.assign(window, { looks });
      ServiceWorkerRegistration.prototype.update = async function () {
        looks.push(Date.now());
        return this;
      };
    });
    const looks = () => page.evaluate(() => (window as unknown as { looks: number[] }).looks.length);
    const comeBack = async (minutes: number) => {
      await page.clock.fastForward(minutes * 60_000);
      await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
    };
    await comeBack(58);
    expect(await looks()).toBe(0);
    await comeBack(3);
    expect(await looks()).toBe(1);
    await comeBack(58);
    expect(await looks()).toBe(1);
    await comeBack(3);
    expect(await looks()).toBe(2);
  });
});

test.describe('without a network', () => {
  // The browser logs the failed requests.
  test.use({ noisy: true });

  const failures: Record<string, (page: Page, server: Server) => Promise<unknown>> = {
    'the browser is offline': (page) => page.context().setOffline(true),
    'the server is killed': (_page, server) => server.kill(),
  };

  for (const [name, fail] of Object.entries(failures)) {
    test(`${name}: the list opens after one visit`, async ({ page, server, todo }) => {
      await visit(todo);
      await fail(page, server);
      await page.reload();
      await todo.hydrated();
      await todo.expectAdded();
      await expect(todo.field).toBeVisible();

      for (const address of ['/active', '/?q=front', '/completed?done=1']) {
        await todo.open(address);
        await expect(page.getByRole('heading', { name: 'My To-Do List' })).toBeVisible();
        await expect(todo.list).toBeAttached();
        await expect(todo.field).toBeVisible();
      }

      await todo.open('/trash');
      await expect(page.getByRole('heading', { name: 'You are offline' })).toBeVisible();
      await todo.expectNoOverflow();
      await page.getByRole('link', { name: 'Back to the list' }).click();
      await todo.hydrated();
      await todo.expectAdded();
    });
  }

  test('the offline page shows the view and the search of the address, with unsent changes', async ({ page, server, todo }) => {
    await visit(todo);
    await todo.complete(FIRST);
    await todo.settled();
    await keep(page);
    await server.kill();
    await todo.add('Typed without a network');
    await todo.expectAdded('Typed without a network');
    await todo.stored();
    await todo.open('/completed');
    await todo.expectTitles(FIRST);
    await todo.open('/active');
    await todo.expectTitles(SECOND, 'Typed without a network');
    await todo.open('/?q=without');
    await todo.expectTitles('Typed without a network');
    await expect(todo.search).toHaveValue('without');
    await todo.open('/');
    await todo.expectAdded('Typed without a network');
    await expect(todo.checkbox(FIRST)).toBeChecked();
    await todo.expectStatus(KEPT);
    await todo.add('And after it was opened again');
    await server.start();
    await todo.expectStatus(SAVED);
    await server.expectAdded([
      'Typed without a network',
      'And after it was opened again',
    ]);
  });

  test('a page that was opened in another view has all items', async ({ page, server, todo }) => {
    await server.change(FIRST, { completed: true });
    await visit(todo, '/completed');
    await todo.expectTitles(FIRST);
    await server.kill();
    await page.reload();
    await todo.hydrated();
    await todo.expectTitles(FIRST);
    await todo.open('/active');
    await todo.expectTitles(SECOND);
    await todo.filter('All');
    await todo.expectAdded();
    await expect(todo.checkbox(FIRST)).toBeChecked();
  });

  test('the worker serves the files of the page without the HTTP cache', async ({ page, server, todo }) => {
    await visit(todo);
    // The HTTP cache may drop files at any time.
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Network.clearBrowserCache');
    await server.kill();
    const statuses: Record<string, number> = {};
    page.on('response', (response) => {
      const kind = /\.(js|wasm|css)$/.exec(response.url());
      if (kind) statuses[kind[1]] = response.status();
    });
    await page.reload();
    await todo.hydrated();
    expect(statuses).toEqual({ js: 200, wasm: 200, css: 200 });
  });

  test('the worker answers no request that changes the list', async ({ page, server, todo }) => {
    await visit(todo);
    await server.kill();
    const isRefused = (path: string, init?: RequestInit) =>
      page.evaluate(([path, init]) => fetch(path as string, init as RequestInit).then(() => false, () => true), [path, init]);
    expect(await isRefused('/', { method: 'POST', body: 'title=x' })).toBe(true);
    expect(await isRefused('/api/items')).toBe(true);
    const sent = page.waitForEvent('requestfailed', (request) => request.method() === 'POST');
    await page.evaluate(() => document.querySelector<HTMLFormElement>('#add-item-form')!.submit());
    expect((await sent).isNavigationRequest()).toBe(true);
    // Nor does it answer for a page of the API.
    const other = await page.context().newPage();
    await expect(other.goto('/api/items')).rejects.toThrow('ERR_CONNECTION_REFUSED');
  });

  test('status 502 of a proxy counts as offline, status 403 does not', async ({ page, server, todo }) => {
    await visit(todo);
    let proxy = await replace(server, 502);
    await page.reload();
    await todo.hydrated();
    await todo.expectAdded();
    // The worker has no other page than the list to show.
    await page.goto('/trash');
    await expect(page.getByRole('heading', { name: 'Bad Gateway' })).toBeVisible();
    end(proxy);
    proxy = await replace(server, 403);
    await page.goto('/');
    await expect(page.getByRole('heading', { name: 'Bad Gateway' })).toBeVisible();
    end(proxy);
  });

  test('the worker waits three seconds for a network that does not answer', async ({ page, server, todo }) => {
    await visit(todo);
    const network = await replace(server);
    const begin = Date.now();
    await todo.open();
    expect(Date.now() - begin).toBeGreaterThan(2_900);
    expect(Date.now() - begin).toBeLessThan(10_000);
    await todo.expectAdded();
    end(network);
  });

  test('a shared text is in the field without a network', async ({ page, server, todo }) => {
    await visit(todo);
    await server.kill();
    const query = 'title=Shop&text=two%0Alines%20%22%3E&url=https%3A%2F%2Fa%2Fb';
    await todo.openHydrated(`/share?${query}`);
    await expect(todo.field).toHaveValue('two lines "> https://a/b');
    await expect(page).toHaveURL('/');
    await todo.expectAdded();
    for (const [query, expected] of [
      ['title=Shop&text=https%3A%2F%2Fa', 'Shop https://a'],
      ['title=Shop&text=See%20https%3A%2F%2Fa&url=https%3A%2F%2Fa', 'See https://a'],
      [`title=${'%F0%9F%98%80'.repeat(501)}`, '\u{1f600}'.repeat(500)],
      ['', ''],
    ]) {
      // Otherwise the text before would be there as a draft once the field is free.
      await todo.field.fill('');
      await todo.openHydrated(`/share?${query}`);
      await expect(todo.field).toHaveValue(expected);
    }
  });
});

test('a shared text is in the field, is added once, and does not return after a reload', async ({ page, server, todo }) => {
  await todo.openHydrated('/share?title=Shop&text=Buy%20milk');
  await expect(todo.field).toHaveValue('Buy milk');
  await expect(page).toHaveURL('/');
  await todo.field.press('Enter');
  await todo.expectAdded('Buy milk');
  await todo.settled();
  await page.reload();
  await todo.hydrated();
  await expect(todo.field).toHaveValue('');
  expect((await server.items()).slice(2)).toEqual(['Buy milk']);
});

test('the page can be installed, and its icons have the sizes of the manifest', async ({ page, todo }) => {
  await todo.openHydrated();
  const icons = await page.evaluate(async () => {
    const link = document.querySelector<HTMLLinkElement>('link[rel=manifest]')!;
    const manifest = await (await fetch(link.href)).json();
    const measure = async ({ src, sizes, purpose }: { src: string; sizes: string; purpose?: string }) => {
      const image = Object.assign(new Image(), { src });
      await image.decode();
      const actual = sizes === 'any' ? 'any' : `${image.naturalWidth}x${image.naturalHeight}`;
      return { sizes, actual, purpose };
    };
    return Promise.all(manifest.icons.map(measure));
  });
  for (const { sizes, actual } of icons) expect(actual).toBe(sizes);
  expect(icons.map(({ sizes }) => sizes)).toEqual(expect.arrayContaining(['192x192', '512x512']));
  expect(icons.filter(({ purpose }) => purpose === 'maskable')).toHaveLength(1);
  // The checks of the browser.
  const devtools = await page.context().newCDPSession(page);
  const { errors } = await devtools.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
  expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([]);
});
