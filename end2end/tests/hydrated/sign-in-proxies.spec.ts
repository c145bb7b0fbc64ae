// Proxies that ask the person to sign in: they redirect the calls of the page to another site, or answer them with a page of
// their own. And sessions that end while several tabs are open.
import { createServer } from 'node:http';
import type { BrowserContext } from '@playwright/test';
import { expect, test } from '../../support/fixtures.ts';
import { listen } from '../../support/listen.ts';
import { CALLS } from '../../support/network.ts';
import { signIn } from '../../support/sign-in.ts';
import { SAVED, openTab } from '../../support/todo-page.ts';

test.use({ noisy: true, durable: true });

const SIGNED_OUT = 'Signed out';
const NOT_SENT = 'Signed out. 1 to send';
const PORTAL = '<h1>Who are you?</h1>';

/** Ways in which a proxy asks for a sign-in. `portal` is the URL of another site. */
const proxies: Record<string, (context: BrowserContext, portal: string) => Promise<unknown>> = {
  'redirects calls to another site': (context, portal) =>
    context.route('**/api/**', (route) => route.fulfill({ status: 302, headers: { location: portal } })),
  'redirects calls to a page of this site': (context) =>
    context.route('**/api/**', (route) => route.fulfill({ status: 303, headers: { location: '/portal' } })),
  'answers calls with a page': (context) =>
    context.route('**/api/**', (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body: PORTAL })),
  'answers calls with 401': (context) => context.route('**/api/**', (route) => route.fulfill({ status: 401, body: '401 Unauthorized' })),
  'answers calls with 403 and a page': (context) =>
    context.route('**/api/**', (route) => route.fulfill({ status: 403, contentType: 'text/html', body: PORTAL })),
};

for (const [name, block] of Object.entries(proxies)) {
  test(`when a proxy ${name}, every tab says so, and a link loads the page again`, async ({ context, server }) => {
    const portal = createServer((_, response) => response.end(PORTAL));
    const [first, second] = [await openTab(context), await openTab(context)];
    await block(context, await listen(portal));
    await first.add('Buy milk');
    // The second tab leads.
    for (const tab of [first, second]) await tab.expectStatus(NOT_SENT);
    await first.expectAdded('Buy milk');
    await first.stored();

    const link = first.page.getByRole('link', { name: 'Sign in again' });
    await expect(link).toBeVisible();
    const loaded = first.page.waitForRequest((request) => request.isNavigationRequest());
    await link.click();
    expect(new URL((await loaded).url()).pathname).toBe('/');
    await context.unrouteAll({ behavior: 'ignoreErrors' });
    for (const tab of [first, second]) await tab.expectStatus(SAVED);
    await server.expectAdded(['Buy milk']);
    portal.close();
  });
}

test('a call that a proxy answers with an error page counts as a server that cannot be reached', async ({ page, todo }) => {
  await todo.openHydrated();
  await page.route(CALLS, (route) => route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad Gateway</h1>' }));
  await todo.add('Buy milk');
  await todo.expectStatus('Offline. 1 to send');
});

test.describe(() => {
  test.use({ password: 'correct horse' });

  test('a session that is ended elsewhere is over in every tab, also in those that do not lead', async ({ context, server, page, todo }) => {
    await page.goto('/');
    await signIn(page, 'correct horse');
    await todo.hydrated();
    await todo.expectStatus(SAVED);
    const tabs = [todo, await openTab(context), await openTab(context)];
    await server.signOutAll('correct horse');
    for (const tab of tabs) {
      await tab.expectStatus(SIGNED_OUT);
      await expect(tab.page.getByRole('link', { name: 'Sign in again' })).toBeVisible();
    }
    await tabs[0].add('Buy milk');
    for (const tab of tabs) await tab.expectStatus(NOT_SENT);
    await todo.page.getByRole('link', { name: 'Sign in again' }).click();
    await signIn(todo.page, 'correct horse', 'That was me');
    await todo.hydrated();
    await server.expectAdded(['Buy milk']);
  });
});
