// A browser in which a page of version 1 has left unsent work, and the data folder of that page's server.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test as base } from '../../support/fixtures.ts';
import { Server, root } from '../../support/server.ts';
import { SAVED, TodoPage } from '../../support/todo-page.ts';

const fixture = join(root, 'tests/fixtures/browser-version-1');

interface Profile {
  /** What the page of version 1 has shown. */
  shown: string[];
  /** The keys and values in its database, in base64. */
  entries: [string, string][];
}

const profile = JSON.parse(readFileSync(join(fixture, 'outbox.json'), 'utf8')) as Profile;

const test = base.extend({
  server: async ({}, use) => {
    const server = new Server({ data: join(fixture, 'data') });
    await server.start();
    await use(server);
    await server.discard();
  },
});

test.use({ noisy: true });

/** Opens a page that is not ours, at the address of the server, which stores entries as a page of version 1. */
async function openOldPage(page: Page): Promise<void> {
  await page.goto('/favicon.svg');
}

async function store(page: Page, entries: [string, string][]): Promise<void> {
  await page.evaluate(async (entries) => {
    const done = (request: IDBRequest) => new Promise((resolve) => (request.onsuccess = resolve));
    const opening = indexedDB.open('outbox');
    opening.onupgradeneeded = () => opening.result.createObjectStore('outbox');
    await done(opening);
    const bytes = (text: string) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const transaction = opening.result.transaction('outbox', 'readwrite');
    for (const [key, value] of entries) transaction.objectStore('outbox').put(bytes(value), bytes(key));
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    new BroadcastChannel('todo-list').postMessage('stored ');
  }, entries);
}

/** How many entries the database of version 1 has. */
async function left(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const done = (request: IDBRequest) => new Promise((resolve) => (request.onsuccess = resolve));
    const opening = indexedDB.open('outbox');
    await done(opening);
    const counting = opening.result.transaction('outbox').objectStore('outbox').count();
    await done(counting);
    opening.result.close();
    return counting.result;
  });
}

test('what a page of version 1 has not sent arrives once, also if only its answer was lost', async ({ page, server, todo }) => {
  await openOldPage(page);
  await store(page, profile.entries);
  await todo.openHydrated();
  await server.expectItems(profile.shown);
  await todo.settled();
  await todo.expectTitles(...profile.shown);
  // The refused text waits for the person, where it was.
  await expect(todo.unsent.locator('q')).toHaveText('A text that was refused');
  expect(await left(page)).toBe(1);
  const revision = await server.revision();
  await page.reload();
  await todo.hydrated();
  await todo.settled();
  expect(await server.revision()).toBe(revision);
  await page.getByRole('button', { name: 'Discard' }).click();
  await expect.poll(() => left(page)).toBe(0);
  await page.reload();
  await todo.hydrated();
  await todo.expectStatus(SAVED);
  await expect(todo.unsent).toHaveCount(0);
  await server.expectItems(profile.shown);
});

test('what is typed into an open page of version 1 is sent by the page beside it', async ({ context, page, server, todo }) => {
  const old = await context.newPage();
  await openOldPage(old);
  const [refused, ...pending] = profile.entries;
  await store(old, [refused, ...pending.slice(0, 2)]);
  await todo.openHydrated();
  await expect.poll(() => left(old)).toBe(1);
  expect((await server.items()).at(-1)).toBe('Typed offline');
  await store(old, pending.slice(2));
  await server.expectItems(profile.shown);
  await expect.poll(() => left(old)).toBe(1);
  await new TodoPage(page).expectTitles(...profile.shown);
});

test('without a network it stays where it is, and is sent later', async ({ context, page, server, todo }) => {
  await openOldPage(page);
  await store(page, profile.entries);
  await context.route('**/api/fn/*', (route) => route.abort());
  await todo.openHydrated();
  await todo.expectTitles(...profile.shown);
  expect(await left(page)).toBe(profile.entries.length);
  await context.unrouteAll();
  await server.expectItems(profile.shown);
  await expect.poll(() => left(page)).toBe(1);
});

test('without a database of version 1 none is created', async ({ page, todo }) => {
  await todo.openHydrated();
  await todo.add('Buy milk');
  await todo.settled();
  const names = await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
  expect(names).toEqual(['outbox-2-']);
});
