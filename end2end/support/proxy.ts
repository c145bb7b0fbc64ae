// A network between the page and the server on which a connection can die silently.
import { once } from 'node:events';
import { type Server as Listener, type Socket, connect, createServer } from 'node:net';
import { listen } from './listen.ts';

/** A TCP proxy. */
export class Proxy {
  private readonly listener: Listener;
  private readonly sockets = new Set<Socket>();
  /** The connections from the page, each with the path of its latest request. */
  private readonly uses = new Map<Socket, { path: string; upstream: Socket }>();
  /** Without a slash at the end. */
  url = '';

  constructor(target: string) {
    const { hostname, port } = new URL(target);
    this.listener = createServer((client) => {
      const upstream = connect(Number(port), hostname);
      client.on('data', (data) => {
        const request = /^(?:GET|POST) (\S+) HTTP/.exec(data.toString('latin1'));
        if (request) this.uses.set(client, { path: request[1], upstream });
      });
      for (const [from, to] of [[client, upstream], [upstream, client]]) {
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
   * Stops all traffic on the connections whose latest request has a path that starts with `path`. They stay open.
   * Returns how many there are.
   */
  freeze(path: string): number {
    const frozen = [...this.uses].filter(([, use]) => use.path.startsWith(path));
    for (const [client, { upstream }] of frozen) {
      client.unpipe().pause();
      upstream.unpipe().pause();
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
