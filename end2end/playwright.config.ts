// The browser of the tests, and the projects: the page with and without script, on a phone, and the measurements.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { defineConfig, devices } from '@playwright/test';
import type { Options } from './support/fixtures.ts';

// The browser: $CHROMIUM, one on the PATH, or Playwright's own.
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
    // A page whose script has not arrived works like one without script, so only some tests of any mode run here.
    {
      name: 'late script',
      testMatch: [anyMode, /late-script\/.*\.spec\.ts/],
      grep: /late-script\/|@late\b/,
      use: { lateModule: true },
    },
    // The device sets the screen and touch input. The browser is the same.
    { name: 'phone', testMatch: /phone\/.*\.spec\.ts/, use: devices['Pixel 7'] },
    // With the back/forward cache, which Playwright switches off by default. The tests choose the mode of the script.
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
    // Every failure with every action.
    { name: 'matrix', testMatch: /tests\/matrix\/.*\.spec\.ts/ },
    { name: 'budget', testMatch: /budget\.spec\.ts/ },
    // The measurements run on request only.
    ...(process.env.BENCH ? [{ name: 'bench', testMatch: /tests\/bench\/.*\.ts/ }] : []),
    // These write into docs, on request only.
    ...(process.env.PROFILE ? [{ name: 'profile', testMatch: /tests\/profile\.ts/ }] : []),
    ...(process.env.SCREENSHOTS ? [{ name: 'screenshots', testMatch: /screenshots\.ts/ }] : []),
  ],
});
