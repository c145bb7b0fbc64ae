// The service worker: it keeps the program and the last page, so that the list opens without a network.
// It keeps no answer of the API, and touches nothing that changes the list.
//
// The server puts three constants in front: VERSION names this version of the program, FILES are the
// paths of what a page consists of, and OFFLINE is the page for what cannot be opened.

const CACHE = `todo-list-${VERSION}`;
const WASM = FILES.find((path) => path.endsWith('.wasm'));

// One kept page serves them all: a document carries the whole list, and the script shows the view of the
// address.
const LIST_PATHS = ['/', '/active', '/completed', '/share'];

// So long a network may take that is there and does not work. Then the kept page is shown.
const PATIENCE_MS = 3_000;
// So long a page may take that nobody is waiting for.
const LONG_PATIENCE_MS = 30_000;

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));

self.addEventListener('message', (event) => {
  if (event.data === 'keep') event.waitUntil(keepAnew());
  else if (event.data === 'update') self.skipWaiting();
  else if (event.data?.version) greet(event.data.version, event.source);
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (pathname === '/api' || pathname.startsWith('/api/')) return;
  if (FILES.includes(pathname) && search === '') event.respondWith(file(request, pathname));
  else if (request.mode !== 'navigate') return;
  else if (LIST_PATHS.includes(pathname)) event.respondWith(listPage(event, pathname + search));
  else {
    event.respondWith(fetch(request).catch(offlinePage));
    // Who is led there may have no session any more. Then the kept page goes.
    if (pathname === '/sign-in') event.waitUntil(keepAnew());
  }
});

/** Takes all or nothing: what is installed can open the page. */
async function install() {
  const cache = await caches.open(CACHE);
  // The browser has most of them in its own cache, and asks the server only whether they are still right.
  const files = FILES.map((path) => new Request(path, { cache: 'no-cache' }));
  const [page] = await Promise.all([loadPage(), cache.addAll(files)]);
  if (!(await keep(page))) throw new Error('the page is one of another version');
}

async function activate() {
  const names = await caches.keys();
  const others = names.filter((name) => name.startsWith('todo-list-') && name !== CACHE);
  await Promise.all(others.map((name) => caches.delete(name)));
  await self.clients.claim();
  // The page is as old as the installation, and this version may have waited for days. Nobody waits for a
  // newer one: the first events come after this.
  void keepAnew();
}

/** A page asks a version that waits whether it has to. A page of the same version has nothing to reload. */
function greet(version, page) {
  if (version === VERSION) self.skipWaiting();
  else page.postMessage({ offer: true });
}

async function file(request, path) {
  return (await kept(path)) ?? fetch(request);
}

/**
 * The list from the network, or else as it was last kept. An error of a server (5xx) is one of a proxy
 * whose server is gone: the list itself never fails to be shown. Any other answer is for the person, such
 * as the page on which a guest network asks for a name.
 */
async function listPage(event, address) {
  const { request } = event;
  const load = beginLoad();
  const network = fetch(request);
  const answer = await Promise.race([network, pause(PATIENCE_MS)]).catch(() => undefined);
  if (answer && answer.status < 500) {
    if (address === '/') event.waitUntil(keep({ load, answer: answer.clone() }).then(tell));
    return answer;
  }
  return (await kept('/')) ?? network.catch(offlinePage);
}

function offlinePage() {
  const headers = {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': "default-src 'none'; style-src 'self'; img-src 'self'; manifest-src 'self'",
  };
  return new Response(OFFLINE, { status: 503, headers });
}

// The loads of the page have numbers, so that a slow one does not replace what a later one has brought.
let latestLoad = 0;
let keptLoad = 0;

function beginLoad() {
  latestLoad += 1;
  return latestLoad;
}

/** The page as it is at the server now. */
async function loadPage() {
  const load = beginLoad();
  const answer = await fetch('/', {
    cache: 'no-store',
    headers: { Accept: 'text/html' },
    // Only the page itself is kept, and a redirect is an answer of its own.
    redirect: 'manual',
    signal: AbortSignal.timeout(LONG_PATIENCE_MS),
  });
  return { load, answer };
}

/**
 * Keeps a page, if it is one of this version: another one needs files that are not here. Returns what is
 * kept, if anything is. In the place of the page the server sends to the page to sign in once the session is
 * over: then no page is kept any more.
 */
async function keep({ load, answer }) {
  if (answer.type === 'opaqueredirect') return load < keptLoad ? undefined : forget(load);
  const text = await answer.clone().text();
  const isPage = answer.status === 200 && (answer.headers.get('Content-Type') ?? '').startsWith('text/html');
  if (!isPage || !text.includes(`"${WASM}"`) || load < keptLoad) return undefined;
  keptLoad = load;
  const cache = await caches.open(CACHE);
  await cache.put('/', answer);
  return text;
}

/** Removes the kept page, also of a version that waits. The files of the program are nobody's. */
async function forget(load) {
  keptLoad = load;
  for (const name of await caches.keys()) await (await caches.open(name)).delete('/');
}

/** Tells all open pages which state of the list they find from now on when there is no network. */
async function tell(text) {
  if (!text) return;
  const [list] = /<ul [^>]*id="item-list"[^>]*>/.exec(text) ?? [''];
  const state = / data-cursor="([^"]*)"/.exec(list) ?? / data-revision="([^"]*)"/.exec(list);
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  for (const page of pages) page.postMessage({ kept: state?.[1] });
}

let keeping = Promise.resolve();
let nextKeeping;

/** Loads the page and keeps it. Whatever is asked for meanwhile is one more time. */
function keepAnew() {
  nextKeeping ??= keeping.then(() => {
    nextKeeping = undefined;
    // Without a network, or without space, what was kept before stays.
    keeping = loadPage().then(keep).then(tell).catch(() => {});
    return keeping;
  });
  return nextKeeping;
}

/** What is kept under a path. */
async function kept(path) {
  const cache = await caches.open(CACHE);
  // What varies is the compression, and nothing is compressed here any more.
  return cache.match(path, { ignoreVary: true });
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
