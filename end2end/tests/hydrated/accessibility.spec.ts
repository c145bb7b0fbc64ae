// The page for everybody: what axe finds, how large the targets are, and what a screen reader reads.
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { copyElsewhere } from '../../support/clipboard.ts';
import { expect, test } from '../../support/fixtures.ts';
import { findListFull, silenceStream } from '../../support/network.ts';
import type { Server } from '../../support/server.ts';
import { signIn } from '../../support/sign-in.ts';
import { FIRST, KEPT, OFFLINE, SAVED, SECOND, type TodoPage } from '../../support/todo-page.ts';

interface Setting {
  page: Page;
  server: Server;
  todo: TodoPage;
}

const PASSWORD = 'correct horse';

// A password needs a folder to be kept in.
test.use({ durable: true, noisy: true });

/** What the page can look like, and how to get there. */
const states: Record<string, (setting: Setting) => Promise<unknown>> = {
  'a filled list': async ({ server, todo }) => {
    await server.add('Read https://example.org/');
    await todo.openHydrated();
  },
  'an empty list': async ({ server, todo }) => {
    await server.remove(FIRST);
    await server.remove(SECOND);
    await todo.openHydrated();
    await expect(todo.empty).toBeVisible();
  },
  'completed items': async ({ server, todo }) => {
    await server.change(FIRST, { completed: true });
    await todo.openHydrated();
  },
  'an open editor': async ({ todo }) => {
    await todo.openHydrated();
    await todo.edit(FIRST);
  },
  'a message': async ({ page, todo }) => {
    await todo.openHydrated();
    await todo.remove(FIRST);
    await todo.toast.hover();
    await expect(page.getByRole('button', { name: 'Dismiss' })).toBeVisible();
  },
  'what could not be sent': async ({ server, todo }) => {
    await todo.openHydrated();
    await server.kill();
    await todo.add('x'.repeat(100));
    await todo.expectStatus(KEPT);
  },
  'what the server has refused': async ({ page, todo }) => {
    await todo.openHydrated();
    await findListFull(page);
    await todo.add('x'.repeat(100));
    await expect(todo.error).toBeVisible();
  },
  'a page that holds nothing unsent without a server': async ({ server, todo }) => {
    await todo.openHydrated();
    await todo.expectStatus(SAVED);
    await server.kill();
    await todo.expectStatus(OFFLINE);
  },
  'a title that could not be saved': async ({ page, server, todo }) => {
    await silenceStream(page);
    await todo.openHydrated();
    await todo.edit(FIRST);
    await server.remove(FIRST);
    await todo.editor.fill('Build the page');
    await todo.tool('Save').click();
    await expect(todo.unsent).toBeVisible();
  },
  'a search that has found something': async ({ todo }) => {
    await todo.openHydrated('/?q=build');
    await expect(todo.list.locator('mark')).toBeVisible();
  },
  'a search without result': async ({ todo }) => {
    await todo.openHydrated('/?q=nothing');
    await expect(todo.empty).toBeVisible();
  },
  'removed items': async ({ page, server }) => {
    await server.remove(FIRST);
    await page.goto('/trash');
    await page.getByRole('button', { name: 'Restore', exact: true }).click();
    await expect(page.getByText('It is in the list again.')).toBeVisible();
    await server.remove(SECOND);
    await page.reload();
    await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible();
  },
  'the shortcuts': async ({ page, todo }) => {
    await todo.openHydrated();
    await todo.checkbox(FIRST).focus();
    await page.keyboard.press('?');
    await expect(todo.shortcuts).toBeVisible();
  },
  'the open menu': async ({ page, todo }) => {
    await todo.openHydrated();
    await page.getByRole('button', { name: 'Menu', exact: true }).click();
    await expect(page.getByRole('link', { name: 'Removed items' })).toBeVisible();
  },
  'pasted lines': async ({ page, todo }) => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await todo.openHydrated();
    await copyElsewhere(page, 'Milk\nEggs');
    await todo.field.press('Control+v');
    await expect(page.getByRole('button', { name: 'Add 2 items' })).toBeVisible();
  },
  'the page to sign in, with a wrong password': async ({ page, server }) => {
    await server.protect(PASSWORD);
    await page.goto('/');
    await signIn(page, 'let me in');
    await expect(page.getByRole('alert')).toBeVisible();
  },
  'the page to sign in, after somebody else': async ({ page, server }) => {
    await server.protect(PASSWORD);
    await page.goto('/');
    await signIn(page, PASSWORD);
    await server.signOutAll(PASSWORD);
    await page.goto('/');
    await expect(page.getByRole('group', { name: 'Somebody was signed in here before' })).toBeVisible();
  },
  'a page whose session has ended': async ({ page, server, todo }) => {
    await server.protect(PASSWORD);
    await page.goto('/');
    await signIn(page, PASSWORD);
    await todo.hydrated();
    await server.signOutAll(PASSWORD);
    await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible();
  },
  'a page whose script has not arrived': async ({ page, server, todo }) => {
    await page.route('**/*.js', (route) => route.abort());
    await server.change(FIRST, { completed: true });
    await todo.open();
    await todo.edit(SECOND);
    await page.waitForLoadState();
    await expect(page.locator('html')).not.toHaveAttribute('data-hydrated');
  },
};

/** What axe finds, target sizes of WCAG 2.2 and good manners included. */
async function findings(page: Page): Promise<string[]> {
  const axe = new AxeBuilder({ page }).options({ rules: { 'target-size': { enabled: true } } });
  const { violations } = await axe.analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
}

const renderings: Record<string, (page: Page) => Promise<unknown>> = {
  light: (page) => page.emulateMedia({ colorScheme: 'light' }),
  dark: (page) => page.emulateMedia({ colorScheme: 'dark' }),
  '320 pixels wide': (page) => page.setViewportSize({ width: 320, height: 700 }),
  'text twice as large': (page) => page.addInitScript(() => {
    // As early as the browser's own setting would be: the root is not there yet.
    const style = new CSSStyleSheet();
    style.replaceSync('html { font-size: 200% !important }');
    document.adoptedStyleSheets.push(style);
  }),
};

for (const [rendering, render] of Object.entries(renderings)) {
  for (const [state, reach] of Object.entries(states)) {
    test(`axe finds nothing in ${state}, ${rendering}`, async ({ page, server, todo }) => {
      await render(page);
      await reach({ page, server, todo });
      const isLarge = rendering === 'text twice as large';
      await expect(page.locator('html')).toHaveCSS('font-size', isLarge ? '32px' : '16px');
      expect(await findings(page)).toEqual([]);
      await todo.expectNoOverflow();
    });
  }
}

test('axe finds nothing in a list that is so long that its rows stand in blocks', async ({ page, server, todo }) => {
  await server.addMany(Array.from({ length: 120 }, (_, index) => `Item ${index + 3} of many`));
  await todo.openHydrated();
  await expect(todo.list.locator('.block')).toHaveCount(1);
  expect(await findings(page)).toEqual([]);
});

/** The smallest target of WCAG 2.2, 2.5.8, in CSS pixels. */
const TARGET = 24;

for (const [state, reach] of Object.entries(states)) {
  test(`every control can be hit in ${state}`, async ({ page, server, todo }) => {
    await reach({ page, server, todo });
    // A link in a text is as high as its line.
    const controls = page.locator('button:visible, input:visible, a:visible:not([data-testid=todo-title] a):not(p a)');
    await expect(controls).not.toHaveCount(0);
    for (const control of await controls.all()) {
      const { width, height } = (await control.boundingBox())!;
      expect(Math.min(width, height), await control.evaluate((element) => element.outerHTML)).toBeGreaterThanOrEqual(TARGET);
    }
  });
}

test('a screen reader reads the list so', async ({ page, server, todo }) => {
  await server.change(SECOND, { completed: true });
  await todo.openHydrated();
  await expect(page.getByRole('main')).toMatchAriaSnapshot(`
    - main:
      - heading "My To-Do List" [level=1]
      - button "Menu"
      - search:
        - searchbox "Search"
      - button "Undo" [disabled]
      - button "Redo" [disabled]
      - region "Items":
        - paragraph:
          - checkbox "Mark all as complete"
          - text: Mark all as complete
        - list:
          - listitem:
            - checkbox "${FIRST}"
            - text: ${FIRST}
            - button "Edit or move"
            - button "Remove"
          - listitem:
            - checkbox "${SECOND}" [checked]
            - text: ${SECOND}
            - button "Edit or move"
            - button "Remove"
      - status:
        - strong: "1"
        - text: item left
      - list:
        - listitem:
          - link "All"
        - listitem:
          - link "Active"
        - listitem:
          - link "Completed"
      - button "Clear completed"
      - region "Add a New Item":
        - heading "Add a New Item" [level=2]
        - textbox "Add a New Item"
        - button "Add Item"
  `);
});

test('and the editor so', async ({ todo }) => {
  await todo.openHydrated();
  await todo.edit(FIRST);
  await expect(todo.items.first()).toMatchAriaSnapshot(`
    - listitem:
      - textbox "Edit": ${FIRST}
      - paragraph:
        - button "Save"
        - button "Cancel"
        - button "Move to top"
        - button "Move up"
        - button "Move down"
        - button "Move to bottom"
        - button "Remove"
  `);
});

/** The contrast between two colours, after WCAG 2.2. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string) => {
    const channels = colour.match(/[\d.]+/g)!.slice(0, 3).map((channel) => Number(channel) / 255);
    const [red, green, blue] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

for (const media of [{ forcedColors: 'active' }, { reducedMotion: 'reduce' }] as const) {
  test(`the controls are to be seen with ${JSON.stringify(media)}`, async ({ consoleMessages, page, server, todo }) => {
    await server.change(SECOND, { completed: true });
    await page.emulateMedia(media);
    await todo.openHydrated();
    await page.mouse.move(0, 0);
    for (const control of [todo.all, todo.checkbox(FIRST), todo.checkbox(SECOND), todo.field, todo.button]) {
      await expect(control).toBeVisible();
    }
    // Both the box that is checked and the mark in it must stand out (WCAG 2.2, 1.4.11).
    const colours = await todo.checkbox(SECOND).evaluate((element) => {
      const colour = (element: Element, pseudo?: string) => getComputedStyle(element, pseudo).backgroundColor;
      const card = element.closest('.card')!;
      const { opacity } = getComputedStyle(element, '::after');
      return { mark: colour(element, '::after'), box: colour(element, '::before'), card: colour(card), opacity };
    });
    expect(contrast(colours.mark, colours.box), JSON.stringify(colours)).toBeGreaterThanOrEqual(3);
    expect(contrast(colours.box, colours.card), JSON.stringify(colours)).toBeGreaterThanOrEqual(3);
    expect(colours.opacity).toBe('1');
    await todo.edit(FIRST);
    await todo.tool('Move down').click();
    await todo.expectTitles(SECOND, FIRST);
    expect(consoleMessages).toEqual([]);
  });
}
