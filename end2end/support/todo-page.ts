import { expect, type Locator, type Page } from '@playwright/test';

/** The page as a person sees it. */
export class TodoPage {
  readonly list: Locator;
  readonly items: Locator;
  readonly field: Locator;
  readonly button: Locator;
  readonly error: Locator;

  constructor(readonly page: Page) {
    this.list = page.locator('ul#item-list');
    this.items = this.list.getByTestId('todo-item');
    this.field = page.getByPlaceholder('What needs to be done?');
    this.button = page.getByRole('button', { name: 'Add Item' });
    this.error = page.getByText('Error: Could not add item.');
  }

  async open(): Promise<void> {
    await this.page.goto('/');
  }

  /** Waits until the script has taken over. */
  async hydrated(): Promise<void> {
    await expect(this.page.locator('html')).toHaveAttribute('data-hydrated', '');
  }

  /** Opens the page and waits until the script has taken over. */
  async openHydrated(): Promise<void> {
    await this.open();
    await this.hydrated();
  }

  /** Types a text and presses Enter. */
  async add(text: string): Promise<void> {
    await this.field.fill(text);
    await this.field.press('Enter');
  }

  /** Expects exactly these titles below the two of a fresh server. */
  async expectAdded(...titles: string[]): Promise<void> {
    await expect(this.items).toHaveText(['Build the front-end', 'Connect to the back-end', ...titles], {
      useInnerText: true,
    });
  }
}
