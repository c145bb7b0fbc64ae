// Takes the pictures of the documentation: `make screenshots`.
import { test } from '../support/fixtures.ts';

const sizes = { desktop: { width: 1000, height: 620 }, phone: { width: 390, height: 700 } };

for (const [device, viewport] of Object.entries(sizes)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`${device}, ${colorScheme}`, async ({ page, server, todo }) => {
      for (const item of ['Buy milk, eggs and bread', 'Call the plumber about the kitchen tap']) await server.add(item);
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      await todo.openHydrated();
      await todo.field.fill('Water the plants');
      await page.screenshot({ path: `../docs/screenshots/${device}-${colorScheme}.png` });
    });
  }
}
