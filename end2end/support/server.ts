// The program under test, and the changes that other clients make to its list.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from '@playwright/test';
import { FIRST, SECOND } from './todo-page.ts';

export const root = join(import.meta.dirname, '../..');

/** Flags of a server without rate limits, for measurements. */
export const UNLIMITED = ['--reads-per-second', '0', '--changes-per-second', '0', '--new-senders-per-hour', '0'];

interface Todo {
  id: string;
  title: string;
  completed: boolean;
  url: string;
}

/** The commands of one request: the server accepts a body of 64 KiB. */
const MAX_BATCH_BYTES = 60_000;

/** The pauses between polls, in milliseconds: the server answers within a few. */
export const POLL = { intervals: [10, 25, 50, 100] };

interface ServerOptions {
  /** More flags for the program. */
  flags?: string[];
  /** Whether the list is in a folder and outlives the process. */
  durable?: boolean;
  /** The password of the list, which has to be durable. */
  password?: string;
  /** A data folder to begin with a copy of. */
  data?: string;
}

/** The release server, on a free port, with its own list. */
export class Server {
  private process?: ChildProcess;
  /** The flags that stay the same over restarts. */
  private readonly fixed: string[];
  private flags: string[];
  private readonly folder?: string;
  private readonly password?: string;
  /** Without a slash at the end. */
  url = '';
  /** The session cookie of this object; empty before `protect`. */
  private cookie = '';

  constructor({ flags = [], durable = false, password, data }: ServerOptions = {}) {
    this.password = password;
    if (durable || data) this.folder = mkdtempSync(join(tmpdir(), 'todo-list-'));
    if (data && this.folder) cpSync(data, this.folder, { recursive: true });
    this.fixed = ['--data', this.folder ?? ':memory:', '--log', 'info'];
    this.flags = [...this.fixed, ...flags];
  }

  /** Starts the process. After the first start, the port stays the same. */
  async start(): Promise<void> {
    const isFirst = this.url === '';
    // A running server would notice the password only within a second.
    if (isFirst && this.password) this.run(`${this.password}\n`, 'password', '--new');
    await this.launch();
    if (isFirst && this.password) await this.signIn(this.password);
  }

  private async launch(): Promise<void> {
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
        // Discards the rest of the log, which would fill the pipe.
        server.stderr.resume();
        return;
      }
    }
    throw new Error(`the server did not start: ${lines.join('\n')}`);
  }

  /** Kills the process: it answers nothing more. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Stops the process by the signal of a system that shuts down. Fails if it does not exit with 0. */
  async stop(): Promise<void> {
    const code = await this.end('SIGTERM');
    if (code !== 0) throw new Error(`the server has exited with ${code}`);
  }

  /** Suspends the process: the kernel still accepts connections, and nothing is sent on them. */
  freeze(): void {
    this.process?.kill('SIGSTOP');
  }

  /** Kills the process and deletes its folder. */
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

  /** Kills the process, and starts another one at the same address with other flags. */
  async restart(...flags: string[]): Promise<void> {
    await this.kill();
    this.flags = [...this.fixed, ...flags];
    await this.start();
  }

  /** Runs a command of the program on the data of this server, with `input` on its standard input. */
  private run(input: string, ...command: string[]): void {
    const program = join(root, 'target/release/todo-list');
    const done = spawnSync(program, [...command, '--data', this.folder ?? ':memory:'], { cwd: root, input, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(done.stderr);
  }

  private status(): Promise<number> {
    return fetch(`${this.url}/api/items`, { headers: { cookie: this.cookie } }).then((response) => response.status);
  }

  /** Waits until the server has noticed a change by the command line. */
  private async waitForStatus(status: number): Promise<void> {
    await expect.poll(() => this.status(), POLL).toBe(status);
  }

  /** Sets the password of the list, which has to be durable. */
  async protect(password: string): Promise<void> {
    this.run(`${password}\n`, 'password');
    await this.waitForStatus(401);
    await this.signIn(password);
  }

  /** Ends all sessions. */
  async signOutAll(password: string): Promise<void> {
    this.run('', 'sign-out');
    await this.waitForStatus(401);
    await this.signIn(password);
  }

  /** Signs this object in, without a browser. */
  private async signIn(password: string): Promise<void> {
    const body = new URLSearchParams({ password });
    const response = await fetch(`${this.url}/sign-in`, { method: 'POST', body, redirect: 'manual' });
    this.cookie = response.headers.getSetCookie()[0].split(';')[0];
  }

  /** The titles on the server. */
  async items(): Promise<string[]> {
    const response = await fetch(`${this.url}/api/items`, { headers: { cookie: this.cookie } });
    return (await response.json()) as string[];
  }

  /** Waits until the server has exactly these titles, in this order. */
  async expectItems(titles: string[]): Promise<void> {
    await expect.poll(() => this.items(), POLL).toEqual(titles);
  }

  /** Waits until the server has exactly these titles after the two of a fresh server. */
  async expectAdded(titles: string[]): Promise<void> {
    await this.expectItems([FIRST, SECOND, ...titles]);
  }

  /** Waits until exactly these items are completed on the server. */
  async expectCompleted(titles: string[]): Promise<void> {
    await expect.poll(() => this.completed(), POLL).toEqual(titles);
  }

  /** Adds an item as another client. */
  async add(item: string): Promise<void> {
    await this.call('POST', `${this.url}/api/items`, { item });
  }

  /** Changes an item as another client. */
  async change(title: string, fields: { title?: string; completed?: boolean }): Promise<void> {
    await this.changeAt(await this.urlOf(title), fields);
  }

  /** Changes the item at a URL of the API as another client. */
  async changeAt(url: string, fields: { title?: string; completed?: boolean }): Promise<void> {
    await this.call('PATCH', url, fields);
  }

  /** Removes an item as another client. */
  async remove(title: string): Promise<void> {
    await this.call('DELETE', await this.urlOf(title));
  }

  /** Adds items at the start of the list as another client. The last title is the first of the list then. */
  async addFirst(...titles: string[]): Promise<void> {
    await this.addAt('start', titles);
  }

  /** Adds many items at the end as another client. */
  async addMany(titles: string[]): Promise<void> {
    await this.addAt('end', titles);
  }

  private async addAt(at: 'start' | 'end', titles: string[]): Promise<void> {
    const client = crypto.randomUUID();
    let commands: unknown[] = [];
    let size = 0;
    const send = async () => {
      await this.call('POST', `${this.url}/api/v1/lists/home/commands`, { client, commands });
      [commands, size] = [[], 0];
    };
    for (const [index, title] of titles.entries()) {
      const command = { seq: index + 1, command: { add: { id: crypto.randomUUID(), title, at } } };
      const length = Buffer.byteLength(JSON.stringify(command)) + 1;
      if (commands.length > 0 && size + length > MAX_BATCH_BYTES) await send();
      commands.push(command);
      size += length;
    }
    await send();
  }

  /** The titles of the completed items on the server. */
  async completed(): Promise<string[]> {
    return (await this.todos()).filter((todo) => todo.completed).map((todo) => todo.title);
  }

  /** The number of commands that the list has accepted. */
  async revision(): Promise<number> {
    const response = await fetch(`${this.url}/api/v1/lists/home`);
    return ((await response.json()) as { revision: number }).revision;
  }

  /** All items on the server. */
  async todos(): Promise<Todo[]> {
    const response = await fetch(`${this.url}/api/v1/lists/home/todos`, { headers: { cookie: this.cookie } });
    return (await response.json()) as Todo[];
  }

  /** The URL of an item in the API. */
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
