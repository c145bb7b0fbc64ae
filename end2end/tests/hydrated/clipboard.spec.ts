// Pasting several lines, and copying the list as text.
import { copyElsewhere, pasteElsewhere } from '../../support/clipboard.ts';
import { expect, test } from '../../support/fixtures.ts';
import { FIRST, SECOND } from '../../support/todo-page.ts';

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

test('pasted lines can be added as several items, which is one change to undo', async ({ page, server, todo }) => {
  await todo.openHydrated();
  await copyElsewhere(page, '- [ ] Milk\r\n* Eggs\n\n  Bread\n');
  await todo.field.press('Control+v');
  const offer = page.getByRole('button', { name: 'Add 3 items' });
  await offer.click();
  await todo.expectAdded('Milk', 'Eggs', 'Bread');
  await expect(offer).toBeHidden();
  await expect(todo.field).toHaveValue('');
  await todo.settled();
  expect(await server.items()).toEqual([FIRST, SECOND, 'Milk', 'Eggs', 'Bread']);
  await todo.undo.click();
  await todo.expectAdded();
  await expect(todo.undo).toBeDisabled();
  await todo.redo.click();
  await todo.expectAdded('Milk', 'Eggs', 'Bread');
  await todo.settled();
  expect(await server.items()).toEqual([FIRST, SECOND, 'Milk', 'Eggs', 'Bread']);
});

test('pasted lines can be kept as one item', async ({ page, todo }) => {
  await todo.openHydrated();
  await copyElsewhere(page, 'Milk\nEggs');
  await todo.field.press('Control+v');
  await page.getByRole('button', { name: 'Keep as one' }).click();
  await expect(page.getByRole('button', { name: 'Add 2 items' })).toBeHidden();
  const text = await todo.field.inputValue();
  expect(text).toMatch(/^Milk\s?Eggs$/);
  await todo.field.press('Enter');
  await todo.expectAdded(text);
});

test('typing after pasted lines keeps them as one item, and Enter adds them all', async ({ page, todo }) => {
  await todo.openHydrated();
  await copyElsewhere(page, 'Milk\nEggs');
  const offer = page.getByRole('button', { name: 'Add 2 items' });
  await todo.field.press('Control+v');
  await expect(offer).toBeVisible();
  await page.keyboard.type('!');
  await expect(offer).toBeHidden();
  await todo.field.fill('');
  await todo.field.press('Control+v');
  await expect(offer).toBeVisible();
  await page.keyboard.press('Enter');
  await todo.expectAdded('Milk', 'Eggs');
  await expect(offer).toBeHidden();
  await expect(todo.field).toHaveValue('');
  await expect(todo.toast).toContainText('2 items added.');
});

test('one line, or lines inside a text, are pasted without an offer', async ({ page, todo }) => {
  await todo.openHydrated();
  const offer = page.getByRole('button', { name: /^Add \d+ items$/ });
  await copyElsewhere(page, 'Milk');
  await todo.field.press('Control+v');
  await expect(todo.field).toHaveValue('Milk');
  await expect(offer).toBeHidden();
  await copyElsewhere(page, 'Eggs\nBread');
  await todo.field.press('Control+v');
  await expect(todo.field).toHaveValue(/^MilkEggs\s?Bread$/);
  await expect(offer).toBeHidden();
});

test('the menu copies the list as text and as Markdown', async ({ page, todo }) => {
  await todo.openHydrated();
  await todo.complete(FIRST);
  await todo.menu('button', 'Copy as text');
  await expect(todo.toast).toHaveText('2 items copied.');
  await expect(page.locator('#page-menu')).toBeHidden();
  await expect.poll(() => pasteElsewhere(page)).toBe(`${FIRST}\n${SECOND}\n`);
  await todo.menu('button', 'Copy as Markdown');
  await expect.poll(() => pasteElsewhere(page)).toBe(`- [x] ${FIRST}\n- [ ] ${SECOND}\n`);
  await expect(page).toHaveURL('/');
  await todo.expectFocusKept();
});

test('the menu copies only the items of the view', async ({ page, todo }) => {
  await todo.openHydrated();
  await todo.complete(FIRST);
  await todo.filter('Active');
  await todo.menu('button', 'Copy as text');
  await expect(todo.toast).toHaveText(`${SECOND} copied.`);
  await expect.poll(() => pasteElsewhere(page)).toBe(`${SECOND}\n`);
});

test('a copied list can be pasted as items', async ({ page, todo }) => {
  await todo.openHydrated();
  await todo.complete(FIRST);
  await todo.menu('button', 'Copy as Markdown');
  await expect(todo.toast).toHaveText('2 items copied.');
  await todo.field.press('Control+v');
  await page.getByRole('button', { name: 'Add 2 items' }).click();
  await todo.expectAdded(FIRST, SECOND);
  await expect(todo.list.locator('.completed')).toHaveCount(2);
});

test('more lines than a form can have are added by Enter, and a line that cannot be an item says why', async ({ page, server, todo }) => {
  await todo.openHydrated();
  const lines = Array.from({ length: 300 }, (_, index) => `${index + 1}. Item number ${index + 1}`);
  await copyElsewhere(page, lines.join('\r'));
  await todo.field.press('Control+v');
  await expect(page.getByRole('button', { name: 'Add 300 items' })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(todo.toast).toContainText('300 items added.');
  await expect(todo.field).toHaveValue('');
  await todo.settled();
  expect((await server.items()).slice(2)).toEqual(lines.map((_, index) => `Item number ${index + 1}`));
  await todo.undo.click();
  await todo.expectAdded();
  await copyElsewhere(page, `Milk\n${'x'.repeat(501)}`);
  await todo.field.press('Control+v');
  await expect(page.locator('#add-item-error .reason')).toContainText('Line 2 cannot be an item');
  await todo.field.fill('');
  await copyElsewhere(page, 'Milk\nEggs');
  await todo.field.press('Control+v');
  await expect(todo.error).toBeHidden();
});

test('the menu prints the list', async ({ page, todo }) => {
  await todo.openHydrated();
  await page.evaluate(() => Object.assign(window, { print: () => Object.assign(window, { printed: true }) }));
  await todo.menu('button', 'Print');
  expect(await page.evaluate(() => 'printed' in window)).toBe(true);
  await expect(page.locator('#page-menu')).toBeHidden();
  await page.emulateMedia({ media: 'print' });
  await todo.expectAdded();
  await expect(todo.field).toBeHidden();
  await expect(todo.handle(FIRST)).toBeHidden();
});
