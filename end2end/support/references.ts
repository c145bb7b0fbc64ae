// The reference pages of `benches/page`, against which the benches measure our page.
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { type Server as Listener, createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { listen } from './listen.ts';
import { root } from './server.ts';

const folder = join(root, 'benches/page');
const read = (path: string) => readFileSync(join(folder, path), 'utf8');
/** Loads packages of that folder, without types. */
const load = createRequire(join(folder, 'package.json'));

export const REFERENCES = ['dom', 'react', 'vue'] as const;

/** React's production build. The packages contain CommonJS modules only, so each becomes a function. */
function react(): string {
  const files = {
    react: 'react/cjs/react.production.js',
    scheduler: 'scheduler/cjs/scheduler.production.js',
    'react-dom': 'react-dom/cjs/react-dom.production.js',
    'react-dom/client': 'react-dom/cjs/react-dom-client.production.js',
  };
  const modules = Object.entries(files).map(([name, file]) => {
    const body = read(`node_modules/${file}`);
    return `modules[${JSON.stringify(name)}] = (() => { const exports = {}; ${body}\nreturn exports; })();`;
  });
  return [
    'const modules = {};',
    'const require = (name) => modules[name];',
    ...modules,
    "const React = require('react'), ReactDOM = require('react-dom/client');",
  ].join('\n');
}

/** A Vue component, compiled for production. */
function component(name: string): string {
  const { parse, compileScript } = load('vue/compiler-sfc');
  const { descriptor } = parse(read(`vue/${name}.vue`));
  return compileScript(descriptor, { id: name, inlineTemplate: true, isProd: true }).content;
}

/** The style sheet of our page: all pages use the same one. */
function style(): string {
  const built = join(root, 'target/site/pkg');
  return readFileSync(join(built, readdirSync(built).find((name) => name.endsWith('.css'))!), 'utf8');
}

/** Serves the pages, each below a path of its own. */
export class References {
  private readonly listener: Listener;
  /** Without a slash at the end. */
  url = '';

  constructor() {
    const made: Record<string, () => string> = {
      '/style.css': style,
      '/react/react.js': react,
      '/vue/vue.js': () => read('node_modules/vue/dist/vue.runtime.esm-browser.prod.js'),
      '/vue/app.js': () => component('App'),
      '/vue/row.js': () => component('Row'),
    };
    for (const page of REFERENCES) {
      made[`/${page}/`] = () => read(`${page}/index.html`);
      made[`/${page}/main.js`] = () => read(`${page}/main.js`);
    }
    this.listener = createServer((request, response) => {
      const path = request.url!;
      if (!(path in made)) return response.writeHead(404).end();
      const type = path.endsWith('.js') ? 'text/javascript' : path.endsWith('.css') ? 'text/css' : 'text/html';
      response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(made[path]());
    });
  }

  async start(): Promise<void> {
    this.url = await listen(this.listener);
  }

  async stop(): Promise<void> {
    const closed = once(this.listener, 'close');
    this.listener.close();
    this.listener.closeAllConnections();
    await closed;
  }
}
