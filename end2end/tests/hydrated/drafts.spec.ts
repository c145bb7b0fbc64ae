// What is typed and not submitted, and the steps that can be undone: they survive a reload, belong to one tab and one
// session, and overwrite nothing.
import type { Page } from '@playwright/test';
import { copyElsewhere } from '../../support/clipboard.ts';
import { expect, test } from '../../support/fixtures.ts';
import { signIn } from '../../support/sign-in.ts';
import { FIRST, SAVED, SECOND, TodoPage } from '../../support/todo-page.ts';

/** What the tab has stored. */
async function stored(page: Page): Promise<string> {
  return page.evaluate(() => sessionStorage.getItem('tab') ?? '');
}

/** Reloads as after a crash: the page hears nothing of its end. */
async function crash(todo: TodoPage): Promise<void> {
  await todo.page.evaluate(() => {
    const frozen = JSON.stringify(Object.entries(sessionStorage));
    // The listeners of the page have written by now.
    addEventListener('pagehide', () => {
      sessionStorage.clear();
      for (const [key, value] of JSON.parse(frozen) as [string, string][]) sessionStorage.setItem(key, value);
    });
  });
  await todo.reload();
  await todo.hydrated();
}

async function selection(todo: TodoPage): Promise<(number | null)[]> {
  return todo.editor.evaluate((editor: HTMLInputElement) => [editor.selectionStart, editor.selectionEnd]);
}

test('a typed text survives a reload and another page', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.field.fill('Half of a thought, ☕ and all');
  await page.reload();
  await expect(todo.field).toHaveValue('Half of a thought, ☕ and all');
  await todo.menu('link', 'Removed items');
  await page.getByRole('link', { name: 'Back to the list' }).click();
  await expect(todo.field).toHaveValue('Half of a thought, ☕ and all');
  await todo.field.press('Enter');
  await todo.expectAdded('Half of a thought, ☕ and all');
  await todo.settled();
  await page.reload();
  await todo.hydrated();
  await todo.settled();
  await expect(todo.field).toHaveValue('');
  expect((await server.items()).length).toBe(3);
});

test('an open editor survives a reload with its text and its selection', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.edit(FIRST);
  await todo.editor.fill('Build the page');
  await todo.editor.evaluate((editor: HTMLInputElement) => editor.setSelectionRange(6, 9));
  await page.reload();
  await expect(todo.editor).toHaveValue('Build the page');
  await expect(todo.editor).toBeFocused();
  expect(await selection(todo)).toEqual([6, 9]);
  await todo.editor.press('Enter');
  await todo.expectTitles('Build the page', SECOND);
  await todo.settled();
  expect(await server.items()).toEqual(['Build the page', SECOND]);
  await page.reload();
  await todo.hydrated();
  await todo.settled();
  await expect(todo.editor).toHaveCount(0);
});

test('an open editor of an item far down survives the way to another page', async ({ page, server, todo }) => {
  for (let number = 0; number < 250; number += 1) await server.add(`Item ${number}`);
  await todo.openHydrated();
  await todo.row('Item 240').scrollIntoViewIfNeeded();
  await todo.handle('Item 240').click();
  await todo.editor.fill('Far down');
  await page.goto('/trash');
  await page.getByRole('link', { name: 'Back to the list' }).click();
  await expect(todo.editor).toHaveValue('Far down');
  await expect(todo.editor).toBeInViewport();
  await todo.editor.press('Enter');
  await expect(todo.row('Far down')).toBeVisible();
});

test('the text in the editor of an item that was removed meanwhile can bring the item back', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.edit(FIRST);
  await todo.editor.fill('Build the page');
  await page.goto('/trash');
  await server.remove(FIRST);
  await page.getByRole('link', { name: 'Back to the list' }).click();
  await expect(todo.unsent.locator('q')).toHaveText('Build the page');
  await page.getByRole('button', { name: 'Bring it back' }).click();
  await todo.expectTitles('Build the page', SECOND);
});

test('what is typed survives a crash', async ({ todo }) => {
  await todo.openHydrated();
  await todo.field.fill('Typed before the crash');
  await expect.poll(() => stored(todo.page)).toContain('Typed before the crash');
  await crash(todo);
  await expect(todo.field).toHaveValue('Typed before the crash');
});

test('a copy of a tab shows nothing of what is typed in the first one', async ({ page, todo }) => {
  await todo.openHydrated();
  await todo.remove(SECOND);
  await todo.field.fill('Only here');
  await expect.poll(() => stored(page)).toContain('Only here');
  const opened = page.waitForEvent('popup');
  await page.evaluate(() => void window.open('/'));
  const copy = new TodoPage(await opened);
  await copy.hydrated();
  expect(await copy.page.evaluate(() => sessionStorage.getItem('tab-writer'))).not.toBe('');
  // The copy begins a storage of its own once it knows.
  await copy.page.waitForFunction(() => !sessionStorage.getItem('tab')?.includes('Only here'));
  await expect(copy.field).toHaveValue('');
  await copy.field.fill('Only there');
  await expect.poll(() => stored(copy.page)).toContain('Only there');
  await copy.reload();
  await expect(copy.field).toHaveValue('Only there');
  await expect(copy.undo).toBeDisabled();
  await page.reload();
  await expect(todo.field).toHaveValue('Only here');
  await expect(todo.undo).toBeEnabled();
});

test('a text that is there already stays, and the earlier one follows it', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.field.fill('Earlier');
  await page.goto('/share?text=Shared');
  await todo.hydrated();
  await todo.settled();
  await expect(todo.field).toHaveValue('Shared');
  await page.reload();
  await expect(todo.field).toHaveValue('Shared');
  await todo.field.press('Enter');
  await todo.expectAdded('Shared');
  await expect(todo.field).toHaveValue('Earlier');
  await todo.field.press('Enter');
  await todo.expectAdded('Shared', 'Earlier');
  await todo.settled();
  expect((await server.items()).slice(2)).toEqual(['Shared', 'Earlier']);
});

test.describe('with the clipboard', () => {
  test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

  test('pasted lines survive a reload', async ({ page, todo }) => {
    await todo.openHydrated();
    await copyElsewhere(page, '- [x] Milk\n- Eggs\n');
    await todo.field.press('Control+v');
    await expect(page.getByRole('button', { name: 'Add 2 items' })).toBeVisible();
    await page.reload();
    await expect(page.getByRole('button', { name: 'Add 2 items' })).toBeVisible();
    await todo.field.press('Enter');
    await todo.expectAdded('Milk', 'Eggs');
    await expect(todo.list.locator('.completed')).toHaveCount(1);
  });

  test('the browser asks before it closes a page with more than it can store', async ({ page, todo }) => {
    await todo.openHydrated();
    await copyElsewhere(page, Array.from({ length: 3_000 }, (_, index) => `${index} ${'x'.repeat(400)}`).join('\n'));
    await todo.field.press('Control+v');
    await expect(page.getByRole('button', { name: 'Add 3000 items' })).toBeVisible();
    const asked = page.waitForEvent('dialog');
    await page.close({ runBeforeUnload: true });
    const dialog = await asked;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.dismiss();
    await todo.field.press('Enter');
    await expect(todo.toast).toContainText('3000 items added.');
  });
});

test('steps can be undone and done again after a reload', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await todo.rename(FIRST, 'Build the page');
  await todo.remove(SECOND);
  await todo.add('Buy milk');
  await todo.settled();
  await todo.undo.click();
  await todo.expectTitles('Build the page');
  await todo.settled();
  await page.reload();
  await expect(todo.redo).toBeEnabled();
  await todo.undo.click();
  await todo.expectTitles('Build the page', SECOND);
  await todo.undo.click();
  await todo.expectAdded();
  await expect(todo.undo).toBeDisabled();
  for (let step = 0; step < 3; step += 1) await todo.redo.click();
  await todo.expectTitles('Build the page', 'Buy milk');
  await todo.settled();
  expect(await server.items()).toEqual(['Build the page', 'Buy milk']);
});

test('a page without storage of the tab works as before', async ({ consoleMessages, page, todo }) => {
  await page.addInitScript(() => {
    Object.defineProperty(window, 'sessionStorage', {
      get: () => {
        throw new DOMException('denied', 'SecurityError');
      },
    });
  });
  await todo.openHydrated();
  await todo.add('Buy milk');
  await todo.expectAdded('Buy milk');
  await todo.edit(FIRST);
  await todo.editor.press('Escape');
  await page.reload();
  await todo.hydrated();
  await todo.expectAdded('Buy milk');
  expect(consoleMessages).toEqual([]);
});

test.describe('with a password', () => {
  const PASSWORD = 'correct horse';
  test.use({ durable: true, password: PASSWORD, noisy: true });

  test.beforeEach(async ({ page, todo }) => {
    await page.goto('/');
    await signIn(page, PASSWORD);
    await todo.hydrated();
    await todo.expectStatus(SAVED);
  });

  test('what is typed goes on signing out', async ({ page, todo }) => {
    await todo.field.fill('Nothing for others');
    await expect.poll(() => stored(page)).toContain('Nothing for others');
    await todo.menu('button', 'Sign out');
    await expect(page).toHaveURL('/sign-in');
    expect(await stored(page)).toBe('');
    await signIn(page, PASSWORD);
    await todo.hydrated();
    await todo.settled();
    await expect(todo.field).toHaveValue('');
  });

  test('what is typed goes from all tabs on signing out', async ({ context, page, todo }) => {
    const other = new TodoPage(await context.newPage());
    await other.openHydrated();
    await other.field.fill('Nothing for others');
    await expect.poll(() => stored(other.page)).toContain('Nothing for others');
    await page.bringToFront();
    await todo.menu('button', 'Sign out');
    await expect(page).toHaveURL('/sign-in');
    await other.page.bringToFront();
    await other.page.evaluate(() => dispatchEvent(new Event('focus')));
    await expect(other.page).toHaveURL(/sign-in/);
    expect(await stored(other.page)).toBe('');
  });

  test('what is typed survives the way to sign in again', async ({ page, server, todo }) => {
    await todo.field.fill('Still mine');
    await server.protect(PASSWORD);
    await page.goto('/');
    await expect(page).toHaveURL(/sign-in/);
    await signIn(page, PASSWORD, 'That was me');
    await todo.hydrated();
    await expect(todo.field).toHaveValue('Still mine');
    await server.protect(PASSWORD);
    await page.goto('/');
    await signIn(page, PASSWORD, 'That was someone else');
    await todo.hydrated();
    await todo.settled();
    await expect(todo.field).toHaveValue('');
  });
});
