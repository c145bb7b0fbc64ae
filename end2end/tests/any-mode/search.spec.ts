// A search finds what looks the same, and marks exactly that, with and without script.
import { expect, test } from '../../support/fixtures.ts';
import { SEARCH_VECTORS } from '../../support/search-vectors.ts';
import type { TodoPage } from '../../support/todo-page.ts';

/** The titles that the page shows, with the matches in brackets. */
const marked = (todo: TodoPage) =>
  todo.titles.evaluateAll((titles) =>
    titles.map((title) => [...title.childNodes].map((part) => (part.nodeName === 'MARK' ? `[${part.textContent}]` : part.textContent)).join('')),
  );

test('what looks the same is found and marked exactly', async ({ server, todo }) => {
  expect(SEARCH_VECTORS.length).toBeGreaterThan(20);
  await server.addMany([...new Set(SEARCH_VECTORS.map(({ marked }) => marked.replace(/[[\]]/g, '')))]);
  await todo.open();
  for (const vector of SEARCH_VECTORS) {
    await todo.find(vector.search);
    await expect.poll(() => marked(todo), vector.search).toContain(vector.marked);
    await expect(todo.titles.filter({ hasNot: todo.page.locator('mark') })).toHaveCount(0);
  }
});

test('a search for invisible characters only shows all items', async ({ todo }) => {
  await todo.open();
  await todo.find('\u00ad\u200b ');
  await todo.expectAdded();
});
