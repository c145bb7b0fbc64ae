// Failures between the page and the server: silence, refusals and lost responses.
import type { BrowserContext, Page } from '@playwright/test';

/** The server function that the page calls. */
export const CALLS = '**/api/fn/exchange';
/** The server's stream of events. */
export const STREAM = '**/api/v1/events*';

type Where = Page | BrowserContext;

/** Leaves the stream of events unanswered: the page learns of other changes only from its calls. */
export async function silenceStream(where: Where): Promise<void> {
  await where.route(STREAM, () => {});
}

/** Holds the calls until the test releases them. */
export async function holdCalls(where: Where): Promise<{ release: () => void }> {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await where.route(CALLS, async (route) => {
    await released;
    await route.continue();
  });
  return { release };
}

/** Passes the calls to the server and drops its responses. */
export async function loseAnswers(where: Where): Promise<void> {
  await where.route(CALLS, async (route) => {
    await route.fetch();
    // If the test has removed the route in the meantime, the call has already continued.
    await route.abort().catch(() => {});
  });
}

const SIGNATURE = Buffer.from('todo-list 2\n');
/** The length of an encoded UUID: its length and its bytes. */
const UUID = 17;

/** Answers every command with "the list is full". The commands do not reach the server. */
export async function findListFull(where: Where): Promise<void> {
  await where.route(CALLS, async (route) => {
    // The body: signature, list, cursor (two numbers), sender, sequence number, commands.
    const body = route.request().postDataBuffer()!;
    const numberEnd = (at: number) => at + 1 + body.subarray(at).findIndex((byte) => byte < 128);
    const cursor = SIGNATURE.length + UUID;
    const cursorEnd = numberEnd(numberEnd(cursor));
    const count = body[numberEnd(cursorEnd + UUID)];
    if (count === 0) return route.continue();
    const refusals = Array<number[]>(count).fill([2, 0]).flat();
    const answer = [SIGNATURE, body.subarray(cursor, cursorEnd), Buffer.from([count, ...refusals, 0, 0])];
    await route.fulfill({ status: 200, body: Buffer.concat(answer) });
  });
}
