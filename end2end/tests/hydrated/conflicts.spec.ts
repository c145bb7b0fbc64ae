// Conflicts with changes of other clients: the page says what happened and keeps every typed text.
import { expect, test } from '../../support/fixtures.ts';
import { silenceStream } from '../../support/network.ts';
import { FIRST, SAVED, SECOND } from '../../support/todo-page.ts';

// The browser logs the status of every refusal.
test.use({ noisy: true });

test.describe('before the page receives the other change', () => {
  test.beforeEach(({ page }) => silenceStream(page));

  test('a change that another client has built on cannot be undone, and the message says why', async ({ server, todo }) => {
    await todo.openHydrated();
    await todo.rename(FIRST, 'Build the page');
    await todo.settled();
    await server.change('Build the page', { title: 'Build all pages' });
    await todo.undo.click();
    await expect(todo.toast).toHaveText('This cannot be undone: someone has changed it since.');
    await todo.expectTitles('Build all pages', SECOND);
    await expect(todo.undo).toBeDisabled();
    await expect(todo.redo).toBeDisabled();
    expect(await server.items()).toEqual(['Build all pages', SECOND]);
  });

  test('undo of a change to several items leaves out the item that another client has changed', async ({ server, todo }) => {
    await todo.openHydrated();
    await todo.all.click();
    await todo.expectLeft(0);
    await todo.settled();
    await server.change(FIRST, { completed: false });
    await server.change(FIRST, { completed: true });
    await todo.undo.click();
    await expect(todo.checkbox(SECOND)).not.toBeChecked();
    await expect(todo.checkbox(FIRST)).toBeChecked();
    await todo.settled();
    expect(await server.completed()).toEqual([FIRST]);
  });

  test('a new title for a removed item is kept and can bring the item back', async ({ page, server, todo }) => {
    await todo.openHydrated();
    await todo.edit(FIRST);
    await server.remove(FIRST);
    await todo.editor.fill('Build the page');
    await todo.tool('Save').click();
    await expect(todo.unsent.locator('q')).toHaveText('Build the page');
    await expect(page.getByRole('alert')).toContainText(['Error: Could not save the change.']);
    await expect(page.getByText('Someone has removed the item.')).toBeVisible();
    await todo.expectTitles(SECOND);
    await page.getByRole('button', { name: 'Bring it back' }).click();
    await todo.expectTitles('Build the page', SECOND);
    await expect(todo.unsent).toHaveCount(0);
    await expect(page.getByText('Someone has removed the item.')).toBeHidden();
    await todo.settled();
    expect(await server.items()).toEqual(['Build the page', SECOND]);
    await todo.expectFocusKept();
    // Bringing it back with another title is one change to undo.
    await todo.undo.click();
    await todo.expectTitles(SECOND);
  });

  test('a new title for a removed item can be discarded', async ({ page, server, todo }) => {
    await todo.openHydrated();
    await todo.edit(FIRST);
    await server.remove(FIRST);
    await todo.editor.fill('Build the page');
    await todo.editor.press('Enter');
    await expect(todo.unsent).toBeVisible();
    await page.getByRole('button', { name: 'Discard' }).click();
    await expect(todo.unsent).toHaveCount(0);
    await todo.expectTitles(SECOND);
    await todo.expectFocusKept();
  });

  test('completing a removed item shows a message and removes the item', async ({ server, todo }) => {
    await todo.openHydrated();
    await server.remove(FIRST);
    await todo.checkbox(FIRST).click();
    await expect(todo.toast).toHaveText(`Someone has removed ${FIRST}.`);
    await todo.expectTitles(SECOND);
    await expect(todo.undo).toBeDisabled();
  });

  test('removing a removed item shows no message', async ({ server, todo }) => {
    await todo.openHydrated();
    await server.remove(FIRST);
    await todo.remove(FIRST);
    await todo.settled();
    await todo.expectTitles(SECOND);
    await expect(todo.undo).toBeDisabled();
  });

  test('clearing keeps an item that another client has reopened', async ({ server, todo }) => {
    await server.change(FIRST, { completed: true });
    await server.change(SECOND, { completed: true });
    await todo.openHydrated();
    await server.change(FIRST, { completed: false });
    await todo.clear.click();
    await todo.settled();
    await todo.expectTitles(FIRST);
    expect(await server.items()).toEqual([FIRST]);
  });

  test('the last title wins, and undo restores the one before', async ({ server, todo }) => {
    await todo.openHydrated();
    await server.change(FIRST, { title: 'Theirs' });
    await todo.rename(FIRST, 'Mine');
    await todo.settled();
    await todo.expectTitles('Mine', SECOND);
    expect(await server.items()).toEqual(['Mine', SECOND]);
    await todo.undo.click();
    await todo.expectTitles('Theirs', SECOND);
  });
});

test.describe('after the page has received the other change', () => {
  test('a change that another client has built on cannot be undone, and the message says why', async ({ server, todo }) => {
    await todo.openHydrated();
    await todo.rename(FIRST, 'Build the page');
    await todo.settled();
    await server.change('Build the page', { title: 'Build all pages' });
    await todo.expectTitles('Build all pages', SECOND);
    await todo.undo.click();
    await expect(todo.toast).toHaveText('This cannot be undone: someone has changed it since.');
    await todo.expectTitles('Build all pages', SECOND);
    await expect(todo.undo).toBeDisabled();
    await expect(todo.redo).toBeDisabled();
    expect(await server.items()).toEqual(['Build all pages', SECOND]);
  });

  test('the typed text of an item that is removed during the edit can bring the item back', async ({ page, server, todo }) => {
    await todo.openHydrated();
    await todo.edit(FIRST);
    await todo.editor.fill('Build the page');
    await server.remove(FIRST);
    await expect(todo.unsent.locator('q')).toHaveText('Build the page');
    await expect(page.getByRole('alert')).toContainText(['Error: Could not save the change.']);
    await todo.expectStatus('1 change needs your attention');
    await todo.expectTitles(SECOND);
    await todo.expectFocusKept();
    // A reload keeps the text.
    await page.reload();
    await todo.hydrated();
    await expect(todo.unsent.locator('q')).toHaveText('Build the page');
    await page.getByRole('button', { name: 'Bring it back' }).click();
    await todo.expectTitles('Build the page', SECOND);
    await todo.expectStatus(SAVED);
    await todo.settled();
    expect(await server.items()).toEqual(['Build the page', SECOND]);
    await expect.poll(() => todo.stored()).toBe(0);
  });

  test('an unused editor of a removed item closes', async ({ server, todo }) => {
    await todo.openHydrated();
    await todo.edit(FIRST);
    await server.remove(FIRST);
    await todo.expectTitles(SECOND);
    await expect(todo.unsent).toHaveCount(0);
    await todo.expectFocusKept();
  });

  test('undo restores the title that another client has set during the edit', async ({ server, todo }) => {
    await todo.openHydrated();
    await todo.edit(FIRST);
    await todo.editor.fill('Mine');
    await server.change(FIRST, { title: 'Theirs' });
    await server.add('The end');
    await expect(todo.items).toHaveCount(3);
    await todo.tool('Save').click();
    await todo.expectTitles('Mine', SECOND, 'The end');
    await todo.settled();
    await todo.undo.click();
    await todo.expectTitles('Theirs', SECOND, 'The end');
  });
});
