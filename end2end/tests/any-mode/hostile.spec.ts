// Texts that have broken pages elsewhere: each is shown as it was typed, and does nothing.
import type { Page } from '@playwright/test';
import { LATE, expect, test } from '../../support/fixtures.ts';
import { TEXTS, TITLES, TYPED, titleOf } from '../../support/texts.ts';
import { FIRST, SECOND } from '../../support/todo-page.ts';

/** Without script a test over HTTP sends all texts by the same forms: a quarter shows that browsers send them as they are. */
const some = (texts: string[], script?: boolean) => (script ? texts : texts.filter((_, index) => index % 4 === 0));

/** Watches what no text may do: ask something, go elsewhere, run, or meet the policy of the page. */
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

/** Whether there is nothing in a text, as Unicode defines it: `trim` thinks otherwise. */
const isBlank = (text: string) => /^\p{White_Space}*$/u.test(text);

/** The texts of the titles as they are in the document, without what is drawn of them. */
const shown = (page: Page) => page.locator('#item-list').getByTestId('todo-title').evaluateAll((all) => all.map((title) => title.textContent));

/** Every element and attribute of the rows, without what is said in them. */
const markup = (page: Page) =>
  page.locator('#item-list').evaluate((list) => {
    const names = new Set<string>();
    for (const element of list.querySelectorAll('*')) {
      names.add(element.localName);
      for (const { name } of element.attributes) names.add(`${element.localName} ${name}`);
    }
    return [...names].sort();
  });

test('all of them stand in the list as they were typed, and do nothing', LATE, async ({ page, server, todo }) => {
  const check = await watch(page);
  await server.add('https://example.org/ is a link');
  await todo.open();
  await expect(todo.items).toHaveCount(3);
  const usual = await markup(page);
  const before = [FIRST, SECOND, 'https://example.org/ is a link'];
  for (const title of TITLES) await server.add(title);
  await todo.open();
  expect(await shown(page)).toEqual([...before, ...TITLES]);
  await expect(todo.items).toHaveCount(TITLES.length + 3);
  // In the rows that are not in view yet, the title leads to its editor; and they stand in blocks.
  const markupOfAll = [...usual, 'a data-testid', 'a id', 'li dir', 'ul', 'ul role'].sort();
  expect(await markup(page)).toEqual(markupOfAll);
  for (const link of await todo.titles.getByRole('link').all()) {
    expect(await link.getAttribute('href')).toMatch(/^https?:\/\//);
  }
  // Once more when the script has had its time: it reads the titles back out of the document.
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
  // The browser notes in the console when a form is refused.
  test.use({ noisy: true });
  test.afterEach(({ consoleMessages }) => {
    const isRefusal = (message: string) => message.includes('the server responded with a status of 400');
    expect(consoleMessages.filter((message) => !message.startsWith('warning') && !isRefusal(message))).toEqual([]);
  });

  test('what is typed is in the list, or in its field with a reason', async ({ javaScriptEnabled, page, server, todo }) => {
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
    await expect(async () => expect(await server.items()).toEqual(expected)).toPass();
    expect(await shown(page)).toEqual(expected);
    await check();
  });

  test('what is typed into the editor is the title, or stays in the editor', async ({ javaScriptEnabled, page, server, todo }) => {
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
      await expect(async () => expect((await server.items())[0]).toBe(title)).toPass();
      expect((await shown(page))[0]).toBe(title);
    }
    await check();
  });
});

test('an address with any of them in it shows them in its field only', async ({ javaScriptEnabled, page, todo }) => {
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
  }
  await check();
});

test('the document of the API describes what can be a title', async ({ request }) => {
  const document = (await (await request.get('/api/openapi.json')).json()) as { components: { schemas: { Text: { pattern: string } } } };
  const pattern = new RegExp(document.components.schemas.Text.pattern, 'u');
  for (const text of TEXTS) expect(pattern.test(text), JSON.stringify(text)).toBe(titleOf(text) !== undefined);
});
