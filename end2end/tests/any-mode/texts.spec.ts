// The text of titles: addresses are links, and no text breaks the page.
import { expect, test } from '../../support/fixtures.ts';
import { FIRST } from '../../support/todo-page.ts';

test('an address in a title is a link, and the editor shows the text', async ({ server, todo }) => {
  const title = 'Read https://example.org/a?b=c&d (and http://example.com/x).';
  await todo.open();
  await todo.add(title);
  await todo.expectAdded(title);
  const links = todo.title(title).getByRole('link');
  await expect(links).toHaveText(['https://example.org/a?b=c&d', 'http://example.com/x']);
  for (const [index, address] of ['https://example.org/a?b=c&d', 'http://example.com/x'].entries()) {
    await expect(links.nth(index)).toHaveAttribute('href', address);
    await expect(links.nth(index)).toHaveAttribute('rel', /(^| )noopener( |$)/);
    await expect(links.nth(index)).toHaveAttribute('target', '_blank');
  }
  await server.expectAdded([title]);
  await todo.edit(title);
});

test('only http and https addresses are links', async ({ server, todo }) => {
  const titles = [
    'javascript:alert(1)',
    'javascript://example.org/%0aalert(1)',
    'data:text/html,<script>alert(1)</script>',
    'xhttps://example.org/',
    'https:// and more',
    '<a href="https://example.org">here</a>',
  ];
  await server.addMany(titles);
  await todo.open();
  await expect(todo.items).toHaveCount(2 + titles.length);
  for (const title of titles.slice(0, -1)) {
    await expect(todo.title(title)).toHaveText(title);
    await expect(todo.title(title).getByRole('link')).toHaveCount(0);
  }
  // Only the address is a link, without the markup around it.
  await expect(todo.items.last()).toHaveText(titles.at(-1)!);
  await expect(todo.items.last().getByRole('link')).toHaveAttribute('href', 'https://example.org');
});

test('a link stays one link when a search matches a part of it', async ({ server, todo }) => {
  const title = 'See https://example.org/path';
  await server.add(title);
  await todo.open('/?q=example');
  await todo.expectTitles(title);
  const links = todo.title(title).getByRole('link');
  await expect(links).toHaveText(['https://', 'example', '.org/path']);
  for (const link of await links.all()) await expect(link).toHaveAttribute('href', 'https://example.org/path');
});

test.describe('on a narrow window', () => {
  test.use({ viewport: { width: 320, height: 640 } });

  const texts = {
    'five hundred letters without a space': 'x'.repeat(500),
    'five hundred wide letters': '\u{1f9d1}\u{200d}\u{1f680}'.repeat(166),
    'a long address': `https://example.org/${'path/'.repeat(90)}`,
    'letters with many marks': `Z${'\u{0335}\u{0322}\u{030d}'.repeat(100)}algo`,
    'a text from right to left': '\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd '.repeat(30).trim(),
  };
  test('long and wide texts are shown completely, and no part of the page is wider than the window', async ({ server, todo }) => {
    await todo.open();
    for (const [index, [name, text]] of Object.entries(texts).entries()) {
      await test.step(name, async () => {
        await todo.add(text);
        await expect(todo.items).toHaveCount(3 + index);
        await expect(todo.items.last()).toHaveText(text);
        await todo.expectNoOverflow();
        await todo.items.last().getByRole('button', { name: 'Edit or move' }).click();
        await expect(todo.editor).toHaveValue(text);
        await todo.expectNoOverflow();
        await todo.tool('Cancel').click();
        await expect(todo.editor).toHaveCount(0);
      });
    }
    await server.expectAdded(Object.values(texts));
    await todo.find('x'.repeat(200));
    await expect(todo.search).toHaveValue('x'.repeat(200));
    await expect(todo.items).not.toHaveCount(3 + Object.keys(texts).length);
    await todo.expectNoOverflow();
  });
});

test('each title has its own text direction', async ({ server, todo }) => {
  await server.add('\u05e9\u05dc\u05d5\u05dd');
  await todo.open();
  await expect(todo.title('\u05e9\u05dc\u05d5\u05dd')).toHaveCSS('direction', 'rtl');
  await expect(todo.title(FIRST)).toHaveCSS('direction', 'ltr');
  await todo.edit('\u05e9\u05dc\u05d5\u05dd');
  await expect(todo.editor).toHaveCSS('direction', 'rtl');
});
