import type { FullResult, Reporter, TestCase, TestResult } from '@playwright/test/reporter';

/** Prints all failures and one plain line of totals last, for readers of only the end of the output. */
export default class ClosingLine implements Reporter {
  private readonly outcomes = new Map<string, boolean>();
  private readonly failures: string[] = [];

  onTestEnd(test: TestCase, result: TestResult): void {
    if (result.status === 'skipped') return;
    const passed = result.status === test.expectedStatus;
    this.outcomes.set(test.id, passed);
    if (!passed) this.failures.push(`${test.titlePath().slice(1).join(' › ')}\n${reasons(result)}`);
  }

  onEnd(_result: FullResult): void {
    const passed = [...this.outcomes.values()].filter(Boolean).length;
    for (const failure of this.failures) console.log(`\n${failure}`);
    console.log(`\n${passed} passed, ${this.outcomes.size - passed} failed`);
  }

  printsToStdio(): boolean {
    return true;
  }
}

/** The messages of a failure, without colours, at most eight lines each. */
function reasons(result: TestResult): string {
  const escapes = /\x1b\[[\d;]*m/g;
  const lines = result.errors.flatMap(({ message = '' }) => message.replace(escapes, '').split('\n').slice(0, 8));
  return lines
    .filter((line) => line.trim())
    .map((line) => `    ${line}`)
    .join('\n');
}
