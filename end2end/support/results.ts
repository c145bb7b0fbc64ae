// What a bench has found, kept for the report in the form of benches/support/results.rs.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { root } from './server.ts';

/** Whether only a glance is to be taken. */
export const isQuick = !['', '0', undefined].includes(process.env.QUICK);

/** One number of ours, what it is compared with, and what it should be. Values are medians. */
export interface Row {
  group: string;
  what: string;
  unit: string;
  ours: number;
  ours_min: number;
  ours_max: number;
  /** What the reference is, if there is one. */
  against?: string;
  reference?: number;
  /** Ours by the reference, of each pair of rounds. */
  ratio?: number;
  ratio_min?: number;
  ratio_max?: number;
  /** In words, such as "at most 50 ms". */
  budget?: string;
  met?: boolean;
}

/** Something by something else; the report makes a chart of it. */
export interface Curve {
  /** The name of the chart's file, without its ending. */
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

/** Keeps rows and curves in `target/bench/NAME.json`, in the place of those that were there under the same names. */
export function keep(name: string, rows: Row[], curves: Curve[] = []): void {
  const folder = join(root, 'target/bench');
  const file = join(folder, `${name}.json`);
  let results: Results = { quick: isQuick, load: loadavg()[0], rows: [], curves: [] };
  try {
    results = JSON.parse(readFileSync(file, 'utf8')) as Results;
  } catch {
    // The first.
  }
  const keyOf = (row: Row) => JSON.stringify([row.group, row.what, row.against]);
  const isOld = (row: Row) => !rows.some((other) => keyOf(other) === keyOf(row));
  results.rows = [...results.rows.filter(isOld), ...rows];
  results.curves = [...results.curves.filter((curve) => !curves.some(({ name }) => name === curve.name)), ...curves];
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
}
