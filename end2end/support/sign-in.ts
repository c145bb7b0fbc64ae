// The sign-in page.
import type { Page } from '@playwright/test';

/** Submits the password. `before` answers the question of who was signed in at this browser before. */
export async function signIn(page: Page, password: string, before?: 'That was me' | 'That was someone else'): Promise<void> {
  await page.getByLabel('Password').fill(password);
  if (before) await page.getByLabel(before).check();
  await page.getByRole('button', { name: 'Sign in' }).click();
}
