import type { FullResult, Reporter, TestCase, TestResult } from '@playwright/test/reporter';

/** Ends the run with one plain line, for people and machines that read only the end. */
export default class ClosingLine implements Reporter {
  private readonly outcomes = new Map<string, boolean>();

  onTestEnd(test: TestCase, result: TestResult): void {
    if (result.status !== 'skipped') this.outcomes.set(test.id, result.status === test.expectedStatus);
  }

  onEnd(_result: FullResult): void {
    const passed = [...this.outcomes.values()].filter(Boolean).length;
    console.log(`\n${passed} passed, ${this.outcomes.size - passed} failed`);
  }

  printsToStdio(): boolean {
    return true;
  }
}
