// Texts that have broken pages, formats and logs of other programs. The Rust tests combine them by the same rule.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './server.ts';

interface File {
  texts: string[];
  repeated: [string, number][];
  combined: { before: string[]; inside: string[]; after: string[] }[];
}

const file = JSON.parse(readFileSync(join(root, 'tests/support/texts.json'), 'utf8')) as File;

/** All texts. */
export const TEXTS = [
  ...file.texts,
  ...file.repeated.map(([text, times]) => text.repeat(times)),
  ...file.combined.flatMap(({ before, inside, after }) =>
    before.flatMap((a) => inside.flatMap((b) => after.map((c) => a + b + c))),
  ),
];

/** Whether a text shows nothing: it has only white space and invisible characters, as Unicode defines them. */
export const isBlank = (text: string): boolean => /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\u2800]*$/u.test(text);

/** The title that the server makes of a text; undefined if it refuses the text. */
export function titleOf(text: string): string | undefined {
  const title = text.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, '');
  const length = [...title].length;
  return isBlank(title) || length > 500 || /(?!\t)\p{Cc}/u.test(title) ? undefined : title;
}

/** The titles of all texts that have one, without duplicates. */
export const TITLES = [...new Set(TEXTS.map(titleOf))].filter((title) => title !== undefined);

/** About forty texts of all kinds that a person can type. A single-line field drops line breaks, so texts with them are not here. */
const typable = TEXTS.filter((text) => !/[\r\n\0]/.test(text));
export const TYPED = typable.filter((_, index) => index % Math.floor(typable.length / 40) === 0);
