// The matrix as a table: printed at the end of its run, and kept in docs when MATRIX is set.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FullConfig, Reporter, Suite, TestCase, TestResult } from '@playwright/test/reporter';

interface Cell {
  trouble: string;
  action: string;
  lost: number;
  doubled: number;
  inOrder: boolean;
}

const EXPLANATION = `# What survives which trouble

Each cell is one browser test: a person does something while there is trouble (or just before it), the trouble
ends, and nobody does anything more than what the first column says. Then the list of the server is compared with
what the person has done, and every page with the server: **lost** / **doubled** / whether the **order** is kept.
A command that has counted twice is doubled, also if it does not show.

\`make matrix\` makes this table anew.

`;

export default class MatrixTable implements Reporter {
  private readonly cells = new Map<string, Map<string, string>>();

  // The tests end in any order; the table has theirs.
  onBegin(_config: FullConfig, suite: Suite): void {
    for (const test of suite.allTests()) this.keep(test, '');
  }

  private keep(test: TestCase, words: string): void {
    if (!test.location.file.endsWith('matrix.spec.ts')) return;
    const [trouble, action] = test.title.split(', ');
    const row = this.cells.get(trouble) ?? new Map<string, string>();
    this.cells.set(trouble, row.set(action, words));
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    const annotation = result.annotations.find(({ type }) => type === 'cell');
    const cell = annotation && (JSON.parse(annotation.description!) as Cell);
    let words = cell ? `${cell.lost} / ${cell.doubled} / ${cell.inOrder ? 'kept' : 'not kept'}` : 'did not heal';
    if (result.status !== 'passed' && words === '0 / 0 / kept') words += ', but the pages differ';
    this.keep(test, words);
  }

  onEnd(): void {
    if (this.cells.size === 0) return;
    const actions = [...new Set([...this.cells.values()].flatMap((row) => [...row.keys()]))];
    const line = (words: string[]) => `| ${words.join(' | ')} |`;
    const rows = [...this.cells].map(([trouble, row]) => line([trouble, ...actions.map((action) => row.get(action) ?? '')]));
    const table = [line(['', ...actions]), line(['---', ...actions.map(() => '---')]), ...rows].join('\n');
    console.log(`\nLost / doubled / order:\n\n${table}`);
    if (process.env.MATRIX) writeFileSync(join(import.meta.dirname, '../../docs/offline-matrix.md'), `${EXPLANATION}${table}\n`);
  }

  printsToStdio(): boolean {
    return false;
  }
}
