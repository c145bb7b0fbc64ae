// Texts that have broken pages, formats and logs elsewhere: those of the tests in Rust, put together by the same rule.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './server.ts';

interface File {
  texts: string[];
  repeated: [string, number][];
  combined: { before: string[]; inside: string[]; after: string[] }[];
}

const file = JSON.parse(readFileSync(join(root, 'tests/support/texts.json'), 'utf8')) as File;

/** All of them. */
export const TEXTS = [
  ...file.texts,
  ...file.repeated.map(([text, times]) => text.repeat(times)),
  ...file.combined.flatMap(({ before, inside, after }) =>
    before.flatMap((a) => inside.flatMap((b) => after.map((c) => a + b + c))),
  ),
];

/** What a text is as a title; undefined if it cannot be one. */
export function titleOf(text: string): string | undefined {
  const title = text.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, '');
  const length = [...title].length;
  return length < 1 || length > 500 || /(?!\t)\p{Cc}/u.test(title) ? undefined : title;
}

/** Those that can be titles, as they are then: each once. */
export const TITLES = [...new Set(TEXTS.map(titleOf))].filter((title) => title !== undefined);

/** Forty of all kinds, to be typed. A field of one line cannot hold all: it drops line breaks. */
const typable = TEXTS.filter((text) => !/[\r\n\0]/.test(text));
export const TYPED = typable.filter((_, index) => index % Math.floor(typable.length / 40) === 0);
