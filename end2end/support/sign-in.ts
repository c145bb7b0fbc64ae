// The page on which people sign in.
import type { Page } from '@playwright/test';

/** Types the password and sends it. Says who was signed in here before, if the page asks. */
export async function signIn(page: Page, password: string, before?: 'That was me' | 'That was somebody else'): Promise<void> {
  await page.getByLabel('Password').fill(password);
  if (before) await page.getByLabel(before).check();
  await page.getByRole('button', { name: 'Sign In' }).click();
}
