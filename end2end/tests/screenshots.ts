// The screenshots of the documentation: `make screenshots`.
import { devices } from '@playwright/test';
import { expect, test } from '../support/fixtures.ts';
import type { Server } from '../support/server.ts';
import { FIRST, SECOND, type TodoPage } from '../support/todo-page.ts';

const { viewport, userAgent, deviceScaleFactor, isMobile, hasTouch } = devices['Pixel 7'];
const kinds = {
  desktop: { viewport: { width: 1000, height: 720 } },
  phone: { viewport, userAgent, deviceScaleFactor, isMobile, hasTouch },
};

/** A typical list: some items are completed, and one contains a link. */
async function fill(server: Server): Promise<void> {
  await server.remove(FIRST);
  await server.remove(SECOND);
  const items = [
    'Buy milk, eggs and bread',
    'Call the plumber about the kitchen tap',
    'Book the train: https://example.com/trains',
    'Return the books to the library',
    'Water the plants',
  ];
  for (const item of items) await server.add(item);
  await server.change('Return the books to the library', { completed: true });
  await server.change('Water the plants', { completed: true });
}

const scenes: Record<string, (todo: TodoPage) => Promise<unknown>> = {
  list: (todo) => todo.openHydrated(),
  editor: async (todo) => {
    await todo.openHydrated();
    await todo.edit('Call the plumber about the kitchen tap');
    await expect(todo.editor).toBeFocused();
  },
  removed: (todo) => todo.open('/trash'),
};

for (const [kind, use] of Object.entries(kinds)) {
  test.describe(kind, () => {
    test.use(use);
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const [scene, show] of Object.entries(scenes)) {
        test(`${scene}, ${colorScheme}`, async ({ page, server, todo }) => {
          await fill(server);
          await page.emulateMedia({ colorScheme });
          await show(todo);
          const name = scene === 'list' ? kind : `${kind}-${scene}`;
          await page.screenshot({ path: `../docs/screenshots/${name}-${colorScheme}.png` });
        });
      }
    }
  });
}
