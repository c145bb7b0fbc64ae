// Accessibility: the findings of axe, the size of the targets, and the tree of a screen reader.
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

// A password needs a data folder.
test.use({ durable: true, noisy: true });

/** States of the page, and how to reach each. */
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
  'a message': async ({ todo }) => {
    await todo.openHydrated();
    await todo.remove(FIRST);
    // A message stays while it has focus.
    await todo.offer('Dismiss').focus();
    await expect(todo.offer('Dismiss')).toBeVisible();
  },
  'a list with unsent changes': async ({ server, todo }) => {
    await todo.openHydrated();
    await server.kill();
    await todo.add('x'.repeat(100));
    await todo.expectStatus(KEPT);
  },
  'a list with a refused text': async ({ page, todo }) => {
    await todo.openHydrated();
    await findListFull(page);
    await todo.add('x'.repeat(100));
    await expect(todo.error).toBeVisible();
  },
  'an offline page without unsent changes': async ({ server, todo }) => {
    await todo.openHydrated();
    await todo.expectStatus(SAVED);
    await server.kill();
    await todo.expectStatus(OFFLINE);
  },
  'a list with an unsaved title': async ({ page, server, todo }) => {
    await silenceStream(page);
    await todo.openHydrated();
    await todo.edit(FIRST);
    await server.remove(FIRST);
    await todo.editor.fill('Build the page');
    await todo.tool('Save').click();
    await expect(todo.unsent).toBeVisible();
  },
  'a search with a result': async ({ todo }) => {
    await todo.openHydrated('/?q=build');
    await expect(todo.list.locator('mark')).toBeVisible();
  },
  'a search without result': async ({ todo }) => {
    await todo.openHydrated('/?q=nothing');
    await expect(todo.empty).toBeVisible();
  },
  'the removed items': async ({ page, server }) => {
    await server.remove(FIRST);
    await page.goto('/trash');
    await page.getByRole('button', { name: 'Restore', exact: true }).click();
    await expect(page.getByText(`${FIRST} restored to the list.`)).toBeVisible();
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
  'the sign-in page after a wrong password': async ({ page, server }) => {
    await server.protect(PASSWORD);
    await page.goto('/');
    await signIn(page, 'let me in');
    await expect(page.getByRole('alert')).toBeVisible();
  },
  'the sign-in page after another person': async ({ page, server }) => {
    await server.protect(PASSWORD);
    await page.goto('/');
    await signIn(page, PASSWORD);
    await server.signOutAll(PASSWORD);
    await page.goto('/');
    await expect(page.getByRole('group', { name: 'Someone was signed in here before' })).toBeVisible();
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

/** The findings of axe, with the target sizes of WCAG 2.2 and the best practices. */
async function findings(page: Page): Promise<string[]> {
  const axe = new AxeBuilder({ page }).options({ rules: { 'target-size': { enabled: true } } });
  const { violations } = await axe.analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
}

/** The smallest target of WCAG 2.2, 2.5.8, in CSS pixels. */
const TARGET = 24;

/** The visible controls that are smaller than a target. */
async function smallControls(page: Page): Promise<string[]> {
  // A link within a text is as high as its line.
  const controls = page.locator('button:visible, input:visible, a:visible:not([data-testid=todo-title] a):not(p a)');
  await expect(controls).not.toHaveCount(0);
  return controls.evaluateAll((elements, target) => {
    const isSmall = (element: Element) => {
      const { width, height } = element.getBoundingClientRect();
      return Math.min(width, height) < target;
    };
    return elements.filter(isSmall).map((element) => element.outerHTML);
  }, TARGET);
}

/** Doubles the size of all text, as the setting of a browser does. */
async function enlargeText(page: Page): Promise<void> {
  await page.evaluate(() => {
    const style = new CSSStyleSheet();
    style.replaceSync('html { font-size: 200% !important }');
    document.adoptedStyleSheets.push(style);
  });
}

/** Renderings of a page, in this order. Each keeps what the one before has set. */
const renderings: [name: string, fontSize: string, render: (page: Page) => Promise<unknown>][] = [
  ['light', '16px', (page) => page.emulateMedia({ colorScheme: 'light' })],
  ['dark', '16px', (page) => page.emulateMedia({ colorScheme: 'dark' })],
  ['320 pixels wide', '16px', (page) => page.setViewportSize({ width: 320, height: 700 })],
  ['text twice as large', '32px', async (page) => {
    await page.setViewportSize({ width: 1280, height: 720 });
    await enlargeText(page);
  }],
];

// Reaching a state takes longer than looking at it, so one test looks at all renderings of a state.
for (const [state, reach] of Object.entries(states)) {
  test(`axe finds nothing in ${state}, and every control is a target`, async ({ page, server, todo }) => {
    await reach({ page, server, todo });
    expect(await smallControls(page)).toEqual([]);
    for (const [name, fontSize, render] of renderings) {
      await test.step(name, async () => {
        await render(page);
        await expect(page.locator('html')).toHaveCSS('font-size', fontSize);
        expect(await findings(page), name).toEqual([]);
        await todo.expectNoOverflow();
      });
    }
  });
}

test('axe finds nothing in a list that is long enough to have blocks', async ({ page, server, todo }) => {
  await server.addMany(Array.from({ length: 120 }, (_, index) => `Item ${index + 3} of many`));
  await todo.openHydrated();
  await expect(todo.list.locator('.block')).toHaveCount(1);
  expect(await findings(page)).toEqual([]);
});

test('the accessibility tree of the list has names and roles for all controls', async ({ page, server, todo }) => {
  await server.change(SECOND, { completed: true });
  await todo.openHydrated();
  await expect(page.getByRole('main')).toMatchAriaSnapshot(`
    - main:
      - heading "My To-Do List" [level=1]
      - search:
        - searchbox "Search"
      - button "Undo" [disabled]
      - button "Redo" [disabled]
      - button "Menu"
      - status:
        - strong: "1"
        - text: item left
      - paragraph: All changes saved
      - list:
        - listitem:
          - link "All"
        - listitem:
          - link "Active"
        - listitem:
          - link "Completed"
      - button "Clear completed"
      - checkbox "Mark all as complete"
      - text: Mark all as complete
      - region "Items":
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
      - region "Add a New Item":
        - heading "Add a New Item" [level=2]
        - textbox "Add a New Item"
        - button "Add Item"
  `);
});

test('the accessibility tree of the editor has names for all controls', async ({ todo }) => {
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

/** The contrast ratio of two colours by WCAG 2.2. */
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
  test(`the controls are visible with ${JSON.stringify(media)}`, async ({ consoleMessages, page, server, todo }) => {
    await server.change(SECOND, { completed: true });
    await page.emulateMedia(media);
    await todo.openHydrated();
    await page.mouse.move(0, 0);
    for (const control of [todo.all, todo.checkbox(FIRST), todo.checkbox(SECOND), todo.field, todo.button]) {
      await expect(control).toBeVisible();
    }
    // The mark of a checked box needs contrast to the box and to the card around it, and an empty box to the card
    // (WCAG 2.2, 1.4.11).
    const boxes = [todo.checkbox(SECOND), todo.checkbox(FIRST)].map((box) =>
      box.evaluate((element) => {
        const [box, mark] = ['::before', '::after'].map((pseudo) => getComputedStyle(element, pseudo));
        const card = getComputedStyle(element.closest('.card')!).backgroundColor;
        return { mark: mark.borderBottomColor, width: mark.borderBottomWidth, box: box.backgroundColor, line: box.borderTopColor, card };
      }),
    );
    const [checked, empty] = await Promise.all(boxes);
    expect(checked.width).toBe('2px');
    const fill = checked.box.startsWith('rgba') ? checked.card : checked.box;
    expect(contrast(checked.mark, fill), JSON.stringify(checked)).toBeGreaterThanOrEqual(3);
    expect(contrast(checked.mark, checked.card), JSON.stringify(checked)).toBeGreaterThanOrEqual(3);
    expect(contrast(empty.line, empty.card), JSON.stringify(empty)).toBeGreaterThanOrEqual(3);
    await todo.edit(FIRST);
    await todo.tool('Move down').click();
    await todo.expectTitles(SECOND, FIRST);
    expect(consoleMessages).toEqual([]);
  });
}
