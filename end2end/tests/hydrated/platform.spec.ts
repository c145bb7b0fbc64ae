// Browsers that lack, refuse or never answer what the page uses: it sends and follows all the same, within seconds, and says
// what it cannot promise.
import { expect, test } from '../../support/fixtures.ts';
import { CALLS } from '../../support/network.ts';
import { KEPT, NOT_SAVED, SAVED, TodoPage } from '../../support/todo-page.ts';

test.use({ noisy: true, durable: true });

/** The page has this long to send and to follow, in milliseconds. */
const LIMIT = 5_000;

interface Fault {
  /** Breaks the browser. Runs in the page, before its scripts. */
  inject: () => void;
  /** Whether the page cannot store changes. */
  storesNothing?: boolean;
}

const faults: Record<string, Fault> = {
  'no locks': { inject: () => Object.defineProperty(Navigator.prototype, 'locks', { value: undefined }) },
  'locks that throw': {
    inject: () =>
      Object.defineProperty(Navigator.prototype, 'locks', {
        get: () => {
          throw new DOMException('', 'SecurityError');
        },
      }),
  },
  'locks whose requests throw': {
    inject: () => {
      LockManager.prototype.request = () => {
        throw new DOMException('', 'SecurityError');
      };
    },
  },
  'locks that are refused': {
    inject: () => {
      LockManager.prototype.request = () => Promise.reject(new DOMException('', 'SecurityError'));
    },
  },
  'locks that never answer': {
    inject: () => {
      LockManager.prototype.request = () => new Promise(() => {});
    },
  },
  'no IndexedDB': { storesNothing: true, inject: () => Object.defineProperty(window, 'indexedDB', { value: undefined }) },
  'an IndexedDB that throws': {
    storesNothing: true,
    inject: () =>
      Object.defineProperty(window, 'indexedDB', {
        get: () => {
          throw new DOMException('', 'SecurityError');
        },
      }),
  },
  'a database that never opens': {
    storesNothing: true,
    inject: () => {
      IDBFactory.prototype.open = () => new EventTarget() as IDBOpenDBRequest;
    },
  },
  'a database that is blocked': {
    storesNothing: true,
    inject: () => {
      IDBFactory.prototype.open = () => {
        const request = new EventTarget();
        setTimeout(() => request.dispatchEvent(new Event('blocked')));
        return request as IDBOpenDBRequest;
      };
    },
  },
  'transactions that throw': {
    storesNothing: true,
    inject: () => {
      IDBDatabase.prototype.transaction = () => {
        throw new DOMException('', 'InvalidStateError');
      };
    },
  },
  'transactions that never end': {
    storesNothing: true,
    inject: () => {
      IDBTransaction.prototype.addEventListener = () => {};
    },
  },
  'reads that never end': {
    // What it cannot read, it can still write.
    inject: () => {
      IDBObjectStore.prototype.getAll = () => new EventTarget() as IDBRequest;
    },
  },
  'writes that throw': {
    storesNothing: true,
    inject: () => {
      IDBObjectStore.prototype.put = () => {
        throw new DOMException('', 'DataError');
      };
    },
  },
  'cookies that throw': {
    inject: () =>
      Object.defineProperty(Document.prototype, 'cookie', {
        get: () => {
          throw new DOMException('', 'SecurityError');
        },
      }),
  },
  'no AbortSignal.timeout': { inject: () => Object.assign(AbortSignal, { timeout: undefined }) },
  'no AbortController': { inject: () => delete (window as Partial<typeof globalThis>).AbortController },
  'no BroadcastChannel': { inject: () => delete (window as Partial<typeof globalThis>).BroadcastChannel },
  'a BroadcastChannel that throws': {
    inject: () => {
      window.BroadcastChannel = class {
        constructor() {
          throw new DOMException('', 'SecurityError');
        }
      } as unknown as typeof BroadcastChannel;
    },
  },
  'no crypto.randomUUID': { inject: () => delete (Crypto.prototype as Partial<Crypto>).randomUUID },
  'no crypto': { inject: () => Object.defineProperty(window, 'crypto', { value: undefined }) },
  'no service worker': { inject: () => Reflect.deleteProperty(Navigator.prototype, 'serviceWorker') },
  'service workers that throw': {
    inject: () =>
      Object.defineProperty(Navigator.prototype, 'serviceWorker', {
        get: () => {
          throw new DOMException('', 'SecurityError');
        },
      }),
  },
  'service workers that are refused': {
    inject: () => {
      ServiceWorkerContainer.prototype.register = () => {
        throw new DOMException('', 'SecurityError');
      };
    },
  },
  'web storage that throws': {
    inject: () => {
      for (const name of ['localStorage', 'sessionStorage']) {
        Object.defineProperty(window, name, {
          get: () => {
            throw new DOMException('', 'SecurityError');
          },
        });
      }
    },
  },
  'none of the smaller helpers': {
    inject: () => {
      for (const name of ['matchMedia', 'requestIdleCallback', 'structuredClone', 'caches', 'reportError', 'scheduler']) {
        Object.defineProperty(window, name, { value: undefined });
      }
      Object.defineProperty(Navigator.prototype, 'storage', { value: undefined });
      Object.defineProperty(Navigator.prototype, 'clipboard', { value: undefined });
    },
  },
  'nothing that answers': {
    storesNothing: true,
    inject: () => {
      LockManager.prototype.request = () => new Promise(() => {});
      IDBFactory.prototype.open = () => new EventTarget() as IDBOpenDBRequest;
      StorageManager.prototype.persist = () => new Promise(() => {});
      ServiceWorkerContainer.prototype.register = () => new Promise(() => {});
      Object.assign(AbortSignal, { timeout: undefined });
    },
  },
};

for (const [name, { inject, storesNothing }] of Object.entries(faults)) {
  test(`with ${name}, the page sends, follows, and says what is not saved`, async ({ page, server, todo }) => {
    await page.addInitScript(inject);
    await todo.openHydrated();
    await todo.add('Sent at once');
    await expect.poll(() => server.items(), { timeout: LIMIT }).toContain('Sent at once');
    await expect(todo.status).toHaveText(SAVED, { timeout: LIMIT });
    await server.add('From another client');
    await expect(todo.row('From another client')).toBeVisible({ timeout: LIMIT });

    await server.kill();
    await todo.add('Without a server');
    await expect(todo.status).toHaveText(storesNothing ? NOT_SAVED : KEPT, { timeout: LIMIT });
    await server.start();
    await todo.expectStatus(SAVED);
    await server.expectAdded(['Sent at once', 'From another client', 'Without a server']);
    await expect(page.locator('html')).not.toHaveAttribute('data-failed');
  });
}

test('two tabs without BroadcastChannel show the changes of each other', async ({ context, server }) => {
  await context.addInitScript(() => delete (window as Partial<typeof globalThis>).BroadcastChannel);
  const tabs = [new TodoPage(await context.newPage()), new TodoPage(await context.newPage())];
  for (const tab of tabs) await tab.openHydrated();
  await tabs[0].add('From the first tab');
  await tabs[1].add('From the second tab');
  for (const tab of tabs) {
    for (const title of ['From the first tab', 'From the second tab']) await expect(tab.row(title)).toBeVisible({ timeout: LIMIT });
  }
  expect((await server.items()).slice(2).toSorted()).toEqual(['From the first tab', 'From the second tab']);
});

test('a fetch that throws counts as a server that cannot be reached', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.expectStatus(SAVED);
  await page.evaluate(() => {
    const { fetch } = window;
    Object.assign(window, { before: fetch });
    window.fetch = () => {
      throw new TypeError('blocked by an extension');
    };
  });
  await todo.add('Buy milk');
  await expect(todo.status).toHaveText(KEPT, { timeout: LIMIT });
  await page.evaluate(() => Object.assign(window, { fetch: (window as unknown as { before: typeof fetch }).before }));
  await todo.expectStatus(SAVED);
  await server.expectAdded(['Buy milk']);
});

test('a storage that answers late is read again, and nothing in it is lost', async ({ page, server, todo, context }) => {
  await todo.openHydrated();
  await todo.expectStatus(SAVED);
  await page.route(CALLS, (route) => route.abort());
  await todo.add('Stored before');
  await todo.expectStatus(KEPT);
  await todo.stored();
  await page.close();

  const next = new TodoPage(await context.newPage());
  await next.page.addInitScript(() => {
    const { getAll } = IDBObjectStore.prototype;
    let reads = 0;
    IDBObjectStore.prototype.getAll = function () {
      reads += 1;
      return reads === 1 ? (new EventTarget() as IDBRequest) : getAll.call(this);
    };
  });
  await next.openHydrated();
  await next.expectStatus(SAVED);
  await next.expectAdded();
  // The next change is stored, so the storage works again.
  await next.add('Another');
  await expect(next.row('Stored before')).toBeVisible({ timeout: LIMIT });
  await server.expectAdded(['Another', 'Stored before']);
});

test('a page that has the database open lets another page delete it, and opens it again', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.add('Buy milk');
  await todo.settled();
  const deleted = page.evaluate(
    () =>
      new Promise<string>((done) => {
        const request = indexedDB.deleteDatabase('outbox-2-');
        for (const event of ['success', 'error', 'blocked']) request.addEventListener(event, () => done(event));
      }),
  );
  expect(await deleted).toBe('success');
  await page.route(CALLS, (route) => route.abort());
  await todo.add('Buy eggs');
  await todo.expectStatus(KEPT);
  expect(await todo.stored()).toBeGreaterThan(0);
  await page.unrouteAll();
  await server.expectAdded(['Buy milk', 'Buy eggs']);
});
