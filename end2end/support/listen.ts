// A listener of a test's own.
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';

/** Lets it listen on this machine, at a free port. Answers its address, without a slash at the end. */
export async function listen(listener: Server): Promise<string> {
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
}
