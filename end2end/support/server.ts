// The program under test, and what somebody else does with its list.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const root = join(import.meta.dirname, '../..');

/** Flags of a server that a measurement may ask as often as it can. */
export const UNLIMITED = ['--reads-per-second', '0', '--changes-per-second', '0', '--new-senders-per-hour', '0'];

interface Todo {
  id: string;
  title: string;
  completed: boolean;
  url: string;
}

interface ServerOptions {
  /** More flags for the program. */
  flags?: string[];
  /** Whether the list is kept in a folder, and outlives the process. */
  durable?: boolean;
}

/** The release server, on a free port, with a list of its own. */
export class Server {
  private process?: ChildProcess;
  /** The flags that every server of a test has. */
  private readonly usual: string[];
  private flags: string[];
  private readonly folder?: string;
  /** Without a slash at the end. */
  url = '';
  /** Shows that this object has signed in, if it has to. */
  private cookie = '';

  constructor({ flags = [], durable = false }: ServerOptions = {}) {
    if (durable) this.folder = mkdtempSync(join(tmpdir(), 'todo-list-'));
    this.usual = ['--data', this.folder ?? ':memory:', '--log', 'info'];
    this.flags = [...this.usual, ...flags];
  }

  /** Starts it, on the same port if it was running before. */
  async start(): Promise<void> {
    const address = this.url.replace('http://', '') || '127.0.0.1:0';
    const server = spawn(join(root, 'target/release/todo-list'), ['--addr', address, ...this.flags], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.process = server;
    const lines: string[] = [];
    for await (const line of createInterface(server.stderr)) {
      const listening = /listening on (http:\S+)\//.exec(line);
      lines.push(line);
      if (listening) {
        this.url = listening[1];
        // Nobody reads on: the rest must not fill the pipe.
        server.stderr.resume();
        return;
      }
    }
    throw new Error(`the server did not start: ${lines.join('\n')}`);
  }

  /** Kills it, without a chance to answer anything more. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Stops it as a system does that shuts down. */
  async stop(): Promise<void> {
    const code = await this.end('SIGTERM');
    if (code) throw new Error(`the server has ended with ${code}`);
  }

  /** Lets it do nothing any more. It takes connections, and says nothing on them. */
  freeze(): void {
    this.process?.kill('SIGSTOP');
  }

  /** Kills it, and leaves nothing behind. */
  async discard(): Promise<void> {
    await this.kill();
    if (this.folder) rmSync(this.folder, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    const server = this.process;
    this.process = undefined;
    if (!server || server.exitCode !== null) return null;
    const exited = once(server, 'exit');
    server.kill(signal);
    const [code] = (await exited) as [number | null];
    return code;
  }

  /** Kills it, and starts it anew at the same address, with other flags. */
  async restart(...flags: string[]): Promise<void> {
    await this.kill();
    this.flags = [...this.usual, ...flags];
    await this.start();
  }

  /** Does something on the command line, with the data of this server and a line of input. */
  private run(input: string, ...command: string[]): void {
    const program = join(root, 'target/release/todo-list');
    const done = spawnSync(program, [...command, '--data', this.folder ?? ':memory:'], { cwd: root, input, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(done.stderr);
  }

  private status(): Promise<number> {
    return fetch(`${this.url}/api/items`, { headers: { cookie: this.cookie } }).then((response) => response.status);
  }

  /** Waits until the server has heard what the command line has changed. */
  private async heard(status: number): Promise<void> {
    while ((await this.status()) !== status) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  /** Sets a password that everybody has to sign in with. Only for a list that is kept in a folder. */
  async protect(password: string): Promise<void> {
    this.run(`${password}\n`, 'password');
    await this.heard(401);
    await this.signIn(password);
  }

  /** Ends all sessions. */
  async signOutAll(password: string): Promise<void> {
    this.run('', 'sign-out');
    await this.heard(401);
    await this.signIn(password);
  }

  /** Signs in past the page. */
  private async signIn(password: string): Promise<void> {
    const body = new URLSearchParams({ password });
    const response = await fetch(`${this.url}/sign-in`, { method: 'POST', body, redirect: 'manual' });
    this.cookie = response.headers.getSetCookie()[0].split(';')[0];
  }

  /** The titles, past the page. */
  async items(): Promise<string[]> {
    const response = await fetch(`${this.url}/api/items`, { headers: { cookie: this.cookie } });
    return (await response.json()) as string[];
  }

  /** Adds an item, past the page. */
  async add(item: string): Promise<void> {
    await this.call('POST', `${this.url}/api/items`, { item });
  }

  /** Changes an item as somebody else, past the page. */
  async change(title: string, fields: { title?: string; completed?: boolean }): Promise<void> {
    await this.changeAt(await this.urlOf(title), fields);
  }

  /** Changes the item at a URL of the API as somebody else, past the page. */
  async changeAt(url: string, fields: { title?: string; completed?: boolean }): Promise<void> {
    await this.call('PATCH', url, fields);
  }

  /** Removes an item as somebody else, past the page. */
  async remove(title: string): Promise<void> {
    await this.call('DELETE', await this.urlOf(title));
  }

  /** Puts a new item before all others as somebody else, past the page. */
  async addFirst(title: string): Promise<void> {
    await this.command({ add: { id: crypto.randomUUID(), title, at: 'start' } });
  }

  /** Adds many items at the end, past the page. */
  async addMany(titles: string[]): Promise<void> {
    const client = crypto.randomUUID();
    const commands = titles.map((title, index) => ({
      seq: index + 1,
      command: { add: { id: crypto.randomUUID(), title, at: 'end' } },
    }));
    // A request has no more than 64 KiB.
    for (let at = 0; at < commands.length; at += 200) {
      await this.call('POST', `${this.url}/api/v1/lists/home/commands`, { client, commands: commands.slice(at, at + 200) });
    }
  }

  /** The titles of the items that are completed, past the page. */
  async completed(): Promise<string[]> {
    return (await this.todos()).filter((todo) => todo.completed).map((todo) => todo.title);
  }

  /** How many commands the list has taken. */
  async revision(): Promise<number> {
    const response = await fetch(`${this.url}/api/v1/lists/home`);
    return ((await response.json()) as { revision: number }).revision;
  }

  private async command(command: unknown): Promise<void> {
    const batch = { client: crypto.randomUUID(), commands: [{ seq: 1, command }] };
    await this.call('POST', `${this.url}/api/v1/lists/home/commands`, batch);
  }

  /** All items, past the page. */
  async todos(): Promise<Todo[]> {
    const response = await fetch(`${this.url}/api/v1/lists/home/todos`, { headers: { cookie: this.cookie } });
    return (await response.json()) as Todo[];
  }

  /** Where the API has an item. */
  async urlOf(title: string): Promise<string> {
    const todo = (await this.todos()).find((todo) => todo.title === title);
    if (!todo) throw new Error(`there is no item ${title}`);
    return todo.url;
  }

  private async call(method: string, url: string, body?: unknown): Promise<void> {
    const headers = { 'content-type': 'application/json', cookie: this.cookie };
    const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  }
}
