// Adding items. No test in this folder waits for the script.
import { LATE, expect, test } from '../../support/fixtures.ts';
import { TodoPage } from '../../support/todo-page.ts';

test('a fresh server shows its two items and a form', async ({ page, todo }) => {
  await todo.open();
  await expect(page).toHaveTitle('Dynamic To-Do List');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('My To-Do List');
  await todo.expectAdded();
  await expect(page.getByRole('heading', { level: 2 })).toHaveText('Add a New Item');
  await expect(page.locator('form#add-item-form input#item-input')).toHaveAttribute('required', '');
  await expect(todo.field).toBeFocused();
  await expect(todo.field).toHaveAccessibleName('Add a New Item');
  await expect(todo.button).toBeVisible();
});

test('Enter adds an item at the end and clears the field', LATE, async ({ server, todo }) => {
  await todo.open();
  await todo.add('Buy milk');
  await todo.expectAdded('Buy milk');
  await expect(todo.field).toHaveValue('');
  await expect(todo.field).toBeFocused();
  await server.expectAdded(['Buy milk']);
});

test('the button adds an item at the end and clears the field', async ({ server, todo }) => {
  await todo.open();
  await todo.field.fill('Buy milk');
  await todo.button.click();
  await todo.expectAdded('Buy milk');
  await expect(todo.field).toHaveValue('');
  await expect(todo.field).toBeFocused();
  await server.expectAdded(['Buy milk']);
});

test('surrounding white space is removed, and an empty or blank text adds nothing', async ({ server, todo }) => {
  await todo.open();
  await todo.add('  Buy milk  ');
  await todo.expectAdded('Buy milk');
  await todo.field.press('Enter');
  await todo.add('   ');
  await todo.add('Buy eggs');
  await todo.expectAdded('Buy milk', 'Buy eggs');
  await server.expectAdded(['Buy milk', 'Buy eggs']);
});

test('special characters are shown as typed', async ({ page, server, todo }) => {
  const texts = [
    '<b>bold</b> & "quoted" \'text\' &amp; %20 + #',
    '</li></ul><script>document.title = "changed"</script>',
    '\u{1f469}\u{200d}\u{1f4bb} e\u{301} \u05e9\u05dc\u05d5\u05dd \u202eabc',
  ];
  await todo.open();
  for (const [index, text] of texts.entries()) {
    await todo.add(text);
    await expect(todo.items).toHaveCount(3 + index);
    await expect(todo.items.last()).toHaveText(text);
  }
  await server.expectAdded(texts);
  await page.reload();
  for (const [index, text] of texts.entries()) {
    await expect(todo.items.nth(2 + index)).toHaveText(text);
  }
  await expect(page).toHaveTitle('Dynamic To-Do List');
});

test('a reload and a second visitor show the same list', async ({ browser, page, server, todo }) => {
  await todo.open();
  await todo.add('Buy milk');
  await todo.expectAdded('Buy milk');
  await server.expectAdded(['Buy milk']);
  await page.reload();
  await todo.expectAdded('Buy milk');
  const visitor = await browser.newContext({ baseURL: server.url });
  const other = new TodoPage(await visitor.newPage());
  await other.open();
  await other.expectAdded('Buy milk');
  await visitor.close();
});

test.describe('refused', () => {
  // The browser logs every status above 399.
  test.use({ noisy: true });

  test('a text that is too long is refused and stays in the field', async ({ server, todo }) => {
    const text = 'x'.repeat(501);
    await todo.open();
    await todo.add(text);
    await expect(todo.error).toBeVisible();
    await expect(todo.page.getByText('It has 501 characters; at most 500 fit.')).toBeVisible();
    await expect(todo.field).toHaveValue(text);
    await todo.expectAdded();
    expect(await server.items()).toHaveLength(2);
    await todo.add('Shorter');
    await todo.expectAdded('Shorter');
    await expect(todo.error).toHaveCount(0);
  });

  test('a page that does not exist links to the list', async ({ page, todo }) => {
    const response = await page.goto('/nothing');
    expect(response?.status()).toBe(404);
    await page.getByRole('link', { name: 'Back to the list' }).click();
    await todo.expectAdded();
  });
});
