// The matrix as a table: printed at the end of its run, and written to docs when MATRIX is set.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FullConfig, Reporter, Suite, TestCase, TestResult } from '@playwright/test/reporter';

interface Cell {
  failure: string;
  action: string;
  lost: number;
  doubled: number;
  inOrder: boolean;
}

const EXPLANATION = `# What survives which failure

Each cell is one browser test. A person changes the list during a failure or just before it, and the failure ends. Nothing happens
after that except what the first column says. The test then compares the list of the server with the person's changes, and every page
with the server: **lost** / **doubled** / whether the **order** is kept. A command that the server counts twice is doubled, even if the
list does not show it.

\`make matrix\` writes this table.

`;

export default class MatrixTable implements Reporter {
  private readonly cells = new Map<string, Map<string, string>>();

  // Tests end in any order. The table has the order of their definition.
  onBegin(_config: FullConfig, suite: Suite): void {
    for (const test of suite.allTests()) this.keep(test, '');
  }

  private keep(test: TestCase, words: string): void {
    if (!test.location.file.endsWith('matrix.spec.ts')) return;
    const [failure, action] = test.title.split(', ');
    const row = this.cells.get(failure) ?? new Map<string, string>();
    this.cells.set(failure, row.set(action, words));
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
    const rows = [...this.cells].map(([failure, row]) => line([failure, ...actions.map((action) => row.get(action) ?? '')]));
    const table = [line(['', ...actions]), line(['---', ...actions.map(() => '---')]), ...rows].join('\n');
    console.log(`\nLost / doubled / order:\n\n${table}`);
    if (process.env.MATRIX) writeFileSync(join(import.meta.dirname, '../../docs/offline-matrix.md'), `${EXPLANATION}${table}\n`);
  }

  printsToStdio(): boolean {
    return false;
  }
}
