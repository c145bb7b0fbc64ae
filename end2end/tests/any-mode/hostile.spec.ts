// Texts that have broken other programs: each is shown as typed and has no effect.
import type { Page } from '@playwright/test';
import { LATE, expect, test } from '../../support/fixtures.ts';
import { TEXTS, TITLES, TYPED, isBlank, titleOf } from '../../support/texts.ts';
import { FIRST, SECOND } from '../../support/todo-page.ts';

/** A quarter of the texts without script: a test over HTTP submits all of them by the same forms. */
const some = (texts: string[], script?: boolean) => (script ? texts : texts.filter((_, index) => index % 4 === 0));

/** Watches for dialogs, popups, requests to other hosts, running scripts and violations of the page's policy. */
async function watch(page: Page): Promise<() => Promise<void>> {
  const seen: string[] = [];
  page.on('dialog', (dialog) => {
    seen.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('popup', (popup) => seen.push(`popup: ${popup.url()}`));
  page.on('request', (request) => {
    if (new URL(request.url()).hostname !== '127.0.0.1') seen.push(`request: ${request.url()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      (globalThis as { ran?: unknown }).ran = `policy: ${event.effectiveDirective} ${event.sample}`;
    });
  });
  return async () => {
    expect(seen).toEqual([]);
    expect(await page.evaluate(() => (globalThis as { ran?: unknown }).ran)).toBeUndefined();
  };
}

/** The titles as text of the document, including what is not rendered. */
const shown = (page: Page) => page.locator('#item-list').getByTestId('todo-title').evaluateAll((all) => all.map((title) => title.textContent));

/** The names of all elements and attributes in the list. */
const markup = (page: Page) =>
  page.locator('#item-list').evaluate((list) => {
    const names = new Set<string>();
    for (const element of list.querySelectorAll('*')) {
      names.add(element.localName);
      for (const { name } of element.attributes) names.add(`${element.localName} ${name}`);
    }
    return [...names].sort();
  });

test('all texts are shown in the list as typed and have no effect', LATE, async ({ page, server, todo }) => {
  const check = await watch(page);
  await server.add('https://example.org/ is a link');
  await todo.open();
  await expect(todo.items).toHaveCount(3);
  const usual = await markup(page);
  const before = [FIRST, SECOND, 'https://example.org/ is a link'];
  await server.addMany(TITLES);
  await todo.open();
  expect(await shown(page)).toEqual([...before, ...TITLES]);
  await expect(todo.items).toHaveCount(TITLES.length + 3);
  // Without script, the titles of rows that are not in view are links to the editor. These rows are in blocks.
  const markupOfAll = [...usual, 'a data-testid', 'a id', 'li dir', 'ul', 'ul role'].sort();
  expect(await markup(page)).toEqual(markupOfAll);
  const addresses = await todo.titles.getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  expect(addresses).not.toEqual([]);
  for (const address of addresses) expect(address).toMatch(/^https?:\/\//);
  // The same after hydration, which reads the titles from the document.
  await todo.expectLeft(TITLES.length + 3);
  await todo.complete(FIRST);
  await expect(page.getByRole('checkbox', { name: FIRST, exact: true })).toBeChecked();
  expect(await shown(page)).toEqual([...before, ...TITLES]);
  await todo.filter('Completed');
  await expect(todo.items).toHaveCount(1);
  await todo.filter('All');
  await expect(todo.items).toHaveCount(TITLES.length + 3);
  expect(await shown(page)).toEqual([...before, ...TITLES]);
  expect(await server.items()).toEqual([...before, ...TITLES]);
  await check();
});

test.describe('typed', () => {
  // The browser logs the status of a refused form.
  test.use({ noisy: true });
  test.afterEach(({ consoleMessages }) => {
    const isRefusal = (message: string) => message.includes('the server responded with a status of 400');
    expect(consoleMessages.filter((message) => !message.startsWith('warning') && !isRefusal(message))).toEqual([]);
  });

  test('a typed text is added, or stays in the field with a reason', async ({ javaScriptEnabled, page, server, todo }) => {
    test.setTimeout(120_000);
    const check = await watch(page);
    await todo.open();
    const expected = [FIRST, SECOND];
    for (const text of some(TYPED, javaScriptEnabled)) {
      await todo.field.fill(text);
      await todo.field.press('Enter');
      const title = titleOf(text);
      if (title === undefined) {
        if (!isBlank(text)) {
          await expect(todo.error).toBeVisible();
          expect(await todo.field.inputValue()).toBe(text);
        }
        continue;
      }
      expected.push(title);
      await expect(todo.items).toHaveCount(expected.length);
    }
    await server.expectItems(expected);
    expect(await shown(page)).toEqual(expected);
    await check();
  });

  test('a text in the editor becomes the title, or stays in the editor', async ({ javaScriptEnabled, page, server, todo }) => {
    test.setTimeout(120_000);
    const check = await watch(page);
    await todo.open();
    const row = todo.items.first();
    for (const text of some(TYPED, javaScriptEnabled).filter((text) => !isBlank(text))) {
      await row.getByRole('button', { name: 'Edit or move' }).click();
      await expect(todo.editor).toBeVisible();
      await todo.editor.fill(text);
      await todo.tool('Save').click();
      const title = titleOf(text);
      if (title === undefined) {
        await expect(todo.toast).toBeVisible();
        expect(await todo.editor.inputValue()).toBe(text);
        await todo.tool('Cancel').click();
        continue;
      }
      await expect(todo.editor).toHaveCount(0);
      await server.expectItems([title, SECOND]);
      expect((await shown(page))[0]).toBe(title);
    }
    await check();
  });
});

test('a text in the address is shown in its field only', async ({ javaScriptEnabled, page, todo }) => {
  test.setTimeout(120_000);
  const check = await watch(page);
  const texts = TEXTS.filter((text, index) => index % 16 === 0 || /[\r\n\0\ufeff]/.test(text));
  for (const text of some(texts, javaScriptEnabled)) {
    const field = text.replaceAll('\0', '\ufffd').replace(/[\r\n]/g, '');
    await todo.open(`/?q=${encodeURIComponent(text)}`);
    await expect(todo.search).toHaveValue(field);
    const draft = text.replace(/[\p{White_Space}\p{Cc}]+/gu, ' ').replace(/^ | $/g, '');
    await todo.open(`/share?text=${encodeURIComponent(text)}`);
    await expect(todo.field).toHaveValue([...draft].slice(0, 500).join(''));
    // Otherwise the next page of this tab would have it as a draft.
    await todo.field.fill('');
  }
  await check();
});
