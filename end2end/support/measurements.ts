// Rows of the report on the page: printed, and written to `target/bench/page.json`.
import { type Row, keep } from './results.ts';

interface Options {
  /** The percentile that counts, from 0 to 1. The default is the median. */
  share?: number;
  /** The budget, in the unit of the row. */
  atMost?: number;
  atLeast?: number;
  /** The reference, measured in the same rounds, and the largest ratio that meets the budget. */
  against?: { name: string; values: number[]; atMost?: number };
}

/** Records the values of our page, one for each round. */
export function record(group: string, what: string, unit: string, values: number[], { share = 0.5, atMost, atLeast, against }: Options = {}): void {
  const ours = percentile(values, share);
  const row: Row = { group, what, unit, ours, ours_min: Math.min(...values), ours_max: Math.max(...values) };
  if (atMost !== undefined) Object.assign(row, { budget: `at most ${atMost} ${unit}`, met: ours <= atMost });
  if (atLeast !== undefined) Object.assign(row, { budget: `at least ${atLeast} ${unit}`, met: ours >= atLeast });
  if (against) {
    const ratios = values.map((value, round) => value / against.values[round]);
    row.against = against.name;
    row.reference = percentile(against.values, share);
    row.ratio = percentile(ratios, share);
    row.ratio_min = Math.min(...ratios);
    row.ratio_max = Math.max(...ratios);
    if (against.atMost !== undefined) Object.assign(row, { budget: `ratio at most ${against.atMost}`, met: row.ratio <= against.atMost });
  }
  const compared = row.ratio === undefined ? '' : `, ${row.against} ${rounded(row.reference!)}: ${rounded(row.ratio)}`;
  const judged = row.budget === undefined ? '' : `; ${row.budget}: ${row.met ? 'met' : 'NOT MET'}`;
  console.log(`${group}: ${what} ${rounded(ours)} ${unit}${compared}${judged}`);
  keep('page', [row]);
}

/** The percentile by the nearest rank; `share` is from 0 to 1. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
