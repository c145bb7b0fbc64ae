// A network between the page and the server on which a connection can die without a word.
import { once } from 'node:events';
import { type Server as Listener, type Socket, connect, createServer } from 'node:net';
import { listen } from './listen.ts';

/** Passes bytes on in both directions. */
export class Proxy {
  private readonly listener: Listener;
  private readonly sockets = new Set<Socket>();
  /** The connections from the page, each with what it was last used for. */
  private readonly uses = new Map<Socket, { path: string; far: Socket }>();
  /** Without a slash at the end. */
  url = '';

  constructor(target: string) {
    const { hostname, port } = new URL(target);
    this.listener = createServer((near) => {
      const far = connect(Number(port), hostname);
      near.on('data', (data) => {
        const request = /^(?:GET|POST) (\S+) HTTP/.exec(data.toString('latin1'));
        if (request) this.uses.set(near, { path: request[1], far });
      });
      for (const [from, to] of [[near, far], [far, near]]) {
        this.sockets.add(from);
        from.pipe(to);
        from.on('error', () => to.destroy());
        from.on('close', () => {
          to.destroy();
          this.sockets.delete(from);
          this.uses.delete(from);
        });
      }
    });
  }

  async start(): Promise<void> {
    this.url = await listen(this.listener);
  }

  /**
   * From now on nothing passes on the connections that are used for such a path. They stay open, and nobody
   * is told. Answers how many there are.
   */
  freeze(path: string): number {
    const frozen = [...this.uses].filter(([, use]) => use.path.startsWith(path));
    for (const [near, { far }] of frozen) {
      near.unpipe().pause();
      far.unpipe().pause();
    }
    return frozen.length;
  }

  async stop(): Promise<void> {
    const closed = once(this.listener, 'close');
    this.listener.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}
