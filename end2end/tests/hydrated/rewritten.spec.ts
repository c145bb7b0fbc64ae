// The text of the page is changed between server and hydration, or after it: the titles of the list stay what they are.
import { pasteElsewhere } from '../../support/clipboard.ts';
import { expect, test } from '../../support/fixtures.ts';
import { RewritingProxy, TRANSLATED, hideAddresses, rewritePages, translate } from '../../support/rewriting.ts';
import { FIRST, SECOND, type TodoPage } from '../../support/todo-page.ts';

const MAIL = 'Write to ann@example.com';
const LINKED = 'Read https://example.org/ today';

/** Opens a list page with a rewritten document. */
async function openRewritten(todo: TodoPage, rewrite: (html: string) => string, address = '/'): Promise<void> {
  await rewritePages(todo.page, rewrite);
  await todo.openHydrated(address);
}

test.describe(() => {
  test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

  test('an address that a proxy has hidden is shown, found, edited and copied', async ({ page, server, todo }) => {
    await server.addMany([MAIL, LINKED]);
    await openRewritten(todo, hideAddresses);
    await todo.expectAdded(MAIL, LINKED);
    await expect(page.locator('.__cf_email__')).toHaveCount(0);
    await todo.search.fill('ann@');
    await todo.expectTitles(MAIL);
    await todo.search.fill('');
    await todo.expectAdded(MAIL, LINKED);
    await todo.edit(MAIL);
    await todo.editor.press('Enter');
    await todo.complete(MAIL);
    await todo.menu('button', 'Copy as text');
    expect(await pasteElsewhere(page)).toBe(`${[FIRST, SECOND, MAIL, LINKED].join('\n')}\n`);
    await todo.settled();
    await server.expectAdded([MAIL, LINKED]);
    await server.expectCompleted([MAIL]);
  });
});

test('a translated page shows the titles, with their links and the matches of a search', async ({ page, server, todo }) => {
  await server.addMany([MAIL, LINKED]);
  await openRewritten(todo, translate, '/?q=today');
  await todo.expectTitles(LINKED);
  await expect(todo.titles.getByRole('link')).toHaveAttribute('href', 'https://example.org/');
  await expect(todo.list.locator('mark')).toHaveText('today');
  await todo.search.fill('');
  await todo.expectAdded(MAIL, LINKED);
});

test('a row far from the window shows its title before it comes into view', async ({ page, server, todo }) => {
  const titles = Array.from({ length: 300 }, (_, index) => `Item ${index}`);
  await server.addMany(titles);
  await openRewritten(todo, translate);
  await expect(todo.items).toHaveCount(302);
  await todo.items.last().scrollIntoViewIfNeeded();
  await expect(todo.title('Item 299')).toBeVisible();
  await todo.edit('Item 299');
  await todo.editor.press('Escape');
  await todo.search.fill('Item 29');
  await expect(todo.items).toHaveCount(11);
  await todo.expectTitles('Item 29', ...titles.slice(290));
});

test('a title that is rewritten after hydration is edited as it is', async ({ server, todo }) => {
  await todo.openHydrated();
  await todo.titles.evaluateAll((all, text) => {
    for (const title of all) title.innerHTML = `<font><font>${text}</font></font>`;
  }, TRANSLATED);
  await todo.handle(TRANSLATED).first().click();
  await expect(todo.editor).toHaveValue(FIRST);
  await todo.editor.press('Enter');
  await todo.expectTitles(FIRST, TRANSLATED);
  await todo.complete(TRANSLATED);
  await todo.expectAdded();
  await todo.settled();
  await server.expectItems([FIRST, SECOND]);
  await server.expectCompleted([SECOND]);
});

test('the other views have all items, with the rewritten text of none', async ({ page, server, todo }) => {
  await server.addMany([MAIL, LINKED]);
  await server.change(MAIL, { completed: true });
  for (const [address, titles] of [['/active', [FIRST, SECOND, LINKED]], ['/completed', [MAIL]]] as const) {
    await openRewritten(todo, (html) => translate(hideAddresses(html)), address);
    await todo.expectTitles(...titles);
    await todo.expectLeft(3);
    await todo.filter('All');
    await todo.expectAdded(MAIL, LINKED);
    await expect(todo.checkbox(MAIL)).toBeChecked();
  }
});

test.describe('without a network', () => {
  // The browser logs the failed requests.
  test.use({ noisy: true });

  test('a rewritten page is cached, and opens without a network with the titles of the list', async ({ page, server, todo }) => {
    await server.addMany([MAIL, LINKED]);
    await server.change(MAIL, { completed: true });
    const proxy = new RewritingProxy(server.url, (html) => translate(hideAddresses(html)));
    await proxy.start();
    await page.goto(proxy.url);
    await todo.hydrated();
    const kept = await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      const message = new Promise((done) => navigator.serviceWorker.addEventListener('message', ({ data }) => done(data.kept)));
      (await navigator.serviceWorker.ready).active!.postMessage('keep');
      return message;
    });
    const { headers } = await fetch(server.url);
    expect(kept).toBe(headers.get('list-cursor'));
    await page.context().setOffline(true);
    for (const [address, titles] of [['/completed', [MAIL]], ['/active', [FIRST, SECOND, LINKED]], ['/', [FIRST, SECOND, MAIL, LINKED]]] as const) {
      await page.goto(proxy.url + address);
      await todo.hydrated();
      await todo.expectTitles(...titles);
    }
    proxy.stop();
  });
});

for (const [name, rewrite] of [
  ['missing', (html: string) => html.replace(/<script type="application\/json".*?<\/script>/s, '')],
  ['damaged', (html: string) => html.replace('"titles":', '"titles";')],
  ['incomplete', (html: string) => html.replace('"titles":', '"other":')],
] as const) {
  test(`a page whose state is ${name} works by its forms`, async ({ page, server, todo }) => {
    await rewritePages(page, rewrite);
    await todo.open();
    // The script registers the service worker after hydration.
    await page.evaluate(async () => void (await navigator.serviceWorker.ready));
    await expect(page.locator('html')).not.toHaveAttribute('data-hydrated');
    const posted = page.waitForRequest((request) => request.method() === 'POST' && request.isNavigationRequest());
    await todo.add('By the form');
    await posted;
    await todo.expectAdded('By the form');
    await server.expectAdded(['By the form']);
  });
}
