// The page as a person sees it. Every method works with script, without it, and before it has arrived.
import { type BrowserContext, expect, type Locator, type Page, type Request } from '@playwright/test';

export const FIRST = 'Build the front-end';
export const SECOND = 'Connect to the back-end';

/** What the status says. */
export const SAVED = 'All changes saved';
export const SAVING = 'Saving';
export const KEPT = 'Saved on this device - will send when you are back online';
export const PUT_OFF = 'Saved on this device - too many new pages here, will send soon';
export const OFFLINE = 'Offline - all changes saved';
export const NOT_SAVED = 'Not saved yet - keep this page open';
export const RELOAD = 'Reload this page to save your changes';

export type View = 'All' | 'Active' | 'Completed';
export type Way = 'to top' | 'up' | 'down' | 'to bottom';

export class TodoPage {
  readonly list: Locator;
  readonly items: Locator;
  readonly titles: Locator;
  readonly field: Locator;
  readonly button: Locator;
  readonly error: Locator;
  /** The control for all items. */
  readonly all: Locator;
  readonly count: Locator;
  readonly clear: Locator;
  readonly search: Locator;
  readonly undo: Locator;
  readonly redo: Locator;
  /** What is said instead of items. */
  readonly empty: Locator;
  /** The message about the latest step. */
  readonly toast: Locator;
  /** The field of the open editor. */
  readonly editor: Locator;
  /** Texts that the server has not taken. */
  readonly unsent: Locator;
  readonly shortcuts: Locator;
  /** Whether everything is saved. */
  readonly status: Locator;

  /** What the page has asked the server and is not answered yet. */
  private readonly calls = new Set<Request>();

  constructor(readonly page: Page) {
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
    await this.page.goto(address);
  }

  /** Waits until the script has taken over. */
  async hydrated(): Promise<void> {
    await expect(this.page.locator('html')).toHaveAttribute('data-hydrated', '');
  }

  /** Opens the page and waits until the script has taken over. */
  async openHydrated(address = '/'): Promise<void> {
    await this.open(address);
    await this.hydrated();
  }

  /**
   * Waits until this browser has stored what the page has given it so far, and answers how many commands it
   * holds then. Without script there is no storage, and nothing in it.
   */
  async stored(): Promise<number> {
    return this.page.evaluate(async () => {
      const done = (request: IDBRequest) =>
        new Promise<void>((resolve, reject) => {
          request.onsuccess = () => resolve();
          request.onerror = () => reject(request.error);
        });
      const { indexedDB } = window;
      // To open a database that is not there would make one, and an empty one at that.
      const known = await indexedDB.databases().catch(() => []);
      // Every session has one of its own.
      const session = /todo-list-session=(\w*)/.exec(document.cookie)?.[1] ?? '';
      const database = `outbox${session}`;
      if (!known.some(({ name, version }) => name === database && version)) return 0;
      const opening = indexedDB.open(database);
      await done(opening);
      // It waits for all that was to be written before.
      const counting = opening.result.transaction('outbox').objectStore('outbox').count();
      await done(counting);
      opening.result.close();
      return counting.result;
    });
  }

  /**
   * Waits until the server has taken everything, or the page has said that it cannot, and the page has been
   * painted since.
   */
  async settled(): Promise<void> {
    await expect(async () => {
      await this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      await this.stored();
      expect(await this.status.getAttribute('data-state')).not.toMatch(/^(connecting|sending|saving)$/);
      expect(this.calls.size).toBe(0);
    }).toPass();
    await expect(this.list.locator('.pending')).toHaveCount(0);
  }

  /** Expects, once the page has settled, that something in it has the keyboard. */
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

  /** The control that completes an item: the script's or the form's, whichever is to be seen. */
  checkbox(title: string): Locator {
    // As long as the style sheet is on its way, both are there, and it is the form's turn.
    return this.page.getByRole('checkbox', { name: title, exact: true }).first();
  }

  /** The button that opens the editor, by which a row is dragged too. */
  handle(title: string): Locator {
    return this.row(title).getByRole('button', { name: 'Edit or move' });
  }

  /** A link to a view. */
  view(view: View): Locator {
    return this.page.getByRole('link', { name: view, exact: true });
  }

  /** A button of the message. */
  offer(name: 'Undo' | 'Redo' | 'Dismiss'): Locator {
    return this.page.locator('.toast').getByRole('button', { name });
  }

  /** A button of the open editor. */
  tool(name: string): Locator {
    return this.page.locator('.editor').getByRole('button', { name, exact: true });
  }

  /** Types a text and presses Enter. */
  async add(text: string): Promise<void> {
    await this.field.fill(text);
    await this.field.press('Enter');
  }

  /** Adds these items one after the other, below the two of a fresh server. */
  async addAll(...titles: string[]): Promise<void> {
    for (const [index, title] of titles.entries()) {
      await this.add(title);
      await this.expectAdded(...titles.slice(0, index + 1));
    }
  }

  /** Completes an open item. */
  async complete(title: string): Promise<void> {
    await this.checkbox(title).click();
    await expect(this.page.getByRole('checkbox', { name: title, exact: true, checked: false })).toHaveCount(0);
  }

  /** Opens a completed item again. */
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

  /** Moves an item by the buttons of its editor, which closes. */
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

  /** Searches, with Enter as one does without script. */
  async find(text: string): Promise<void> {
    await this.search.fill(text);
    await this.search.press('Enter');
  }

  /** Opens the menu and takes one of its entries. */
  async menu(role: 'link' | 'button', name: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Menu', exact: true }).click();
    await this.page.locator('#page-menu').getByRole(role, { name, exact: true }).click();
  }

  /** Expects exactly these titles to be seen, in this order. */
  async expectTitles(...titles: string[]): Promise<void> {
    await expect(this.items).toHaveText(titles, { useInnerText: true });
  }

  /** Expects exactly these titles below the two of a fresh server. */
  async expectAdded(...titles: string[]): Promise<void> {
    await this.expectTitles(FIRST, SECOND, ...titles);
  }

  /** Expects that the status comes to say this. */
  async expectStatus(words: string): Promise<void> {
    await expect(this.status).toHaveText(words);
  }

  /** Lets the page know that somebody comes back to it. */
  async comeBack(): Promise<void> {
    await this.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
  }

  /** Expects the number of open items, as it is said below the list. */
  async expectLeft(number: number): Promise<void> {
    await expect(this.count).toHaveText(number === 1 ? '1 item left' : `${number} items left`);
    await expect(this.count.locator('strong')).toHaveText(String(number));
  }

  /** Expects that nothing is wider than the window. */
  async expectNoOverflow(): Promise<void> {
    const overflow = () => document.scrollingElement!.scrollWidth - window.innerWidth;
    // The style sheet of a page that was just loaded may be on its way.
    await expect(async () => expect(await this.page.evaluate(overflow)).toBeLessThanOrEqual(0)).toPass();
  }
}

function exactly(text: string): RegExp {
  return new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*$`);
}

/** Opens one more tab of a browser, and waits until it knows that the server is there. */
export async function openTab(context: BrowserContext): Promise<TodoPage> {
  const tab = new TodoPage(await context.newPage());
  await tab.openHydrated();
  await tab.expectStatus(SAVED);
  return tab;
}
