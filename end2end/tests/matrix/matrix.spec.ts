// Every failure with every kind of change: after the failure nothing is lost or doubled, and the order is kept.
import type { BrowserContext } from '@playwright/test';
import { expect, test } from '../../support/fixtures.ts';
import { CALLS } from '../../support/network.ts';
import { Profile } from '../../support/profile.ts';
import { POLL, type Server } from '../../support/server.ts';
import { FIRST, KEPT, RELOAD, SAVED, SAVING, SECOND, type TodoPage, openTab } from '../../support/todo-page.ts';

test.use({ noisy: true, durable: true });

type Step = (todo: TodoPage) => Promise<unknown>;

interface Action {
  /** Changes from before the failure, which have reached the server. */
  before?: Step[];
  /** Changes during the failure, in this order. */
  steps: Step[];
  /** The number of commands of `steps`. */
  commands: number;
  /** Whether the steps depend on the history of one page. */
  inOneTab?: boolean;
  items: string[];
  completed?: string[];
}

const THIRD = 'Write the tests';
const FOURTH = 'Run the tests';
const LIST = [FIRST, SECOND, THIRD, FOURTH];

const actions: Record<string, Action> = {
  add: {
    steps: ['One', 'Two', 'Three'].map((title) => (todo) => todo.add(title)),
    commands: 3,
    items: [...LIST, 'One', 'Two', 'Three'],
  },
  complete: {
    steps: [(todo) => todo.complete(FIRST), (todo) => todo.complete(THIRD), (todo) => todo.reopen(FIRST)],
    commands: 3,
    items: LIST,
    completed: [THIRD],
  },
  edit: {
    steps: [
      (todo) => todo.rename(FIRST, 'One'),
      (todo) => todo.rename(THIRD, 'Three'),
      (todo) => todo.rename('One', 'One and a half'),
    ],
    commands: 3,
    items: ['One and a half', SECOND, 'Three', FOURTH],
  },
  remove: {
    steps: [(todo) => todo.remove(SECOND), (todo) => todo.remove(FOURTH)],
    commands: 2,
    items: [FIRST, THIRD],
  },
  move: {
    // In another order these would lead to another list.
    steps: [(todo) => todo.move(FOURTH, 'to top'), (todo) => todo.move(FIRST, 'to top'), (todo) => todo.move(THIRD, 'up')],
    commands: 3,
    items: [FIRST, FOURTH, THIRD, SECOND],
  },
  undo: {
    before: [(todo) => todo.rename(FIRST, 'One'), (todo) => todo.complete(THIRD)],
    // Undoes both changes, redoes the first one, and undoes a change from during the failure.
    steps: [
      (todo) => todo.undo.click(),
      (todo) => todo.undo.click(),
      (todo) => todo.redo.click(),
      (todo) => todo.add('Not meant'),
      (todo) => todo.undo.click(),
    ],
    commands: 5,
    inOneTab: true,
    items: ['One', SECOND, THIRD, FOURTH],
  },
};

interface Scene {
  server: Server;
  context: BrowserContext;
  todo: TodoPage;
  /** Makes the changes of the action, in turns in the given tabs. */
  act: (...tabs: TodoPage[]) => Promise<void>;
}

interface Failure {
  /** Begins and ends the failure. Returns the pages that have to show the list after it. */
  run: (scene: Scene) => Promise<TodoPage[]>;
  /** Whether the browser restarts, for which it needs a profile folder. */
  restartsBrowser?: boolean;
}

/** Answers every call with this status. */
function failing(status: number): Failure {
  return {
    run: async ({ todo, act, context }) => {
      await context.route('**/api/**', (route) => route.fulfill({ status, body: 'No' }));
      await act(todo);
      await todo.expectStatus(KEPT);
      await context.unrouteAll();
      return [todo];
    },
  };
}

const failures = (profile: () => Profile): Record<string, Failure> => ({
  offline: {
    run: async ({ todo, act, context }) => {
      await context.setOffline(true);
      await act(todo);
      await todo.expectStatus(KEPT);
      await context.setOffline(false);
      return [todo];
    },
  },
  'server killed before it answers': {
    run: async ({ server, todo, act, context }) => {
      let killed = () => {};
      const dead = new Promise<void>((resolve) => (killed = resolve));
      // The server executes the first call, and its response is lost. It is gone for any later call.
      await context.route(CALLS, async (route) => {
        await route.fetch().catch(() => {});
        await server.kill();
        await route.abort();
        killed();
      });
      await act(todo);
      await dead;
      await context.unrouteAll({ behavior: 'wait' });
      await server.start();
      return [todo];
    },
  },
  'status 500': failing(500),
  'status 503': failing(503),
  'slow 3G': {
    run: async ({ todo, act, context }) => {
      const session = await context.newCDPSession(todo.page);
      // The profile of the browser's developer tools, in milliseconds and bytes per second.
      await session.send('Network.emulateNetworkConditions', {
        offline: false,
        latency: 2_000,
        downloadThroughput: 50_000,
        uploadThroughput: 50_000,
      });
      await act(todo);
      await todo.expectStatus(SAVING);
      return [todo];
    },
  },
  'tab closed with unsent work': {
    run: async ({ todo, act, context }) => {
      await context.setOffline(true);
      await act(todo);
      await todo.stored();
      await todo.page.close();
      await context.setOffline(false);
      return [await openTab(context)];
    },
  },
  'browser restarted': {
    restartsBrowser: true,
    run: async ({ server, todo, act }) => {
      await server.kill();
      await act(todo);
      await todo.stored();
      await profile().close();
      await server.start();
      return [await profile().open()];
    },
  },
  'two tabs': {
    run: async ({ server, todo, act, context }) => {
      const other = await openTab(context);
      await server.kill();
      await act(todo, other);
      await server.start();
      return [todo, other];
    },
  },
  'server restarted': {
    run: async ({ server, todo, act }) => {
      await server.stop();
      await act(todo);
      await server.start();
      return [todo];
    },
  },
  'server upgraded': {
    run: async ({ todo, act, context }) => {
      // A server of another version cannot read the calls of this page.
      await context.route(CALLS, (route) => {
        const body = route.request().postDataBuffer()!.toString('latin1').replace('todo-list 2', 'todo-list 0');
        return route.continue({ postData: Buffer.from(body, 'latin1') });
      });
      await act(todo);
      await todo.expectStatus(RELOAD);
      await context.unrouteAll();
      await todo.page.reload();
      await todo.hydrated();
      return [todo];
    },
  },
});

/** The titles that a page shows, and whether each is completed. */
async function shown(todo: TodoPage): Promise<[string, boolean][]> {
  return todo.items.evaluateAll((rows) =>
    rows.map((row) => [(row as HTMLElement).innerText.trim(), row.querySelector<HTMLInputElement>('input.toggle')!.checked]),
  );
}

/** The numbers of `titles` that are missing in `others`, and of those that are in `others` too often. */
function compare(titles: string[], others: string[]): { lost: number; doubled: number } {
  const count = (list: string[], title: string) => list.filter((other) => other === title).length;
  const difference = (a: string[], b: string[]) =>
    [...new Set(a)].reduce((sum, title) => sum + Math.max(0, count(a, title) - count(b, title)), 0);
  return { lost: difference(titles, others), doubled: difference(others, titles) };
}

// Two actions for each failure, a different two for the next one. With MATRIX set, all actions.
const isIncluded = (row: number, column: number) => !!process.env.MATRIX || (row + column) % 3 === 0;

for (const [row, failure] of Object.keys(failures(() => undefined!)).entries()) {
  for (const [column, [name, action]] of Object.entries(actions).entries()) {
    if (!isIncluded(row, column)) continue;
    test(`${failure}, ${name}`, async ({ server, context, playwright, launchOptions }, testInfo) => {
      let profile: Profile | undefined;
      const { run, restartsBrowser } = failures(() => profile!)[failure];
      for (const title of LIST.slice(2)) await server.add(title);
      let todo: TodoPage;
      if (restartsBrowser) {
        profile = new Profile(playwright.chromium, { ...launchOptions, baseURL: server.url });
        todo = await profile.open();
      } else {
        todo = await openTab(context);
      }
      for (const step of action.before ?? []) await step(todo);
      await expect.poll(() => todo.stored(), POLL).toBe(0);
      await todo.settled();
      const before = await server.revision();

      const act = async (...tabs: TodoPage[]) => {
        // A tab that was opened later cannot undo the changes of another tab.
        const using = action.inOneTab ? tabs.slice(0, 1) : tabs;
        for (const [index, step] of action.steps.entries()) {
          const tab = using[index % using.length];
          const looks = await shown(tab);
          await step(tab);
          await expect.poll(() => shown(tab), POLL).not.toEqual(looks);
          // The next step in the other tab begins with the result of this one.
          for (const other of using) await expect.poll(() => shown(other), POLL).toEqual(await shown(tab));
        }
      };
      const pages = await run({ server, context, todo, act });

      const completed = action.completed ?? [];
      const expected = action.items.map((title) => [title, completed.includes(title)]);
      // Everything is sent when the storage is empty. The checks after that do not wait for the server.
      for (const page of pages) await expect.poll(() => page.stored(), POLL).toBe(0);
      for (const page of pages) {
        await page.expectStatus(SAVED);
        await expect(page.list.locator('.pending')).toHaveCount(0);
      }
      const items = await server.items();
      const cell = compare(action.items, items);
      cell.doubled += Math.max(0, (await server.revision()) - before - action.commands);
      const inOrder = items.join('\n') === action.items.join('\n');
      testInfo.annotations.push({ type: 'cell', description: JSON.stringify({ failure, action: name, ...cell, inOrder }) });
      expect({ ...cell, inOrder }).toEqual({ lost: 0, doubled: 0, inOrder: true });
      expect(await server.completed()).toEqual(completed);
      expect((await server.revision()) - before).toBe(action.commands);
      for (const page of pages) await expect.poll(() => shown(page), POLL).toEqual(expected);
      await profile?.discard();
    });
  }
}
