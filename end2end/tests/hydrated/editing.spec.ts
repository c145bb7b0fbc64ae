// Editing in place with the script: by a double click, without a reload, and saved when the field loses focus.
import type { Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures.ts';
import { FIRST, SECOND } from '../../support/todo-page.ts';

/** The URLs of all calls from now on. */
function watchCalls(page: Page): string[] {
  const calls: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/exchange')) calls.push(request.url());
  });
  return calls;
}

test('a double click on the title opens the editor with the cursor at the end of the text', async ({ todo }) => {
  await todo.openHydrated();
  await todo.title(FIRST).dblclick();
  await expect(todo.items.first()).toHaveClass('editing');
  await expect(todo.items.first().locator('.view')).toBeHidden();
  await expect(todo.editor).toBeVisible();
  await expect(todo.editor).toBeFocused();
  await expect(todo.editor).toHaveValue(FIRST);
  await todo.page.keyboard.type('!');
  await expect(todo.editor).toHaveValue(`${FIRST}!`);
});

test('a single click on the title opens no editor', async ({ todo }) => {
  await todo.openHydrated();
  await todo.title(FIRST).click();
  await todo.settled();
  await expect(todo.editor).toHaveCount(0);
  await expect(todo.checkbox(FIRST)).not.toBeChecked();
});

test('Enter saves without a reload, and focus stays with the item', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await page.evaluate(() => Object.assign(window, { stillHere: true }));
  await todo.title(SECOND).dblclick();
  await todo.editor.fill('Connect everything');
  await todo.editor.press('Enter');
  await todo.expectTitles(FIRST, 'Connect everything');
  await todo.settled();
  expect(await server.items()).toEqual([FIRST, 'Connect everything']);
  await expect(todo.items.last()).not.toHaveClass(/editing/);
  await expect(todo.checkbox('Connect everything')).toBeFocused();
  expect(await page.evaluate(() => 'stillHere' in window)).toBe(true);
});

test('the editor saves when it loses focus', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.title(FIRST).dblclick();
  await todo.editor.fill('Build the page');
  await page.getByRole('heading', { level: 1 }).click();
  await todo.expectTitles('Build the page', SECOND);
  await todo.settled();
  expect(await server.items()).toEqual(['Build the page', SECOND]);
});

test('Escape discards the edit and sends nothing', async ({ page, server, todo }) => {
  await todo.openHydrated();
  const calls = watchCalls(page);
  await todo.title(FIRST).dblclick();
  await todo.editor.fill('Something else');
  await todo.editor.press('Escape');
  await expect(todo.editor).toHaveCount(0);
  await todo.expectAdded();
  await expect(todo.checkbox(FIRST)).toBeFocused();
  await todo.settled();
  expect(calls).toEqual([]);
  expect(await server.items()).toEqual([FIRST, SECOND]);
  // The next edit begins with the title.
  await todo.title(FIRST).dblclick();
  await expect(todo.editor).toHaveValue(FIRST);
});

test('saving the same title sends nothing and leaves nothing to undo', async ({ page, todo }) => {
  await todo.openHydrated();
  const calls = watchCalls(page);
  await todo.title(FIRST).dblclick();
  await todo.editor.fill(`  ${FIRST} `);
  await todo.editor.press('Enter');
  await expect(todo.editor).toHaveCount(0);
  await todo.settled();
  expect(calls).toEqual([]);
  await expect(todo.undo).toBeDisabled();
});

test('an empty title removes the item, and focus moves to the next one', async ({ todo }) => {
  await todo.openHydrated();
  await todo.title(FIRST).dblclick();
  await todo.editor.fill('');
  await todo.editor.press('Enter');
  await todo.expectTitles(SECOND);
  await expect(todo.checkbox(SECOND)).toBeFocused();
});

test('Tab moves focus to the buttons of the editor without closing it', async ({ page, todo }) => {
  await todo.openHydrated();
  await todo.title(FIRST).dblclick();
  await todo.editor.fill('Build the page');
  for (const name of ['Save', 'Cancel', 'Move to top', 'Move up', 'Move down', 'Move to bottom', 'Remove']) {
    await page.keyboard.press('Tab');
    await expect(todo.tool(name)).toBeFocused();
  }
  await expect(todo.editor).toHaveValue('Build the page');
  for (let back = 0; back < 6; back += 1) await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await todo.expectTitles('Build the page', SECOND);
});

test('a click outside an open editor completes another item', async ({ server, todo }) => {
  await todo.openHydrated();
  await todo.edit(FIRST);
  await todo.editor.fill('Build the page');
  await todo.checkbox(SECOND).click();
  await expect(todo.checkbox(SECOND)).toBeChecked();
  await todo.expectTitles('Build the page', SECOND);
  await todo.settled();
  expect(await server.items()).toEqual(['Build the page', SECOND]);
  expect(await server.completed()).toEqual([SECOND]);
});

test('a click outside an open editor opens another one', async ({ server, todo }) => {
  await todo.openHydrated();
  await todo.edit(FIRST);
  await todo.editor.fill('Build the page');
  await todo.handle(SECOND).click();
  await expect(todo.editor).toHaveValue(SECOND);
  await todo.expectTitles('Build the page', '');
  await todo.settled();
  expect(await server.items()).toEqual(['Build the page', SECOND]);
});

test('an item stays in the view during its edit even if it no longer matches', async ({ server, todo }) => {
  await todo.openHydrated('/active');
  await todo.edit(FIRST);
  await server.change(FIRST, { completed: true });
  await todo.comeBack();
  await expect(todo.items.first()).toHaveClass('completed editing');
  await todo.editor.press('Escape');
  await todo.expectTitles(SECOND);
});

test('news from the server leaves the open editor and its text unchanged', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.edit(FIRST);
  await todo.editor.fill('Half of a title');
  await server.add('From another client');
  await todo.comeBack();
  await expect(todo.items).toHaveCount(3);
  await expect(todo.editor).toHaveValue('Half of a title');
  await expect(todo.editor).toBeFocused();
});

test.describe('with an input method', () => {
  test('Enter that ends a composition does not save', async ({ page, todo }) => {
    await todo.openHydrated();
    await todo.edit(FIRST);
    await todo.editor.fill('');
    const session = await page.context().newCDPSession(page);
    await session.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 });
    await todo.editor.dispatchEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true });
    await todo.settled();
    await expect(todo.editor).toHaveValue('にほん');
    await session.send('Input.insertText', { text: '日本' });
    await todo.editor.press('Enter');
    await todo.expectTitles('日本', SECOND);
  });
});

test('the editor replaces the checkbox', async ({ todo }) => {
  await todo.openHydrated();
  await todo.edit(FIRST);
  await expect(todo.checkbox(FIRST)).toBeHidden();
});
