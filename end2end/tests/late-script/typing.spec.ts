// Hydration keeps the text of the field for new items.
import { expect, test } from '../../support/fixtures.ts';

test('a text that was typed before hydration stays in the field, and the script adds it', async ({ deliverModule, page, server, todo }) => {
  await todo.open();
  await todo.field.fill('Typed early');
  deliverModule();
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

test('a refused text from before hydration stays in the field with its reason', async ({ consoleMessages, deliverModule, todo }) => {
  const text = 'x'.repeat(501);
  await todo.open();
  await todo.add(text);
  await expect(todo.error).toBeVisible();
  deliverModule();
  await todo.hydrated();
  // The browser logs the status. Hydration logs nothing.
  expect(consoleMessages.splice(0)).toEqual([expect.stringContaining('status of 400')]);
  await expect(todo.error).toBeVisible();
  await expect(todo.field).toHaveValue(text);
  await todo.add('Shorter');
  await todo.expectAdded('Shorter');
  await expect(todo.error).toHaveCount(0);
});

test('a text that was typed before hydration stays, and the draft of the page before follows it', async ({ deliverModule, page, server, todo }) => {
  deliverModule();
  await todo.openHydrated();
  await todo.field.fill('Earlier');
  const arrived = page.waitForRequest('**/*.wasm');
  let deliver = () => {};
  const delivered = new Promise<void>((resolve) => (deliver = resolve));
  await page.route('**/*.wasm', async (route) => {
    await delivered;
    await route.continue();
  });
  await todo.reload();
  await arrived;
  await todo.field.fill('Typed early');
  deliver();
  await todo.hydrated();
  await todo.settled();
  await expect(todo.field).toHaveValue('Typed early');
  await todo.field.press('Enter');
  await todo.expectAdded('Typed early');
  await expect(todo.field).toHaveValue('Earlier');
  await todo.settled();
  expect((await server.items()).slice(2)).toEqual(['Typed early']);
});
