// A browser with a profile folder that outlives its process.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type BrowserType, type LaunchOptions, expect } from '@playwright/test';
import { TodoPage } from './todo-page.ts';

export class Profile {
  private readonly folder = mkdtempSync(join(tmpdir(), 'todo-list-browser-'));
  private context?: BrowserContext;

  constructor(
    private readonly browser: BrowserType,
    private readonly options: LaunchOptions & { baseURL: string },
  ) {}

  /** Starts the browser and opens the list. */
  async open(): Promise<TodoPage> {
    this.context = await this.browser.launchPersistentContext(this.folder, this.options);
    const [page] = this.context.pages();
    const todo = new TodoPage(page);
    await todo.openHydrated();
    return todo;
  }

  /** Closes the browser in the regular way. */
  async close(): Promise<void> {
    await this.context?.close();
    this.context = undefined;
  }

  /** Kills all processes of the browser. */
  async kill(): Promise<void> {
    const closed = this.context!.waitForEvent('close');
    const processes = () => execFileSync('ps', ['-axo', 'pid=,args='], { encoding: 'utf8', maxBuffer: 1 << 26 }).split('\n');
    // The command line of each process names the folder.
    const own = () => processes().filter((line) => line.includes(`--user-data-dir=${this.folder}`));
    for (const line of own()) {
      try {
        process.kill(Number.parseInt(line, 10), 'SIGKILL');
      } catch (error) {
        // The process has ended together with another one.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
    await closed;
    await expect.poll(() => own().length).toBe(0);
    this.context = undefined;
  }

  /** Closes the browser and deletes its folder. */
  async discard(): Promise<void> {
    await this.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
