// The message after a step: how long it stays, and what it offers.
import type { Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures.ts';
import { FIRST, SECOND } from '../../support/todo-page.ts';

/** Lets the time pass that a message has. */
async function letTimePass(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const animation of document.getAnimations()) animation.currentTime = 60_000;
  });
}

test.beforeEach(async ({ page, todo }) => {
  await todo.openHydrated();
  // Nothing is pointed at.
  await page.mouse.move(0, 0);
});

test('a message goes away by itself, and the next one stays as long', async ({ page, todo }) => {
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

test('a message stays while somebody points at it', async ({ page, todo }) => {
  await todo.checkbox(FIRST).focus();
  await page.keyboard.press('Delete');
  await todo.toast.hover();
  await letTimePass(page);
  await expect(todo.toast).toBeVisible();
  await page.mouse.move(0, 0);
  await letTimePass(page);
  await expect(todo.toast).toBeHidden();
});

test('Dismiss takes a message away, and so does Escape', async ({ page, todo }) => {
  await todo.remove(FIRST);
  await todo.offer('Dismiss').click();
  await expect(todo.toast).toHaveCount(0);
  await todo.remove(SECOND);
  await expect(todo.toast).toHaveText('1 item removed.');
  // The keyboard is in the field for new items now, as nothing is left.
  await page.keyboard.press('Escape');
  await expect(todo.toast).toHaveCount(0);
});

test('going to another view leaves the message and its offer', async ({ todo }) => {
  await todo.remove(FIRST);
  await todo.filter('Active');
  await expect(todo.toast).toHaveText('1 item removed.');
  await todo.offer('Undo').click();
  await todo.expectAdded();
});

test('the offer to undo never means another step than the message', async ({ todo }) => {
  await todo.remove(FIRST);
  await todo.complete(SECOND);
  await expect(todo.offer('Undo')).toHaveCount(0);
  await todo.undo.click();
  await expect(todo.checkbox(SECOND)).not.toBeChecked();
  await todo.undo.click();
  await todo.expectAdded();
});

test('a message can be read where somebody asks for less motion', async ({ page, todo }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await todo.checkbox(FIRST).focus();
  await page.keyboard.press('Delete');
  await expect(todo.toast).toHaveText('1 item removed.');
  await todo.settled();
  await expect(todo.toast).toBeVisible();
  await letTimePass(page);
  await expect(todo.toast).toBeHidden();
});
