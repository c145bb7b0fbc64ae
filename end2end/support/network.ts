// What happens between the page and the server: silence, refusals, and answers that get lost.
import type { BrowserContext, Page } from '@playwright/test';

/** The page's call of the server. */
export const CALLS = '**/api/fn/exchange';
/** The server's stream of what others do. */
export const STREAM = '**/api/v1/events*';

type Where = Page | BrowserContext;

/** Lets the stream stay without a word: what others do is heard of by calls only. */
export async function silenceStream(where: Where): Promise<void> {
  await where.route(STREAM, () => {});
}

/** Lets the calls wait, and then go on. */
export async function holdCalls(where: Where): Promise<{ release: () => void }> {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await where.route(CALLS, async (route) => {
    await released;
    await route.continue();
  });
  return { release };
}

/** Lets the server do what it is told, and its answers get lost. */
export async function loseAnswers(where: Where): Promise<void> {
  await where.route(CALLS, async (route) => {
    await route.fetch();
    // The test may have let go of the calls meanwhile: then this one has gone on by itself.
    await route.abort().catch(() => {});
  });
}

const SIGNATURE = Buffer.from('todo-list 1\n');

/** Answers all commands in the place of the server that the list is full. It is never asked. */
export async function findListFull(where: Where): Promise<void> {
  await where.route(CALLS, async (route) => {
    // The signature, the cursor (two numbers), the sender (its length, 16 bytes), a number, the commands.
    const body = route.request().postDataBuffer()!;
    const numberEnd = (at: number) => at + 1 + body.subarray(at).findIndex((byte) => byte < 128);
    const cursorEnd = numberEnd(numberEnd(SIGNATURE.length));
    const count = body[numberEnd(cursorEnd + 17)];
    if (count === 0) return route.continue();
    const refusals = Array<number[]>(count).fill([1, 0]).flat();
    const answer = [SIGNATURE, body.subarray(SIGNATURE.length, cursorEnd), Buffer.from([count, ...refusals, 0, 0])];
    await route.fulfill({ status: 200, body: Buffer.concat(answer) });
  });
}
