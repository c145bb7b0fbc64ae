// The searches of tests/search.txt, which the tests of the server check as well.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A search, and a title that it finds, with the matches in brackets. */
export interface SearchVector {
  search: string;
  marked: string;
}

const lines = readFileSync(join(import.meta.dirname, '../../tests/search.txt'), 'utf8').split('\n');

export const SEARCH_VECTORS: SearchVector[] = lines
  .map((line) => line.split(' | '))
  .filter((parts) => parts.length === 2)
  .map(([search, marked]) => ({ search: search!, marked: marked! }));
