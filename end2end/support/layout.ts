// Measuring the layout of a page: what covers what, what is cut, and what moves.
import type { Page } from '@playwright/test';

/** A size of the window, and of the text in percent. */
export interface Look {
  width: number;
  height: number;
  text?: number;
}

/** Phones, windows, large text, and a window of 1280 pixels at a zoom of 400 %. */
export const LOOKS: Look[] = [
  { width: 390, height: 844 },
  { width: 390, height: 844, text: 200 },
  { width: 320, height: 256 },
  { width: 844, height: 390 },
  { width: 1280, height: 800 },
  { width: 1280, height: 800, text: 200 },
];

export const nameOf = ({ width, height, text }: Look) => `${width} x ${height}${text ? `, text at ${text} %` : ''}`;

/** Sets the size of the window and of the text. */
export async function setLook(page: Page, { width, height, text = 100 }: Look): Promise<void> {
  await page.setViewportSize({ width, height });
  await page.evaluate((text) => (document.documentElement.style.fontSize = `${text}%`), text);
}

/**
 * What covers the element that has the focus, or the part of it that is outside of the window; undefined if all of it is in
 * view.
 */
export async function coverOfFocus(page: Page): Promise<string | undefined> {
  return page.evaluate(() => {
    const element = document.activeElement!;
    const name = (element: Element) => `${element.localName}.${element.className}#${element.id}`;
    const label = (element as HTMLInputElement).labels?.[0];
    const { left, top, right, bottom } = element.getBoundingClientRect();
    for (const y of [top + 3, (top + bottom) / 2, bottom - 3]) {
      const x = (left + right) / 2;
      if (y < 0 || y > innerHeight) return `${name(element)} is at ${Math.round(y)} of ${innerHeight}`;
      const hit = document.elementFromPoint(x, y);
      const isHit = hit && (element.contains(hit) || hit.contains(element) || label?.contains(hit));
      if (!isHit) return `${name(element)} is covered by ${hit && name(hit)}`;
    }
    return undefined;
  });
}

/** Visible controls that overlap another control, are wider than the window, or cut their text. */
export async function collisions(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const name = (element: Element) => element.getAttribute('aria-label') || element.textContent!.trim() || element.id || element.className;
    const isVisible = (element: Element) => element.checkVisibility({ visibilityProperty: true });
    // An element in the top layer, like the menu, covers what is below it.
    const layer = document.querySelector(':popover-open, dialog[open]') ?? document.body;
    const all = [...layer.querySelectorAll('button, input, a, h1, h2, .todo-count, .status, label')];
    const boxes = all
      .filter((element) => isVisible(element) && !element.closest('.sign-in') && !element.matches('.toggle-all, .all > .check'))
      .map((element) => ({ element, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 1 && box.height > 1);
    const bar = (element: Element) => element.closest('.foot, .top, .toolbar, .heading, .toast')?.className;
    for (const { element, box } of boxes) {
      if (box.left < -0.5 || box.right > innerWidth + 0.5) found.push(`${name(element)} is outside of the window`);
      // The text of a control is within it. What is there only for screen readers has an element of its own.
      const text = document.createRange();
      text.selectNodeContents(element.firstChild ?? element);
      const words = text.getBoundingClientRect();
      const isCut = words.width > 0 && (words.left < box.left - 1 || words.right > box.right + 1 || words.bottom > box.bottom + 5);
      if (element.matches('button, .filters a, .all > label') && isCut) found.push(`${name(element)} is cut`);
      for (const { element: other, box: place } of boxes) {
        if (element === other || element.contains(other) || other.contains(element)) continue;
        // The list passes below what stays in the window.
        if (bar(element) !== bar(other)) continue;
        const width = Math.min(box.right, place.right) - Math.max(box.left, place.left);
        const height = Math.min(box.bottom, place.bottom) - Math.max(box.top, place.top);
        // The boxes of two lines may touch, the letters may not.
        if (width > 1 && height > 4) found.push(`${name(element)} overlaps ${name(other)} by ${width} x ${height}`);
      }
    }
    return found;
  });
}
