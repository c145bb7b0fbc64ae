import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from '../../support/fixtures.ts';

test.use({ noisy: true });

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [1280, 320]) {
    test(`axe finds nothing, ${colorScheme}, ${width} pixels wide`, async ({ page, server, todo }) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 700 });
      await todo.openHydrated();
      const check = async () => expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
      await check();

      await server.kill();
      await todo.add('x'.repeat(100));
      await expect(todo.error).toBeVisible();
      await page.evaluate(() => window.dispatchEvent(new Event('online')));
      await expect(page.getByText('Could not load items.')).toBeVisible();
      await check();
      const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
      expect(await page.evaluate(overflow)).toBe(0);
    });
  }
}
