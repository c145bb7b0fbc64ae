// The document of the API, as far as only a JavaScript engine can check it.
import { expect, test } from '../../support/fixtures.ts';
import { TEXTS, titleOf } from '../../support/texts.ts';

test('the document of the API has a pattern that matches exactly the titles', async ({ server }) => {
  const response = await fetch(`${server.url}/api/openapi.json`);
  const document = (await response.json()) as { components: { schemas: { Text: { pattern: string } } } };
  const pattern = new RegExp(document.components.schemas.Text.pattern, 'u');
  for (const text of TEXTS) expect(pattern.test(text), JSON.stringify(text)).toBe(titleOf(text) !== undefined);
});
