// Keyboard shortcuts. The tests check focus after every key.
import type { Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures.ts';
import { FIRST, SECOND, type TodoPage } from '../../support/todo-page.ts';

/** Presses keys one after the other. After each, the checkbox of the given item has focus. */
async function walk(todo: TodoPage, ...steps: [key: string, item: string][]): Promise<void> {
  for (const [key, item] of steps) {
    await todo.page.keyboard.press(key);
    await expect(todo.checkbox(item), `after ${key}`).toBeFocused();
  }
}

async function openWith(page: Page, todo: TodoPage, titles: string[]): Promise<void> {
  await todo.openHydrated();
  await todo.addAll(...titles);
  await todo.settled();
  await todo.checkbox(FIRST).focus();
  expect(page.url()).toMatch(/\/$/);
}

test('arrows and letters move focus from item to item and stop at the ends', async ({ page, todo }) => {
  await openWith(page, todo, ['Buy milk']);
  await walk(
    todo,
    ['ArrowDown', SECOND],
    ['ArrowDown', 'Buy milk'],
    ['ArrowDown', 'Buy milk'],
    ['ArrowUp', SECOND],
    ['j', 'Buy milk'],
    ['j', 'Buy milk'],
    ['k', SECOND],
    ['k', FIRST],
    ['k', FIRST],
    ['ArrowUp', FIRST],
  );
});

test('j and k begin at the first item', async ({ page, todo }) => {
  await todo.openHydrated();
  await todo.undo.evaluate(() => (document.activeElement as HTMLElement).blur());
  await walk(todo, ['j', FIRST], ['j', SECOND]);
  await page.getByRole('button', { name: 'Menu', exact: true }).focus();
  await walk(todo, ['k', FIRST]);
});

test('Space and x complete and reopen an item', async ({ page, server, todo }) => {
  await openWith(page, todo, []);
  for (const key of ['Space', 'x']) {
    await walk(todo, [key, FIRST]);
    await expect(todo.checkbox(FIRST)).toBeChecked();
    await walk(todo, [key, FIRST]);
    await expect(todo.checkbox(FIRST)).not.toBeChecked();
  }
  await walk(todo, ['j', SECOND], ['x', SECOND]);
  await todo.settled();
  expect(await server.completed()).toEqual([SECOND]);
  await expect(todo.checkbox(SECOND)).toBeFocused();
});

for (const key of ['Enter', 'e']) {
  test(`${key} opens the editor, and Escape returns to the item`, async ({ page, todo }) => {
    await openWith(page, todo, []);
    await page.keyboard.press(key);
    await expect(todo.editor).toBeFocused();
    await expect(todo.editor).toHaveValue(FIRST);
    await page.keyboard.press('Escape');
    await expect(todo.editor).toHaveCount(0);
    await expect(todo.checkbox(FIRST)).toBeFocused();
    await page.keyboard.press(key);
    await page.keyboard.type('!');
    await page.keyboard.press('Enter');
    await expect(todo.checkbox(`${FIRST}!`)).toBeFocused();
    await todo.expectTitles(`${FIRST}!`, SECOND);
  });
}

for (const key of ['Delete', '#']) {
  test(`${key} removes an item, and focus moves to the next or the last one`, async ({ page, server, todo }) => {
    await openWith(page, todo, ['Buy milk']);
    await walk(todo, [key, SECOND]);
    await todo.expectTitles(SECOND, 'Buy milk');
    await walk(todo, ['ArrowDown', 'Buy milk'], [key, SECOND]);
    await todo.expectTitles(SECOND);
    await page.keyboard.press(key);
    await todo.expectTitles();
    await expect(todo.field).toBeFocused();
    await todo.settled();
    expect(await server.items()).toEqual([]);
  });
}

test('/ moves focus to the search, and n to the field for new items', async ({ page, todo }) => {
  await openWith(page, todo, []);
  await page.keyboard.press('/');
  await expect(todo.search).toBeFocused();
  await expect(todo.search).toHaveValue('');
  await page.keyboard.type('back');
  await todo.expectTitles(SECOND);
  await walk(todo, ['ArrowDown', SECOND]);
  // The old search is selected: what is typed replaces it.
  await page.keyboard.press('/');
  await page.keyboard.type('front');
  await expect(todo.search).toHaveValue('front');
  await page.keyboard.press('Escape');
  await expect(todo.search).toHaveValue('');
  await todo.expectAdded();
  await expect(todo.search).toBeFocused();
  await walk(todo, ['ArrowDown', FIRST]);
  await page.keyboard.press('/');
  await walk(todo, ['Escape', FIRST]);
  await page.keyboard.press('n');
  await expect(todo.field).toBeFocused();
  await expect(todo.field).toHaveValue('');
});

test('Ctrl+Z undoes, and Ctrl+Shift+Z and Ctrl+Y redo', async ({ page, todo }) => {
  await openWith(page, todo, []);
  await walk(todo, ['x', FIRST]);
  await expect(todo.checkbox(FIRST)).toBeChecked();
  await walk(todo, ['Control+z', FIRST]);
  await expect(todo.checkbox(FIRST)).not.toBeChecked();
  await walk(todo, ['Control+Shift+z', FIRST]);
  await expect(todo.checkbox(FIRST)).toBeChecked();
  await walk(todo, ['Control+z', FIRST]);
  await expect(todo.checkbox(FIRST)).not.toBeChecked();
  await walk(todo, ['Control+y', FIRST]);
  await expect(todo.checkbox(FIRST)).toBeChecked();
  await walk(todo, ['Control+z', FIRST], ['Control+z', FIRST]);
  await expect(todo.toast).toHaveText('There is nothing to undo.');
});

test('Ctrl+Z after a removal restores the item, and focus stays in the list', async ({ page, todo }) => {
  await openWith(page, todo, []);
  await walk(todo, ['Delete', SECOND], ['Control+z', SECOND]);
  await todo.expectAdded();
  await walk(todo, ['ArrowUp', FIRST]);
});

test('Alt and an arrow move an item, and focus stays with it', async ({ page, server, todo }) => {
  await openWith(page, todo, ['Buy milk']);
  await walk(todo, ['Alt+ArrowDown', FIRST]);
  await todo.expectTitles(SECOND, FIRST, 'Buy milk');
  await expect(page.getByText('Position 2 of 3')).toHaveRole('status');
  await walk(todo, ['Alt+ArrowDown', FIRST], ['Alt+ArrowDown', FIRST]);
  await todo.expectTitles(SECOND, 'Buy milk', FIRST);
  await walk(todo, ['Alt+ArrowUp', FIRST]);
  await todo.expectTitles(SECOND, FIRST, 'Buy milk');
  await walk(todo, ['Alt+Shift+ArrowUp', FIRST]);
  await todo.expectTitles(FIRST, SECOND, 'Buy milk');
  await expect(page.getByText('Position 1 of 3')).toHaveRole('status');
  await walk(todo, ['Alt+Shift+ArrowDown', FIRST]);
  await todo.expectTitles(SECOND, 'Buy milk', FIRST);
  await todo.settled();
  expect(await server.items()).toEqual([SECOND, 'Buy milk', FIRST]);
  await expect(todo.checkbox(FIRST)).toBeFocused();
});

test('no key is a shortcut in a text field', async ({ page, server, todo }) => {
  await openWith(page, todo, []);
  const keys = 'jkxe#n/?';
  for (const field of [todo.field, todo.search]) {
    await field.focus();
    await page.keyboard.type(keys);
    await expect(field).toHaveValue(keys);
    await expect(field).toBeFocused();
    await expect(todo.shortcuts).toBeHidden();
    await page.keyboard.press('Home');
    await page.keyboard.press('Delete');
    await expect(field).toHaveValue(keys.slice(1));
    await field.fill('');
  }
  await todo.expectAdded();
  await todo.checkbox(FIRST).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.type(keys);
  await page.keyboard.press('Home');
  await page.keyboard.press('Delete');
  await expect(todo.editor).toHaveValue(FIRST.slice(1) + keys);
  await page.keyboard.press('Escape');
  await todo.settled();
  expect(await server.items()).toEqual([FIRST, SECOND]);
  expect(await server.completed()).toEqual([]);
});

test('Ctrl+Z in a text field undoes the typing only', async ({ page, todo }) => {
  await openWith(page, todo, []);
  await page.keyboard.press('x');
  await expect(todo.checkbox(FIRST)).toBeChecked();
  await todo.field.focus();
  await page.keyboard.type('Buy');
  await page.keyboard.press('Control+z');
  await expect(todo.field).toHaveValue('');
  await expect(todo.checkbox(FIRST)).toBeChecked();
});

test('letters with Ctrl, Alt or Meta are no shortcuts', async ({ page, todo }) => {
  await openWith(page, todo, []);
  for (const key of ['Alt+x', 'Meta+x', 'Control+x', 'Control+j', 'Alt+Delete']) {
    await walk(todo, [key, FIRST]);
  }
  await todo.settled();
  await expect(todo.checkbox(FIRST)).not.toBeChecked();
  await todo.expectAdded();
});

test('? shows the shortcuts, and none of them works while they are shown', async ({ page, todo }) => {
  await openWith(page, todo, []);
  await page.keyboard.press('?');
  await expect(todo.shortcuts).toBeVisible();
  for (const key of ['x', 'j', 'Delete', '#']) await page.keyboard.press(key);
  await page.keyboard.press('Escape');
  await expect(todo.shortcuts).toBeHidden();
  await expect(todo.checkbox(FIRST)).toBeFocused();
  await expect(todo.checkbox(FIRST)).not.toBeChecked();
  await todo.expectAdded();
});

for (const key of ['ArrowUp', 'Escape']) {
  test(`${key} leads from the empty field for new items to the list, and a text stays`, async ({ page, todo }) => {
    await openWith(page, todo, ['Buy milk']);
    await todo.field.focus();
    await walk(todo, [key, 'Buy milk'], ['ArrowUp', SECOND]);
    await page.keyboard.press('n');
    await page.keyboard.type('Buy');
    await page.keyboard.press(key);
    await expect(todo.field).toBeFocused();
    await expect(todo.field).toHaveValue('Buy');
  });
}

test('ArrowUp leads from the field to the lowest row above the form, and the page does not jump', async ({ page, server, todo }) => {
  await server.addMany(Array.from({ length: 300 }, (_, index) => `task ${index}`));
  await todo.openHydrated();
  await todo.field.focus();
  await page.keyboard.press('ArrowUp');
  const focused = todo.list.locator('li:has(:focus)');
  await expect(focused).toBeInViewport();
  const [row, form] = [await focused.boundingBox(), await page.locator('.composer').boundingBox()];
  expect(row!.y + row!.height).toBeGreaterThan(form!.y - 2 * row!.height);
  expect(row!.y).toBeLessThan(form!.y);
  expect(await page.evaluate(() => window.scrollY)).toBeLessThan(100);
});

test('digits show the views, also where they need Shift', async ({ page, server, todo }) => {
  await server.change(SECOND, { completed: true });
  await openWith(page, todo, []);
  await page.keyboard.press('3');
  await expect(page).toHaveURL('/completed');
  await todo.expectTitles(SECOND);
  await expect(todo.checkbox(SECOND)).toBeFocused();
  await page.keyboard.press('2');
  await expect(page).toHaveURL('/active');
  await todo.expectTitles(FIRST);
  await pressAs(page, { key: '1', code: 'Digit1', shiftKey: true });
  await expect(page).toHaveURL('/');
  await todo.expectAdded();
  await todo.find('connect');
  await todo.checkbox(SECOND).focus();
  await page.keyboard.press('3');
  await expect(page).toHaveURL('/completed?q=connect');
  await todo.field.focus();
  await page.keyboard.type('12');
  await expect(todo.field).toHaveValue('12');
});

test('? shows the shortcuts from an empty field, with the focus on Close', async ({ page, todo }) => {
  await openWith(page, todo, []);
  const close = todo.shortcuts.getByRole('button', { name: 'Close' });
  for (const field of [todo.field, todo.search]) {
    await field.focus();
    await page.keyboard.press('?');
    await expect(close).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(todo.shortcuts).toBeHidden();
    await expect(field).toBeFocused();
    await expect(field).toHaveValue('');
  }
});

test('arrows, Home and End move the focus in the menu', async ({ page, todo }) => {
  await todo.openHydrated();
  const button = page.getByRole('button', { name: 'Menu', exact: true });
  const entries = page.locator('#page-menu :is(a, button)');
  const last = (await entries.count()) - 1;
  await button.focus();
  await page.keyboard.press('Enter');
  for (const [key, index] of [
    ['ArrowDown', 0],
    ['ArrowDown', 1],
    ['ArrowUp', 0],
    ['ArrowUp', last],
    ['ArrowDown', 0],
    ['End', last],
    ['Home', 0],
  ] as const) {
    await page.keyboard.press(key);
    await expect(entries.nth(index), `after ${key}`).toBeFocused();
  }
  await page.keyboard.press('Escape');
  await expect(page.locator('#page-menu')).toBeHidden();
  await expect(button).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowUp');
  await expect(entries.nth(last)).toBeFocused();
});

test('the menu shows the shortcuts, and focus stays on the page after they are closed', async ({ todo }) => {
  await todo.openHydrated();
  await todo.menu('button', 'Keyboard shortcuts');
  await expect(todo.shortcuts).toBeVisible();
  await expect(todo.page.locator('#page-menu')).toBeHidden();
  await todo.shortcuts.getByRole('button', { name: 'Close' }).click();
  await expect(todo.shortcuts).toBeHidden();
  await todo.expectFocusKept();
});

test('single letters can be switched off, and stay off after a reload', async ({ page, todo }) => {
  await openWith(page, todo, []);
  const letters = todo.shortcuts.getByLabel('Single letters are shortcuts');
  const setLetters = async (on: boolean) => {
    await todo.menu('button', 'Keyboard shortcuts');
    await expect(letters).toBeChecked({ checked: !on });
    await letters.setChecked(on);
    await page.keyboard.press('Escape');
    await expect(todo.shortcuts).toBeHidden();
  };
  await setLetters(false);
  for (const reload of [false, true]) {
    if (reload) {
      await page.reload();
      await todo.hydrated();
    }
    await todo.checkbox(FIRST).focus();
    for (const key of ['x', 'j', 'e', '#', 'n', '/', '?', '3']) await walk(todo, [key, FIRST]);
    await todo.field.focus();
    await page.keyboard.press('?');
    await expect(todo.field).toHaveValue('?');
    await todo.field.fill('');
    await todo.checkbox(FIRST).focus();
    await todo.settled();
    await expect(todo.checkbox(FIRST)).not.toBeChecked();
    await expect(todo.shortcuts).toBeHidden();
    await todo.expectAdded();
    // The other keys still work.
    await walk(todo, ['ArrowDown', SECOND], ['ArrowUp', FIRST]);
  }
  await setLetters(true);
  await todo.checkbox(FIRST).focus();
  await walk(todo, ['j', SECOND], ['x', SECOND]);
  await expect(todo.checkbox(SECOND)).toBeChecked();
});

test('Escape closes the menu, and letters are no shortcuts while it is open', async ({ page, todo }) => {
  await todo.openHydrated();
  const menu = page.getByRole('button', { name: 'Menu', exact: true });
  await menu.focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('#page-menu')).toBeVisible();
  await page.keyboard.press('n');
  await expect(menu).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.locator('#page-menu')).toBeHidden();
  await expect(menu).toBeFocused();
});

interface Key {
  key: string;
  code: string;
  keyCode?: number;
  ctrlKey?: boolean;
  shiftKey?: boolean;
  repeat?: boolean;
}

/** Presses a key of another keyboard layout on the focused element. */
async function pressAs(page: Page, init: Key): Promise<void> {
  await page.evaluate((init) => {
    const event = new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init });
    document.activeElement?.dispatchEvent(event);
  }, init);
}

test('shortcuts are found by their place on keyboards of other scripts, and with Caps Lock', async ({ page, todo }) => {
  await todo.openHydrated();
  await todo.checkbox(FIRST).focus();
  await pressAs(page, { key: '\u043e', code: 'KeyJ' });
  await expect(todo.checkbox(SECOND)).toBeFocused();
  await pressAs(page, { key: 'K', code: 'KeyK' });
  await expect(todo.checkbox(FIRST)).toBeFocused();
  await pressAs(page, { key: '\u0447', code: 'KeyX' });
  await expect(todo.checkbox(FIRST)).toBeChecked();
  await pressAs(page, { key: '\u044f', code: 'KeyZ', ctrlKey: true });
  await expect(todo.checkbox(FIRST)).not.toBeChecked();
  // A Latin letter counts as what it says: this is J on a Dvorak keyboard.
  await pressAs(page, { key: 'j', code: 'KeyC' });
  await expect(todo.checkbox(SECOND)).toBeFocused();
  // An Arabic digit.
  await pressAs(page, { key: '\u0662', code: 'Digit2' });
  await expect(page).toHaveURL('/active');
  await pressAs(page, { key: '\u0661', code: 'Digit1' });
  await expect(page).toHaveURL('/');
  await pressAs(page, { key: '\u0434', code: 'Slash' });
  await expect(page.locator('#search')).toBeFocused();
});

test('a key that is held acts once, except for moving', async ({ page, todo }) => {
  await todo.openHydrated();
  await todo.add('Third');
  await todo.add('Fourth');
  await todo.checkbox(FIRST).focus();
  await pressAs(page, { key: 'Delete', code: 'Delete' });
  for (let count = 0; count < 3; count++) await pressAs(page, { key: 'Delete', code: 'Delete', repeat: true });
  await todo.expectTitles(SECOND, 'Third', 'Fourth');
  await todo.checkbox(SECOND).focus();
  for (let count = 0; count < 2; count++) await pressAs(page, { key: 'j', code: 'KeyJ', repeat: true });
  await expect(todo.checkbox('Fourth')).toBeFocused();
});

test('the key that ends a composition in Safari neither saves nor cancels', async ({ page, todo }) => {
  await todo.openHydrated();
  await todo.checkbox(FIRST).focus();
  await page.keyboard.press('Enter');
  for (const key of ['Enter', 'Escape']) {
    await pressAs(page, { key, code: key, keyCode: 229 });
    await expect(todo.editor).toBeVisible();
  }
  await pressAs(page, { key: 'Escape', code: 'Escape' });
  await expect(todo.editor).toBeHidden();
});
