// What a person does before the script has arrived is still there when it takes over.
import { expect, test } from '../../support/fixtures.ts';

test('a text that was typed before stays in the field and is added by the script', async ({ page, server, todo }) => {
  await todo.open();
  await todo.field.fill('Typed early');
  await expect(page.locator('html')).not.toHaveAttribute('data-hydrated');
  await todo.hydrated();
  await expect(todo.field).toHaveValue('Typed early');
  await expect(todo.field).toBeFocused();
  await todo.field.press('End');
  await todo.field.pressSequentially(' and late');
  await page.evaluate(() => Object.assign(window, { stillHere: true }));
  await todo.field.press('Enter');
  await todo.expectAdded('Typed early and late');
  expect(await page.evaluate(() => 'stillHere' in window)).toBe(true);
  await todo.settled();
  expect((await server.items()).slice(2)).toEqual(['Typed early and late']);
});

test('a refusal that the server has rendered is still there when the script takes over', async ({ consoleMessages, todo }) => {
  const text = 'x'.repeat(501);
  await todo.open();
  await todo.add(text);
  await expect(todo.error).toBeVisible();
  await todo.hydrated();
  // The browser notes the status; hydration has nothing to add.
  expect(consoleMessages.splice(0)).toEqual([expect.stringContaining('status of 400')]);
  await expect(todo.error).toBeVisible();
  await expect(todo.field).toHaveValue(text);
  await todo.add('Shorter');
  await todo.expectAdded('Shorter');
  await expect(todo.error).toHaveCount(0);
});
