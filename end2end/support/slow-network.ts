// A slow network between the page and the server: for all that the browser sends, its service worker's too, which
// the browser's own means do not slow down.
import { once } from 'node:events';
import { type Server as Listener, type Socket, connect, createServer } from 'node:net';
import { listen } from './listen.ts';

interface Speed {
  /** How long a question and its answer are on their way, in milliseconds. */
  roundTrip: number;
  /** In bits per second. */
  down: number;
  up: number;
}

/** What Lighthouse and others call "slow 4G". */
export const SLOW_4G: Speed = { roundTrip: 150, down: 1_600_000, up: 750_000 };

/** So many bytes arrive together. */
const PACKET = 1_460;

/** One direction, which all connections share. */
class Link {
  private freeAt = 0;
  private readonly underWay: { at: number; arrive: () => void }[] = [];
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly bitsPerSecond: number,
    private readonly delay: number,
  ) {}

  /** Takes `bytes` along, and does something when they have arrived. What was sent before arrives before. */
  carry(bytes: number, arrive: () => void): void {
    this.freeAt = Math.max(performance.now(), this.freeAt) + (bytes * 8_000) / this.bitsPerSecond;
    this.underWay.push({ at: this.freeAt + this.delay, arrive });
    this.timer ??= setTimeout(this.deliver, this.delay);
  }

  private readonly deliver = () => {
    while (this.underWay.length > 0 && this.underWay[0].at <= performance.now()) this.underWay.shift()!.arrive();
    const next = this.underWay.at(0);
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
    this.listener = createServer((near) => {
      const far = connect(Number(port), hostname);
      for (const [from, to, link] of [[near, far, upward], [far, near, downward]] as const) {
        this.sockets.add(from);
        from.setNoDelay();
        from.on('data', (data) => {
          for (let at = 0; at < data.length; at += PACKET) {
            const packet = data.subarray(at, at + PACKET);
            link.carry(packet.length, () => to.write(packet));
          }
        });
        from.on('end', () => link.carry(0, () => to.end()));
        from.on('error', () => to.destroy());
        from.on('close', () => this.sockets.delete(from));
      }
      // To connect takes a round trip, too.
      near.pause();
      setTimeout(() => near.resume(), roundTrip);
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
