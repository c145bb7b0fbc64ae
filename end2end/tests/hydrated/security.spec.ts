// The security headers in a real browser, and requests of other sites.
import type { Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures.ts';
import { Server } from '../../support/server.ts';
import { TodoPage } from '../../support/todo-page.ts';

/** Records the violations of the policy of every page from now on: the directive and the blocked URI. */
async function watchPolicy(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const stopped: string[] = [];
    Object.assign(window, { stopped });
    document.addEventListener('securitypolicyviolation', (event) => {
      stopped.push(`${event.effectiveDirective} ${event.blockedURI}`);
    });
  });
  return () => page.evaluate(() => (window as unknown as { stopped: string[] }).stopped);
}

test('the page does nothing that its policy blocks', async ({ consoleMessages, page, todo }) => {
  const stopped = await watchPolicy(page);
  const response = page.waitForResponse('/');
  await todo.openHydrated();
  expect((await response).headers()['content-security-policy']).not.toMatch(/unsafe-inline|'unsafe-eval'/);
  await todo.add('Buy milk');
  await todo.expectAdded('Buy milk');
  await todo.add('x'.repeat(501));
  await expect(todo.error).toBeVisible();
  expect(await stopped()).toEqual([]);
  expect(consoleMessages).toEqual([]);
});

test('files with a hash in their name are cached for ever, the page is not cached', async ({ page, todo }) => {
  const controls: Record<string, string> = {};
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    // The second style sheet has no hash in its name.
    const kind = pathname === '/deferred.css' ? 'deferred' : /[^./]*$/.exec(pathname)![0];
    controls[kind || 'page'] = response.headers()['cache-control'];
  });
  await todo.openHydrated();
  const immutable = 'public, max-age=31536000, immutable, no-transform';
  const deferred = 'no-cache, no-transform';
  expect(controls).toMatchObject({ page: 'no-store, no-transform', js: immutable, wasm: immutable, css: immutable, deferred });
});

test.describe('blocked', () => {
  // The browser logs every violation.
  test.use({ noisy: true });

  const elsewhere = 'http://elsewhere.example/';
  const intrusions: Record<string, { inject: () => void; stopped: string }> = {
    'an inline script': {
      inject: () => {
        const script = document.createElement('script');
        script.textContent = 'window.intruded = true';
        document.head.append(script);
      },
      stopped: 'script-src-elem inline',
    },
    'a script from elsewhere': {
      inject: () => document.head.append(Object.assign(document.createElement('script'), { src: 'http://elsewhere.example/' })),
      stopped: `script-src-elem ${elsewhere}`,
    },
    'an inline handler': {
      inject: () => {
        document.querySelector('h1')!.setAttribute('onclick', 'window.intruded = true');
        document.querySelector('h1')!.click();
      },
      stopped: 'script-src-attr inline',
    },
    'eval': {
      // In a timer: the policy does not apply to code that the debugger runs.
      inject: () => void setTimeout(() => eval('window.intruded = true')),
      stopped: 'script-src eval',
    },
    'a style attribute': {
      inject: () => {
        document.querySelector('h1')!.setAttribute('style', 'position: fixed');
        Object.assign(window, { intruded: getComputedStyle(document.querySelector('h1')!).position === 'fixed' || undefined });
      },
      stopped: 'style-src-attr inline',
    },
    'a style sheet': {
      inject: () => {
        document.head.append(Object.assign(document.createElement('style'), { textContent: 'h1 { position: fixed }' }));
        Object.assign(window, { intruded: getComputedStyle(document.querySelector('h1')!).position === 'fixed' || undefined });
      },
      stopped: 'style-src-elem inline',
    },
    'an image from elsewhere': {
      inject: () => document.body.append(Object.assign(new Image(), { src: 'http://elsewhere.example/' })),
      stopped: `img-src ${elsewhere}`,
    },
    'a call to elsewhere': {
      inject: () => void fetch('http://elsewhere.example/').catch(() => {}),
      stopped: `connect-src ${elsewhere}`,
    },
    'a frame': {
      inject: () => document.body.append(Object.assign(document.createElement('iframe'), { src: 'http://elsewhere.example/' })),
      stopped: 'frame-src http://elsewhere.example',
    },
    'a form that leads elsewhere': {
      inject: () => {
        const form = Object.assign(document.createElement('form'), { method: 'post', action: 'http://elsewhere.example/' });
        document.body.append(form);
        form.submit();
      },
      stopped: `form-action ${elsewhere}`,
    },
    'another base for all links': {
      inject: () => document.head.append(Object.assign(document.createElement('base'), { href: 'http://elsewhere.example/' })),
      stopped: `base-uri ${elsewhere}`,
    },
  };

  test('the policy blocks inline code, other sites, frames and forms to other sites', async ({ page, server, todo }) => {
    const responses: string[] = [];
    page.on('response', (response) => responses.push(response.url()));
    const violations = await watchPolicy(page);
    await todo.openHydrated();
    const expected: string[] = [];
    for (const [name, { inject, stopped }] of Object.entries(intrusions)) {
      await test.step(name, async () => {
        await page.evaluate(inject);
        expected.push(stopped);
        await expect.poll(violations).toEqual(expected);
        expect(await page.evaluate(() => 'intruded' in window && window.intruded), name).toBeFalsy();
      });
    }
    expect(responses.filter((url) => url.startsWith(elsewhere))).toEqual([]);
    expect(page.url()).toBe(`${server.url}/`);
  });

  test('a page of another site can neither frame the list nor post to it', async ({ page, server }) => {
    await page.route(elsewhere, (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<iframe src="${server.url}/"></iframe>
          <form method="post" action="${server.url}/"><input name="title" value="Not mine"><button>Win</button></form>`,
      }),
    );
    await page.goto(elsewhere);
    // The browser shows its own error page in the frame.
    await expect.poll(() => page.frames().map((frame) => frame.url())).toEqual([elsewhere, 'chrome-error://chromewebdata/']);
    await expect(page.frameLocator('iframe').locator('#item-list')).toHaveCount(0);
    await page.getByRole('button', { name: 'Win' }).click();
    await expect(page.getByText('The request comes from a page of another site')).toBeVisible();
    expect(await server.items()).toHaveLength(2);
  });
});

// To such an address browsers send no Sec-Fetch-Site: the server can check only the Origin.
test.describe('over plain HTTP with a host name', () => {
  test.use({ noisy: true });

  for (const javaScriptEnabled of [true, false]) {
    test(`only pages of the server can add items, ${javaScriptEnabled ? 'hydrated' : 'without script'}`, async ({ playwright, launchOptions }) => {
      const server = new Server({ flags: ['--allowed-hosts', 'todo.lan'] });
      await server.start();
      const args = [...(launchOptions.args ?? []), '--host-resolver-rules=MAP *.lan 127.0.0.1'];
      const browser = await playwright.chromium.launch({ ...launchOptions, args });
      const context = await browser.newContext({ javaScriptEnabled, baseURL: server.url.replace('127.0.0.1', 'todo.lan') });
      const todo = new TodoPage(await context.newPage());
      const sent = todo.page.waitForRequest((request) => request.method() === 'POST');
      await (javaScriptEnabled ? todo.openHydrated() : todo.open());
      await todo.add('Buy milk');
      await todo.expectAdded('Buy milk');
      expect(await (await sent).headerValue('sec-fetch-site')).toBeNull();
      expect(await (await sent).headerValue('origin')).not.toBeNull();

      // The same server by a name that is not allowed.
      const response = await todo.page.goto(server.url.replace('127.0.0.1', 'stranger.lan'));
      expect(response?.status()).toBe(421);
      await expect(todo.page.getByText('does not know the host name stranger.lan')).toBeVisible();
      await browser.close();
      expect((await server.items()).slice(2)).toEqual(['Buy milk']);
      await server.discard();
    });
  }
});
