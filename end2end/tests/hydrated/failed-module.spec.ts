// After a failure of the WASM module the page says so, releases its resources, and works by its forms.
import type { Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures.ts';
import { FIRST, SAVED, SECOND, type TodoPage, openTab } from '../../support/todo-page.ts';

// The console explains the failure. A test cannot intercept the requests of a service worker.
test.use({ noisy: true, serviceWorkers: 'block' });

/** The message that offers to reload. */
const message = (page: Page) => page.getByRole('alert').filter({ hasText: 'no longer updates by itself' });

/** Expects that the module has failed, and that adding an item loads a new page, as without script. */
async function expectForms(page: Page, todo: TodoPage, text: string): Promise<void> {
  await expect(message(page)).toBeVisible();
  await expect(page.locator('html')).not.toHaveAttribute('data-hydrated');
  await expect(todo.status).toBeHidden();
  await page.evaluate(() => Object.assign(window, { stillHere: true }));
  const posted = page.waitForRequest((request) => request.isNavigationRequest() && request.method() === 'POST');
  await todo.add(text);
  await posted;
  await expect(todo.row(text)).toBeVisible();
  expect(await page.evaluate(() => 'stillHere' in window)).toBe(false);
}

/** A fault in a function of the browser that an open page calls, and a user action that triggers it. */
interface Fault {
  /** The console message. */
  words: RegExp;
  plant: () => void;
  act: (todo: TodoPage) => Promise<void>;
}

const complete = (todo: TodoPage) => todo.row(FIRST).locator('.toggle').click();

const FAULTS = {
  // The module borrows the state of a drag while it captures the pointer. An event during that borrows it again.
  'a panic': {
    words: /panicked at src\/browser\/web\/drag\.rs:\d+/,
    plant: () => {
      Element.prototype.setPointerCapture = function () {
        this.dispatchEvent(new PointerEvent('pointermove', { bubbles: true }));
      };
    },
    act: async (todo) => {
      await todo.handle(FIRST).hover();
      await todo.page.mouse.down();
      // A click would already submit the form.
      await todo.page.mouse.move(0, 0);
      await todo.page.mouse.up();
    },
  },
  // The standard library aborts without a panic when a thread takes a lock twice: here by a search during another search
  // that folds an accent.
  'a trap': {
    words: /RuntimeError: unreachable/,
    plant: () => {
      const { normalize } = String.prototype;
      String.prototype.normalize = function (form) {
        String.prototype.normalize = normalize;
        document.getElementById('search')!.dispatchEvent(new InputEvent('input', { bubbles: true }));
        return normalize.call(this, form);
      };
    },
    act: (todo) => todo.search.fill('\u00e9'),
  },
  'a stack overflow': {
    words: /RangeError: Maximum call stack size exceeded/,
    plant: () => {
      // A module with one function, which calls itself.
      const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 6, 1, 4, 0, 16, 0, 11];
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes)));
      Element.prototype.getAttribute = exports.f as () => string;
    },
    act: complete,
  },
  'an exception in the glue code': {
    words: /TypeError: planted/,
    plant: () => {
      Element.prototype.getAttribute = () => {
        throw new TypeError('planted');
      };
    },
    act: complete,
  },
} satisfies Record<string, Fault>;

for (const [name, { words, plant, act }] of Object.entries(FAULTS)) {
  test(`a page whose module fails by ${name} in an event handler says so, releases its resources and works by its forms`, async ({
    consoleMessages,
    page,
    server,
    todo,
  }) => {
    await todo.openHydrated();
    await todo.expectStatus(SAVED);
    const streamEnds = page.waitForEvent('requestfailed', (request) => request.url().includes('/api/v1/events'));
    await page.evaluate(plant);
    await act(todo);
    await streamEnds;
    await expect.poll(async () => page.evaluate(async () => (await navigator.locks.query()).held)).toEqual([]);
    expect(consoleMessages.join('\n')).toMatch(words);
    // The module runs no listener, timer or stream.
    const calls: string[] = [];
    page.on('request', (request) => calls.push(request.url()));
    await server.add('Not seen');
    await todo.comeBack();
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    expect(calls).toEqual([]);
    await expect(todo.row('Not seen')).toHaveCount(0);
    await expectForms(page, todo, 'By the form');
    expect((await server.items()).slice(-2)).toEqual(['Not seen', 'By the form']);
    // The new page hydrates.
    await todo.hydrated();
    await expect(message(page)).toBeHidden();
  });
}

test('a page whose module panics during hydration works by its forms, and a reload hydrates it', async ({
  consoleMessages,
  page,
  todo,
}) => {
  await page.route('/', async (route) => {
    // The forms post to the same address, which redirects to an unchanged page.
    if (route.request().method() !== 'GET') return route.continue();
    const response = await route.fetch();
    const html = await response.text();
    const changed = html.replace('<section aria-label="Items"', '<div aria-label="Items"');
    expect(changed).not.toBe(html);
    await route.fulfill({ response, body: changed });
  });
  await todo.open();
  await expectForms(page, todo, 'By the form');
  expect(consoleMessages.join('\n')).toMatch(/panicked at [^]*\.rs:\d+/);
  await todo.open();
  await expect(message(page)).toBeVisible();
  await page.unroute('/');
  await message(page).getByRole('button', { name: 'Reload' }).click();
  await todo.hydrated();
  await expect(message(page)).toBeHidden();
  await todo.expectAdded('By the form');
});

for (const [name, body] of [['does not arrive', undefined], ['is damaged', 'not a module']] as const) {
  test(`a page whose module ${name} says so and works by its forms`, async ({ consoleMessages, page, todo }) => {
    await page.route('**/*.wasm', (route) => (body ? route.fulfill({ contentType: 'application/wasm', body }) : route.abort()));
    await todo.open();
    await expectForms(page, todo, 'By the form');
    expect(consoleMessages.join('\n')).toMatch(body ? /CompileError/ : /Failed to fetch/);
  });
}

test('an editor that the script has opened saves by its form after the module has failed', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.edit(SECOND);
  await page.evaluate(FAULTS['an exception in the glue code'].plant);
  await todo.editor.fill('Renamed by the form');
  await complete(todo);
  await expect(message(page)).toBeVisible();
  await todo.tool('Save').click();
  await expect(todo.row('Renamed by the form')).toBeVisible();
  expect(await server.items()).toEqual([FIRST, 'Renamed by the form']);
});

test('an editor whose title was translated changes nothing after the module has failed', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.edit(SECOND);
  await todo.title(SECOND).evaluate((title) => (title.innerHTML = '<font>Etwas anderes</font>'));
  await page.evaluate(FAULTS['an exception in the glue code'].plant);
  await complete(todo);
  await expect(message(page)).toBeVisible();
  await server.change(SECOND, { title: 'Renamed by another person' });
  await todo.tool('Save').click();
  await todo.expectTitles(FIRST, 'Renamed by another person');
});

test('another tab becomes the leader after the module of the leading one has failed', async ({ context, page, server, todo }) => {
  const other = await openTab(context);
  await page.bringToFront();
  await todo.openHydrated();
  await todo.expectStatus(SAVED);
  await page.evaluate(FAULTS['an exception in the glue code'].plant);
  await complete(todo);
  await expect(message(page)).toBeVisible();
  await server.add('By a script');
  await other.expectAdded('By a script');
});
