// Pages whose HTML is rewritten between the server and the page, by proxies that hide e-mail addresses or by translators.
import { type IncomingMessage, type Server as Listener, createServer, request } from 'node:http';
import type { Page } from '@playwright/test';
import { listen } from './listen.ts';

type Rewrite = (html: string) => string;

/** Hides the e-mail addresses in the rows, as Cloudflare does. */
export const hideAddresses: Rewrite = (html) =>
  html.replace(
    /[\w.]+@[\w.]+(?=[^<]*<\/(?:label|a)>)/g,
    '<a href="/cdn-cgi/l/email-protection" class="__cf_email__" data-cfemail="543a">[email&#160;protected]</a>',
  );

/** What `translate` writes in place of each title. */
export const TRANSLATED = 'Etwas anderes';

/** Translates the rows. */
export const translate: Rewrite = (html) =>
  html.replace(/(<(?:label|a) id="[0-9a-f-]{36}"[^>]*>).*?(?=<\/label>|<\/a><\/li>)/g, `$1<font dir="auto"><font>${TRANSLATED}</font></font>`);

/** Rewrites each list page that the page loads from now on. */
export async function rewritePages(page: Page, rewrite: Rewrite): Promise<void> {
  await page.route(/\/(active|completed)?(\?.*)?$/, async (route) => {
    if (route.request().method() !== 'GET') return route.fallback();
    const response = await route.fetch();
    await route.fulfill({ response, body: rewrite(await response.text()) });
  });
}

/** An HTTP proxy that rewrites pages, also those that the service worker loads. */
export class RewritingProxy {
  private readonly listener: Listener;
  /** Without a slash at the end. */
  url = '';

  constructor(target: string, rewrite: Rewrite) {
    this.listener = createServer((received, response) => {
      const { method, url } = received;
      const { 'accept-encoding': _, ...headers } = received.headers;
      const forward = async (answer: IncomingMessage) => {
        const isPage = answer.headers['content-type']?.startsWith('text/html');
        const { 'content-length': _, ...others } = answer.headers;
        response.writeHead(answer.statusCode!, isPage ? others : answer.headers);
        if (!isPage) return void answer.pipe(response);
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk as Buffer);
        response.end(rewrite(Buffer.concat(chunks).toString()));
      };
      const sent = request(target + url, { method, headers }, (answer) => void forward(answer));
      sent.on('error', () => response.destroy());
      response.on('close', () => sent.destroy());
      received.pipe(sent);
    });
  }

  async start(): Promise<void> {
    this.url = await listen(this.listener);
  }

  stop(): void {
    this.listener.close();
    this.listener.closeAllConnections();
  }
}
