// A slow network between the page and the server. It also slows down the requests of the service worker, which the
// browser's own network emulation does not.
import { once } from 'node:events';
import { type Server as Listener, type Socket, connect, createServer } from 'node:net';
import { listen } from './listen.ts';

interface Speed {
  /** The round-trip time in milliseconds. */
  roundTrip: number;
  /** In bits per second. */
  down: number;
  up: number;
}

/** The "slow 4G" of Lighthouse. */
export const SLOW_4G: Speed = { roundTrip: 150, down: 1_600_000, up: 750_000 };

/** The payload of a TCP packet. */
const PACKET_BYTES = 1_460;

/** One direction of the network. All connections share its bandwidth. */
class Link {
  private freeAt = 0;
  private readonly inFlight: { at: number; arrive: () => void }[] = [];
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly bitsPerSecond: number,
    private readonly delay: number,
  ) {}

  /** Carries `bytes`, and calls `arrive` at the other end. The order of sending is kept. */
  carry(bytes: number, arrive: () => void): void {
    this.freeAt = Math.max(performance.now(), this.freeAt) + (bytes * 8_000) / this.bitsPerSecond;
    this.inFlight.push({ at: this.freeAt + this.delay, arrive });
    this.timer ??= setTimeout(this.deliver, this.delay);
  }

  private readonly deliver = () => {
    while (this.inFlight.length > 0 && this.inFlight[0].at <= performance.now()) this.inFlight.shift()!.arrive();
    const next = this.inFlight.at(0);
    this.timer = next && setTimeout(this.deliver, next.at - performance.now());
  };

  stop(): void {
    clearTimeout(this.timer);
  }
}

export class SlowNetwork {
  private readonly listener: Listener;
  private readonly sockets = new Set<Socket>();
  private readonly links: Link[];
  /** Without a slash at the end. */
  url = '';

  constructor(target: string, { roundTrip, down, up }: Speed) {
    const { hostname, port } = new URL(target);
    const [upward, downward] = (this.links = [new Link(up, roundTrip / 2), new Link(down, roundTrip / 2)]);
    this.listener = createServer((client) => {
      const upstream = connect(Number(port), hostname);
      for (const [from, to, link] of [[client, upstream, upward], [upstream, client, downward]] as const) {
        this.sockets.add(from);
        from.setNoDelay();
        from.on('data', (data) => {
          for (let at = 0; at < data.length; at += PACKET_BYTES) {
            const packet = data.subarray(at, at + PACKET_BYTES);
            link.carry(packet.length, () => to.write(packet));
          }
        });
        from.on('end', () => link.carry(0, () => to.end()));
        from.on('error', () => to.destroy());
        from.on('close', () => this.sockets.delete(from));
      }
      // Connecting takes a round trip, too.
      client.pause();
      setTimeout(() => client.resume(), roundTrip);
    });
  }

  async start(): Promise<void> {
    this.url = await listen(this.listener);
  }

  async stop(): Promise<void> {
    const closed = once(this.listener, 'close');
    this.listener.close();
    for (const socket of this.sockets) socket.destroy();
    for (const link of this.links) link.stop();
    await closed;
  }
}
