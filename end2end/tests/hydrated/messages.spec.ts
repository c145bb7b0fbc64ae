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
  await expect(todo.toast).toHaveText('1 item removed.');
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
  await expect(todo.toast).toHaveText('1 item removed.');
  await expect(todo.checkbox('Buy milk')).toBeFocused();
  await page.keyboard.press('Escape');
  await todo.expectMessageClosed();
});

test('a message and its offer stay in other views', async ({ todo }) => {
  await todo.remove(FIRST);
  await todo.filter('Active');
  await expect(todo.toast).toHaveText('1 item removed.');
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
  await expect(todo.toast).toHaveText('1 item removed.');
  await todo.settled();
  await expect(todo.toast).toBeVisible();
  await letTimePass(page);
  await expect(todo.toast).toBeHidden();
});
