// Adding, completing and removing 1,000 items: our page, a page without a framework, React and Vue.
import { type Browser, expect, test } from '@playwright/test';
import { percentile, record } from '../../../support/measurements.ts';
import { prepare, workOf } from '../../../support/paint.ts';
import { REFERENCES, References } from '../../../support/references.ts';
import { isQuick } from '../../../support/results.ts';
import { Server, UNLIMITED } from '../../../support/server.ts';

const ITEMS = 1_000;
const ROUNDS = isQuick ? 1 : 5;
const GROUP = 'The page, 1,000 items';
const ACTIONS = ['add', 'complete', 'remove'] as const;

test.setTimeout(30 * 60_000);

type Action = (typeof ACTIONS)[number];

/** The time of one action for all items, in milliseconds. */
interface Time {
  /** From before the first event until the paint of the last changed row. */
  painted: number;
  /** The same until the page is idle: our page has stored everything and sent it to the server. */
  settled: number;
  /** The processor time of the page's thread, which hardly depends on the load of the machine. */
  cpu: number;
}

interface Life {
  times: Record<Action, Time>;
  /** The elements of a row, each with its classes. */
  row: string[];
}

/** Runs an action on all items, one after the other. Runs in the page. */
async function act([action, count, before]: [Action, number, number]): Promise<[number, number]> {
  const list = document.querySelector('#item-list')!;
  const field = document.querySelector<HTMLInputElement>('#item-input')!;
  const form = document.querySelector<HTMLFormElement>('#add-item-form')!;
  await window.painted();
  const begin = performance.now();
  if (action === 'add') {
    for (let index = 0; index < count; index += 1) {
      field.value = `Something to do, number ${index}`;
      // Without the form's validation, for which the browser would lay out the page each time.
      form.dispatchEvent(new SubmitEvent('submit', { bubbles: true, cancelable: true }));
    }
  } else {
    // Our rows have controls only near the window, so the loop scrolls to them.
    let done = 0;
    while (done < count) {
      const rows = [...list.querySelectorAll('li:not(.block)')];
      const first = action === 'complete' ? before + done : before;
      for (const row of rows.slice(first)) {
        const control = row.querySelector<HTMLElement>(action === 'complete' ? '.toggle' : '.destroy');
        if (!control || done === count) break;
        control.click();
        done += 1;
      }
      if (done === count) break;
      await window.painted();
      list.querySelectorAll('li:not(.block)')[action === 'complete' ? before + done : before].scrollIntoView({ block: 'center' });
      await window.painted();
    }
  }
  // Our page may render off-screen rows in later frames, which count, too.
  const isDone = () =>
    action === 'complete'
      ? list.querySelectorAll('.completed').length === count
      : list.querySelectorAll('li:not(.block)').length === (action === 'add' ? before + count : before);
  let moment = await window.painted();
  while (!isDone()) moment = await window.painted();
  await window.idle();
  return [moment - begin, performance.now() - begin];
}

/** Runs all actions on a fresh page in a fresh browser context. */
async function live(browser: Browser, url: string): Promise<Life> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await prepare(page);
  await page.goto(url);
  await expect(page.locator('html')).toHaveAttribute('data-hydrated', '');
  const list = page.locator('#item-list');
  await expect(list.locator('li:not(.block)')).toHaveCount(2);
  const cpu = await workOf(page);
  const times = {} as Life['times'];
  let row: string[] = [];
  for (const action of ACTIONS) {
    await page.evaluate(() => window.idle());
    const before = await cpu();
    const [painted, settled] = await page.evaluate(act, [action, ITEMS, 2] as [Action, number, number]);
    times[action] = { painted, settled, cpu: (await cpu()) - before };
    await expect(list.locator('li:not(.block)')).toHaveCount(action === 'remove' ? 2 : 2 + ITEMS);
    await expect(list.locator('.completed')).toHaveCount(action === 'complete' ? ITEMS : 0);
    if (action !== 'complete') continue;
    row = await list.locator('li:not(.block)').last().evaluate((row) =>
      [row, ...row.querySelectorAll('*')].map((element) => `${element.localName}.${element.className}`),
    );
  }
  expect(errors).toEqual([]);
  await context.close();
  return { times, row };
}

test('1,000 items are added, completed and removed', async ({ browser }) => {
  const references = new References();
  await references.start();
  const names = ['ours', ...REFERENCES] as const;
  const lives: Record<string, Life[]> = { ours: [], dom: [], react: [], vue: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    // In turns, with another first page in each round.
    for (const index of names.keys()) {
      const name = names[(index + round) % names.length];
      const server = new Server({ flags: UNLIMITED });
      if (name === 'ours') await server.start();
      lives[name].push(await live(browser, name === 'ours' ? `${server.url}/` : `${references.url}/${name}/`));
      await server.discard();
    }
  }
  await references.stop();

  const of = (name: string, read: (time: Time) => number, actions: readonly Action[] = ACTIONS) =>
    lives[name].map(({ times }) => actions.reduce((sum, action) => sum + read(times[action]), 0));
  const table = names.map((name) => {
    const middle = (read: (time: Time) => number, actions?: readonly Action[]) => Math.round(percentile(of(name, read, actions), 0.5));
    const columns = ACTIONS.map((action) => [action, middle(({ painted }) => painted, [action])]);
    return [name, { ...Object.fromEntries(columns), work: middle(({ cpu }) => cpu) }];
  });
  console.table(Object.fromEntries(table));
  const label = { dom: 'the same by hand', react: 'React', vue: 'Vue' };
  const atMost = { dom: 1.5, react: 1, vue: 1 };
  for (const name of REFERENCES) {
    const against = (read: (time: Time) => number) => ({ name: label[name], values: of(name, read) });
    const painted = ({ painted }: Time) => painted;
    record(GROUP, 'added, completed, removed', 'ms', of('ours', painted), { against: { ...against(painted), atMost: atMost[name] } });
    const cpu = ({ cpu }: Time) => cpu;
    record(GROUP, "the same, work of the page's thread, ours with all that saves it", 'ms', of('ours', cpu), { against: against(cpu) });
  }
  record(GROUP, 'the same, until the server has confirmed all', 'ms', of('ours', ({ settled }) => settled));
  for (const name of REFERENCES) {
    expect.soft(lives[name][0].row, `the row of ${name} is made as ours is`).toEqual(lives.ours[0].row);
  }
});
