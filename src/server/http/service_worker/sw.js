// The service worker. It caches the files of the page and the latest list page, so that the list opens without a
// network. It caches no response of the API, and handles no request that changes the list.
//
// The server adds three constants at the top: VERSION is the version of the worker, FILES are the paths of the files
// that a page needs, and OFFLINE is the HTML page for addresses that cannot be opened.

const CACHE = `todo-list-${VERSION}`;
const WASM = FILES.find((path) => path.endsWith('.wasm'));

// The addresses that the cached page serves. It contains the whole list, and the script shows the view of the address.
const LIST_PATHS = ['/', '/active', '/completed', '/share'];

// How long a page load waits for a slow network before the worker responds with the cached page.
const NETWORK_TIMEOUT_MS = 3_000;
// How long the worker waits for a page that it loads in the background.
const BACKGROUND_TIMEOUT_MS = 30_000;
// How long the worker waits for the cache, whose promises may never settle.
const CACHE_TIMEOUT_MS = 2_000;

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));

self.addEventListener('message', (event) => {
  if (event.data === 'keep') event.waitUntil(refreshCachedPage());
  else if (event.data === 'update') self.skipWaiting();
  else if (event.data?.version) compareVersions(event.data.version, event.source);
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
    // The session may have ended. The refresh then removes the cached page.
    if (pathname === '/sign-in') event.waitUntil(refreshCachedPage());
  }
});

/** Caches the files and the page, or fails: an installed worker can always open the page. */
async function install() {
  const cache = await caches.open(CACHE);
  // The browser has most files in its HTTP cache, and only revalidates them.
  const files = FILES.map((path) => new Request(path, { cache: 'no-cache' }));
  const [page] = await Promise.all([within(BACKGROUND_TIMEOUT_MS, loadPage()), cache.addAll(files)]);
  if (!(await cachePage(page))) throw new Error('the page belongs to another version');
}

async function activate() {
  // Without an answer of the cache, the old files stay. Page loads wait for the activation.
  await within(CACHE_TIMEOUT_MS, deleteOtherCaches()).catch(() => {});
  await self.clients.claim();
  // The cached page dates from the installation, and this worker may have waited for days. Activation does not wait for
  // the refresh: the worker handles no events before it is activated.
  void refreshCachedPage();
}

async function deleteOtherCaches() {
  const names = await caches.keys();
  const others = names.filter((name) => name.startsWith('todo-list-') && name !== CACHE);
  await Promise.all(others.map((name) => caches.delete(name)));
}

/** Responds to a page that tells its version to this waiting worker. For the same version, the worker activates at once. */
function compareVersions(version, page) {
  if (version === VERSION) self.skipWaiting();
  else page.postMessage({ offer: true });
}

async function file(request, path) {
  return (await cached(path)) ?? fetch(request);
}

/**
 * The list from the network, or else the cached page. A 5xx response means that a proxy cannot reach the server,
 * because the server itself always can show the list. The person sees every other response, for example the login page
 * of a guest network.
 */
async function listPage(event, address) {
  const { request } = event;
  const load = beginLoad();
  const network = fetch(request);
  const response = await Promise.race([network, pause(NETWORK_TIMEOUT_MS)]).catch(() => undefined);
  if (response && response.status < 500) {
    if (address === '/') event.waitUntil(cachePage({ load, response: response.clone() }).then(announce));
    return response;
  }
  return (await cached('/')) ?? network.catch(offlinePage);
}

function offlinePage() {
  const headers = {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': "default-src 'none'; style-src 'self'; img-src 'self'; manifest-src 'self'",
  };
  return new Response(OFFLINE, { status: 503, headers });
}

// Loads of the page are numbered, so that a slow load does not replace the result of a later one.
let latestLoad = 0;
let cachedLoad = 0;

function beginLoad() {
  latestLoad += 1;
  return latestLoad;
}

/** Loads the current page from the server. */
async function loadPage() {
  const load = beginLoad();
  const response = await fetch('/', {
    cache: 'no-store',
    headers: { Accept: 'text/html' },
    // Only the list page itself is cached. A redirect means that the session has ended.
    redirect: 'manual',
  });
  return { load, response };
}

/**
 * Caches a page if it belongs to this version: a page of another version needs files that are not cached. Returns the
 * cursor of its list if it is cached. After the session has ended, the server redirects to the page to sign in; the
 * cached page is then removed.
 */
async function cachePage({ load, response }) {
  if (response.type === 'opaqueredirect') return load < cachedLoad ? undefined : removeCachedPage(load);
  const text = await response.clone().text();
  const isPage = response.status === 200 && (response.headers.get('Content-Type') ?? '').startsWith('text/html');
  if (!isPage || !text.includes(`"${WASM}"`) || load < cachedLoad) return undefined;
  cachedLoad = load;
  const cache = await caches.open(CACHE);
  await cache.put('/', response);
  return { cursor: response.headers.get('List-Cursor') };
}

/** Removes the cached page, also that of a waiting worker. The files stay: they contain nothing personal. */
async function removeCachedPage(load) {
  cachedLoad = load;
  for (const name of await caches.keys()) await (await caches.open(name)).delete('/');
}

/** Tells all open pages the cursor of the list in the cached page. A proxy may have removed the header with it. */
async function announce(page) {
  if (!page?.cursor) return;
  const clients = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  for (const client of clients) client.postMessage({ kept: page.cursor });
}

let refreshing = Promise.resolve();
let nextRefresh;

/** Loads the page and caches it. All calls during a refresh share the next one. */
function refreshCachedPage() {
  nextRefresh ??= refreshing.then(() => {
    nextRefresh = undefined;
    // Without a network or without storage space, the page that is cached stays.
    const load = loadPage().then(cachePage).then(announce);
    refreshing = within(BACKGROUND_TIMEOUT_MS, load).catch(() => {});
    return refreshing;
  });
  return nextRefresh;
}

/** The cached response for a path; undefined if there is none, or if the cache does not work. */
function cached(path) {
  return within(CACHE_TIMEOUT_MS, lookUp(path)).catch(() => undefined);
}

async function lookUp(path) {
  const cache = await caches.open(CACHE);
  // Responses vary by their compression only, and cached responses are not compressed.
  return cache.match(path, { ignoreVary: true });
}

/** The result of a promise, which fails if it has not settled after this time. */
function within(milliseconds, promise) {
  const late = pause(milliseconds).then(() => {
    throw new Error('no answer in time');
  });
  return Promise.race([promise, late]);
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
