// The program under test, and what somebody else does with its list.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const root = join(import.meta.dirname, '../..');

interface Todo {
  title: string;
  completed: boolean;
  url: string;
}

/** The release server, on a free port, with a list of its own. */
export class Server {
  private process?: ChildProcess;
  /** Without a slash at the end. */
  url = '';

  constructor(private flags: string[] = []) {}

  /** Starts it, on the same port if it was running before. */
  async start(): Promise<void> {
    const address = this.url.replace('http://', '') || '127.0.0.1:0';
    const flags = ['--addr', address, '--data', ':memory:', '--log', 'info', ...this.flags];
    const server = spawn(join(root, 'target/release/todo-list'), flags, {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.process = server;
    const lines: string[] = [];
    for await (const line of createInterface(server.stderr)) {
      const listening = /listening on (http:\S+)\/$/.exec(line);
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
    const server = this.process;
    this.process = undefined;
    if (!server || server.exitCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  }

  /** Kills it, and starts it anew at the same address, with other flags. */
  async restart(...flags: string[]): Promise<void> {
    await this.kill();
    this.flags = flags;
    await this.start();
  }

  /** The titles, past the page. */
  async items(): Promise<string[]> {
    const response = await fetch(`${this.url}/api/items`);
    return (await response.json()) as string[];
  }

  /** Adds an item, past the page. */
  async add(item: string): Promise<void> {
    const response = await fetch(`${this.url}/api/items`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ item }),
    });
    if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
  }

  /** Changes an item as somebody else, past the page. */
  async change(title: string, fields: { title?: string; completed?: boolean }): Promise<void> {
    await this.call('PATCH', await this.urlOf(title), fields);
  }

  /** Removes an item as somebody else, past the page. */
  async remove(title: string): Promise<void> {
    await this.call('DELETE', await this.urlOf(title));
  }

  /** The titles of the items that are completed, past the page. */
  async completed(): Promise<string[]> {
    return (await this.todos()).filter((todo) => todo.completed).map((todo) => todo.title);
  }

  private async todos(): Promise<Todo[]> {
    const response = await fetch(`${this.url}/api/v1/lists/home/todos`);
    return (await response.json()) as Todo[];
  }

  private async urlOf(title: string): Promise<string> {
    const todo = (await this.todos()).find((todo) => todo.title === title);
    if (!todo) throw new Error(`there is no item ${title}`);
    return todo.url;
  }

  private async call(method: string, url: string, body?: unknown): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  }
}
