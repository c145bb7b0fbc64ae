// The page as a person sees it. Every method works with script, without script, and before the script arrives.
import { type BrowserContext, expect, type Locator, type Page, type Request } from '@playwright/test';

export const FIRST = 'Build the front-end';
export const SECOND = 'Connect to the back-end';

/** The texts of the status. */
export const SAVED = 'All changes saved';
export const SAVING = 'Saving';
export const KEPT = /^Offline\. \d+ to send$/;
export const TOO_MANY_PAGES = /^Too many new pages here\. \d+ to send$/;
export const OFFLINE = 'Offline. All changes saved';
export const NOT_SAVED = 'Not saved yet. Keep this page open';
export const RELOAD = 'Reload to save your changes';

export type View = 'All' | 'Active' | 'Completed';
export type Way = 'to top' | 'up' | 'down' | 'to bottom';

export class TodoPage {
  readonly list: Locator;
  readonly items: Locator;
  readonly titles: Locator;
  readonly field: Locator;
  readonly button: Locator;
  readonly error: Locator;
  /** The checkbox for all items. */
  readonly all: Locator;
  readonly count: Locator;
  readonly clear: Locator;
  readonly search: Locator;
  readonly undo: Locator;
  readonly redo: Locator;
  /** The text in place of an empty list. */
  readonly empty: Locator;
  /** The message about the latest change. */
  readonly toast: Locator;
  /** The text field of the open editor. */
  readonly editor: Locator;
  /** Texts that the server has refused. */
  readonly unsent: Locator;
  readonly shortcuts: Locator;
  /** The line that tells whether everything is saved. */
  readonly status: Locator;

  /** The calls of the server that are in flight. */
  private readonly calls = new Set<Request>();

  /** `loaded` is the event that ends the opening of a page. */
  constructor(
    readonly page: Page,
    private readonly loaded: 'load' | 'domcontentloaded' = 'load',
  ) {
    page.on('request', (request) => request.url().includes('/api/fn/') && this.calls.add(request));
    for (const end of ['requestfinished', 'requestfailed'] as const) {
      page.on(end as 'requestfinished', (request) => this.calls.delete(request));
    }
    const toolbar = page.locator('.toolbar');
    this.list = page.locator('ul#item-list');
    this.items = this.list.getByTestId('todo-item');
    this.titles = this.list.getByTestId('todo-title');
    this.field = page.getByPlaceholder('What needs to be done?');
    this.button = page.getByRole('button', { name: 'Add Item' });
    this.error = page.getByText('Error: Could not add item.');
    this.all = this.checkbox('Mark all as complete');
    this.count = page.getByTestId('todo-count');
    this.clear = page.getByRole('button', { name: 'Clear completed' });
    this.search = page.getByRole('searchbox', { name: 'Search' });
    this.undo = toolbar.getByRole('button', { name: 'Undo' });
    this.redo = toolbar.getByRole('button', { name: 'Redo' });
    this.empty = page.locator('p.empty');
    this.toast = page.locator('.toast').getByRole('paragraph');
    this.editor = page.getByRole('textbox', { name: 'Edit' });
    this.unsent = page.locator('.unsent');
    this.status = page.locator('.status');
    this.shortcuts = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  }

  async open(address = '/'): Promise<void> {
    await this.page.goto(address, { waitUntil: this.loaded });
  }

  async reload(): Promise<void> {
    await this.page.reload({ waitUntil: this.loaded });
  }

  async goBack(): Promise<void> {
    await this.page.goBack({ waitUntil: this.loaded });
  }

  async goForward(): Promise<void> {
    await this.page.goForward({ waitUntil: this.loaded });
  }

  /** Waits for hydration. */
  async hydrated(): Promise<void> {
    // Looks in every frame. An assertion looks ten times a second at first and then rarely, which adds up over all tests.
    await this.page.waitForFunction(() => document.documentElement.dataset.hydrated === '', undefined, { timeout: 15_000 });
  }

  /** Opens the page and waits for hydration. */
  async openHydrated(address = '/'): Promise<void> {
    await this.open(address);
    await this.hydrated();
  }

  /**
   * Waits until the browser has stored everything that the page has written so far. Returns the number of commands
   * in the storage. Without script there is no storage.
   */
  async stored(): Promise<number> {
    return this.page.evaluate(async () => {
      const done = (request: IDBRequest) =>
        new Promise<void>((resolve, reject) => {
          request.onsuccess = () => resolve();
          request.onerror = () => reject(request.error);
        });
      const { indexedDB } = window;
      // Opening a database that does not exist would create an empty one.
      const known = await indexedDB.databases().catch(() => []);
      // Every session has its own database.
      const session = /todo-list-session=(\w*)/.exec(document.cookie)?.[1] ?? '';
      const database = `outbox-2-${session}`;
      if (!known.some(({ name, version }) => name === database && version)) return 0;
      const opening = indexedDB.open(database);
      await done(opening);
      // The transaction waits for all earlier writes.
      const counting = opening.result.transaction('outbox').objectStore('outbox').count();
      await done(counting);
      opening.result.close();
      return counting.result;
    });
  }

  /**
   * Waits until the server has accepted everything, or the page says that it cannot, and the page has been
   * painted since.
   */
  async settled(): Promise<void> {
    await expect(async () => {
      await this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      await this.stored();
      expect(await this.status.getAttribute('data-state')).not.toMatch(/^(connecting|sending|saving)$/);
      expect(this.calls.size).toBe(0);
    }).toPass({ intervals: [20, 50, 100] });
    await expect(this.list.locator('.pending')).toHaveCount(0);
  }

  /** Expects that an element of the settled page has focus. */
  async expectFocusKept(): Promise<void> {
    await this.settled();
    await expect(this.page.locator(':focus')).toHaveCount(1);
  }

  /** The row of an item. */
  row(title: string): Locator {
    return this.items.filter({ hasText: exactly(title) });
  }

  /** The title in the row of an item. */
  title(title: string): Locator {
    return this.row(title).getByTestId('todo-title');
  }

  /** The checkbox that completes an item: that of the script or that of the form. */
  checkbox(title: string): Locator {
    // Both are visible until the style sheet arrives. The form's is the first.
    return this.page.getByRole('checkbox', { name: title, exact: true }).first();
  }

  /** The button that opens the editor. It is also the handle to drag the row by. */
  handle(title: string): Locator {
    return this.row(title).getByRole('button', { name: 'Edit or move' });
  }

  /** The link to a view. */
  view(view: View): Locator {
    return this.page.getByRole('link', { name: view, exact: true });
  }

  /** A button in the message. */
  offer(name: 'Undo' | 'Redo' | 'Show' | 'Dismiss'): Locator {
    return this.page.locator('.toast').getByRole('button', { name });
  }

  /** A button in the open editor. */
  tool(name: string): Locator {
    return this.page.locator('.editor').getByRole('button', { name, exact: true });
  }

  /** Fills in the text of a new item and presses Enter. */
  async add(text: string): Promise<void> {
    await this.field.fill(text);
    await this.field.press('Enter');
  }

  /** Adds items one after the other to the two of a fresh server. */
  async addAll(...titles: string[]): Promise<void> {
    for (const [index, title] of titles.entries()) {
      await this.add(title);
      await this.expectAdded(...titles.slice(0, index + 1));
    }
  }

  /** Completes an active item. */
  async complete(title: string): Promise<void> {
    await this.checkbox(title).click();
    await expect(this.page.getByRole('checkbox', { name: title, exact: true, checked: false })).toHaveCount(0);
  }

  /** Makes a completed item active again. */
  async reopen(title: string): Promise<void> {
    await this.checkbox(title).click();
    await expect(this.page.getByRole('checkbox', { name: title, exact: true, checked: true })).toHaveCount(0);
  }

  async remove(title: string): Promise<void> {
    await this.row(title).getByRole('button', { name: 'Remove' }).click();
    await expect(this.row(title)).toHaveCount(0);
  }

  /** Opens the editor of an item. */
  async edit(title: string): Promise<void> {
    await this.handle(title).click();
    await expect(this.editor).toHaveValue(title);
  }

  /** Gives an item another title. */
  async rename(title: string, text: string): Promise<void> {
    await this.edit(title);
    await this.editor.fill(text);
    await this.tool('Save').click();
    await expect(this.editor).toHaveCount(0);
  }

  /** Moves an item by a button of its editor, which then closes. */
  async move(title: string, way: Way): Promise<void> {
    await this.edit(title);
    await this.tool(`Move ${way}`).click();
    await expect(this.editor).toHaveCount(0);
  }

  /** Goes to a view. */
  async filter(view: View): Promise<void> {
    await this.view(view).click();
    await expect(this.view(view)).toHaveClass('selected');
  }

  /** Searches. Enter submits the search without script. */
  async find(text: string): Promise<void> {
    await this.search.fill(text);
    await this.search.press('Enter');
  }

  /** Chooses an entry of the menu. */
  async menu(role: 'link' | 'button', name: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Menu', exact: true }).click();
    await this.page.locator('#page-menu').getByRole(role, { name, exact: true }).click();
  }

  /** Expects that the page shows exactly these titles, in this order. */
  async expectTitles(...titles: string[]): Promise<void> {
    await expect(this.items).toHaveText(titles, { useInnerText: true });
  }

  /** Expects that the page shows exactly these titles after the two of a fresh server. */
  async expectAdded(...titles: string[]): Promise<void> {
    await this.expectTitles(FIRST, SECOND, ...titles);
  }

  /** Waits until the status has this text. */
  async expectStatus(words: string | RegExp): Promise<void> {
    await expect(this.status).toHaveText(words);
  }

  /** Tells the page that it is visible again. */
  async comeBack(): Promise<void> {
    await this.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
  }

  /**
   * Expects that the page has closed its message. A message also disappears after ten seconds, by an animation: that does
   * not count.
   */
  async expectMessageClosed(): Promise<void> {
    await expect(this.page.locator('.message')).toHaveJSProperty('hidden', true);
  }

  /** Expects this number of active items in the footer of the list. */
  async expectLeft(number: number): Promise<void> {
    await expect(this.count).toHaveText(number === 1 ? '1 item left' : `${number} items left`);
    await expect(this.count.locator('strong')).toHaveText(String(number));
  }

  /** Expects that no part of the page is wider than the window. */
  async expectNoOverflow(): Promise<void> {
    const overflow = () => document.scrollingElement!.scrollWidth - window.innerWidth;
    // The style sheet may not have arrived yet.
    await expect(async () => expect(await this.page.evaluate(overflow)).toBeLessThanOrEqual(0)).toPass();
  }
}

function exactly(text: string): RegExp {
  return new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*$`);
}

/** Opens another tab of a browser, and waits until it is connected to the server. */
export async function openTab(context: BrowserContext): Promise<TodoPage> {
  const tab = new TodoPage(await context.newPage());
  await tab.openHydrated();
  await tab.expectStatus(SAVED);
  return tab;
}
