// The results of a bench, in the format of benches/support/results.rs, for the report.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { root } from './server.ts';

/** Whether the bench takes fewer rounds. */
export const isQuick = !['', '0', undefined].includes(process.env.QUICK);

/** One value of our page, its reference and its budget. Values are medians. */
export interface Row {
  group: string;
  what: string;
  unit: string;
  ours: number;
  ours_min: number;
  ours_max: number;
  /** The name of the reference. */
  against?: string;
  reference?: number;
  /** Our value divided by the reference, for each pair of rounds. */
  ratio?: number;
  ratio_min?: number;
  ratio_max?: number;
  /** In words: "at most 50 ms". */
  budget?: string;
  met?: boolean;
}

/** The data of one chart in the report. */
export interface Curve {
  /** The file name of the chart, without its extension. */
  name: string;
  title: string;
  x: string;
  y: string;
  x_is_log: boolean;
  y_is_log: boolean;
  lines: { name: string; points: [number, number][] }[];
}

interface Results {
  quick: boolean;
  load: number;
  rows: Row[];
  curves: Curve[];
}

/** Writes rows and curves to `target/bench/NAME.json`. They replace those of the same name. */
export function keep(name: string, rows: Row[], curves: Curve[] = []): void {
  const folder = join(root, 'target/bench');
  const file = join(folder, `${name}.json`);
  let results: Results = { quick: isQuick, load: loadavg()[0], rows: [], curves: [] };
  try {
    results = JSON.parse(readFileSync(file, 'utf8')) as Results;
  } catch (error) {
    // The first results create the file.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const keyOf = (row: Row) => JSON.stringify([row.group, row.what, row.against]);
  const isOld = (row: Row) => !rows.some((other) => keyOf(other) === keyOf(row));
  results.rows = [...results.rows.filter(isOld), ...rows];
  results.curves = [...results.curves.filter((curve) => !curves.some(({ name }) => name === curve.name)), ...curves];
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
}
