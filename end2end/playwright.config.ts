// How the page is tested: in which browser, and in which states of its script.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { defineConfig, devices } from '@playwright/test';
import type { Options } from './support/fixtures.ts';

// The browser: $CHROMIUM, or one on the PATH, or else Playwright's own.
const executablePath = process.env.CHROMIUM ?? onPath('chromium') ?? onPath('google-chrome');

function onPath(command: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, command))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

const launchOptions = {
  executablePath,
  args: ['--no-sandbox', '--disable-quic', '--disable-background-networking', '--disable-component-update'],
};

const anyMode = /any-mode\/.*\.spec\.ts/;

export default defineConfig<Options>({
  testDir: 'tests',
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  retries: 0,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['./support/matrix-table.ts'], ['./support/closing-line.ts']],
  use: {
    ...devices['Desktop Chrome'],
    trace: 'off',
    launchOptions,
  },
  projects: [
    { name: 'hydrated', testMatch: [anyMode, /hydrated\/.*\.spec\.ts/] },
    { name: 'without script', testMatch: [anyMode, /without-script\/.*\.spec\.ts/], use: { javaScriptEnabled: false } },
    // A page that is left before its script arrives is one without script, so only some tests of any mode run once more.
    {
      name: 'late script',
      testMatch: [anyMode, /late-script\/.*\.spec\.ts/],
      grep: /late-script\/|@late\b/,
      use: { wasmDelay: 5_000 },
    },
    // The device brings its screen and its finger; the browser is the same.
    { name: 'phone', testMatch: /phone\/.*\.spec\.ts/, use: devices['Pixel 7'] },
    // With the back/forward cache, which browsers have and Playwright switches off. Its tests bring scripts and states.
    {
      name: 'kept pages',
      testMatch: /kept-pages\/.*\.spec\.ts/,
      use: {
        launchOptions: {
          ...launchOptions,
          args: [...launchOptions.args, '--host-resolver-rules=MAP *.lan 127.0.0.1'],
          ignoreDefaultArgs: ['--disable-back-forward-cache'],
        },
      },
    },
    // Every trouble with every action.
    { name: 'matrix', testMatch: /tests\/matrix\/.*\.spec\.ts/ },
    { name: 'budget', testMatch: /budget\.spec\.ts/ },
    // Measures, and so runs only when it is asked for.
    ...(process.env.BENCH ? [{ name: 'bench', testMatch: /tests\/bench\/.*\.ts/ }] : []),
    // Run only when they are asked for: they write into docs.
    ...(process.env.PROFILE ? [{ name: 'profile', testMatch: /tests\/profile\.ts/ }] : []),
    ...(process.env.SCREENSHOTS ? [{ name: 'screenshots', testMatch: /screenshots\.ts/ }] : []),
  ],
});
