// The message after a change: how long it stays, and what it offers.
import type { Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures.ts';
import { FIRST, SECOND } from '../../support/todo-page.ts';

/** Ends the time that a message stays. */
async function letTimePass(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const animation of document.getAnimations()) animation.currentTime = 60_000;
  });
}

test.beforeEach(async ({ page, todo }) => {
  await todo.openHydrated();
  // The pointer is over no element of interest.
  await page.mouse.move(0, 0);
});

test('a message disappears by itself, and the next one stays as long', async ({ page, todo }) => {
  await todo.checkbox(FIRST).focus();
  await page.keyboard.press('Delete');
  await expect(todo.toast).toHaveText(`${FIRST} removed.`);
  await expect(todo.toast).toBeVisible();
  await letTimePass(page);
  await expect(todo.toast).toBeHidden();
  await expect(page.getByRole('button', { name: 'Dismiss' })).toHaveCount(0);

  await page.keyboard.press('Delete');
  await expect(todo.toast).toBeVisible();
  await todo.settled();
  await expect(todo.toast).toBeVisible();
  await letTimePass(page);
  await expect(todo.toast).toBeHidden();
});

test('a message stays while the pointer is over it', async ({ page, todo }) => {
  await todo.checkbox(FIRST).focus();
  await page.keyboard.press('Delete');
  await todo.toast.hover();
  await letTimePass(page);
  await expect(todo.toast).toBeVisible();
  await page.mouse.move(0, 0);
  await letTimePass(page);
  await expect(todo.toast).toBeHidden();
});

test('Dismiss and Escape close a message', async ({ page, todo }) => {
  await todo.addAll('Buy milk');
  await todo.remove(FIRST);
  await todo.offer('Dismiss').click();
  await todo.expectMessageClosed();
  await todo.remove(SECOND);
  await expect(todo.toast).toHaveText(`${SECOND} removed.`);
  await expect(todo.checkbox('Buy milk')).toBeFocused();
  await page.keyboard.press('Escape');
  await todo.expectMessageClosed();
});

test('a message and its offer stay in other views', async ({ todo }) => {
  await todo.remove(FIRST);
  await todo.filter('Active');
  await expect(todo.toast).toHaveText(`${FIRST} removed.`);
  await todo.offer('Undo').click();
  await todo.expectAdded();
});

test('a message is replaced with the next change, so its offer never undoes another one', async ({ todo }) => {
  await todo.remove(FIRST);
  await todo.complete(SECOND);
  await todo.expectMessageClosed();
  await todo.undo.click();
  await expect(todo.checkbox(SECOND)).not.toBeChecked();
  await todo.undo.click();
  await todo.expectAdded();
});

test('a message stays as long with reduced motion', async ({ page, todo }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await todo.checkbox(FIRST).focus();
  await page.keyboard.press('Delete');
  await expect(todo.toast).toHaveText(`${FIRST} removed.`);
  await todo.settled();
  await expect(todo.toast).toBeVisible();
  await letTimePass(page);
  await expect(todo.toast).toBeHidden();
});

test('a message names the item, and the beginning of a long title', async ({ page, todo }) => {
  const words = 'An item with a title that is longer than a message';
  await todo.addAll(words);
  await todo.remove(words);
  await expect(todo.toast).toHaveText('An item with a title that is longer than\u2026 removed.');
  await todo.undo.click();
  await expect(todo.toast).toHaveText('Undone: An item with a title that is longer than\u2026.');
  await todo.redo.click();
  await expect(todo.toast).toHaveText('Done again: An item with a title that is longer than\u2026.');
  // From right to left.
  await todo.addAll('\u05d7\u05dc\u05d1 3');
  await todo.remove('\u05d7\u05dc\u05d1 3');
  await expect(todo.toast).toHaveText('\u2068\u05d7\u05dc\u05d1 3\u2069 removed.');
  await expect(page.getByRole('status').filter({ hasText: 'removed.' })).toHaveCount(1);
});

test('the same words are announced again', async ({ page, todo }) => {
  await todo.checkbox(FIRST).focus();
  const texts = new Set<string | null>();
  for (let count = 0; count < 2; count += 1) {
    await page.keyboard.press('Control+z');
    await expect(todo.toast).toHaveText('There is nothing to undo.');
    texts.add(await todo.toast.textContent());
  }
  expect(texts.size).toBe(2);
});
