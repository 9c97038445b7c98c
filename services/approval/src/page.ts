import { createHash } from "node:crypto";
import { html, type Html } from "./html.ts";
import { STYLE } from "./style.ts";

/** Written by hand: one blank more inside it and its hash is another. */
const STYLE_ELEMENT: Html = { html: `<style>${STYLE}</style>` };
const HASH = createHash("sha256").update(STYLE).digest("base64");

/** Nothing runs on a page, nothing is fetched for it, and nobody frames it; its form goes to this door alone. */
export const PAGE_HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": `default-src 'none'; style-src 'sha256-${HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  "x-frame-options": "DENY",
} as const;

type Page = { readonly title: string; readonly body: Html; readonly refreshSeconds?: number };

export function page({ title, body, refreshSeconds }: Page): string {
  // A page that holds a form is never fetched anew: it would take away what somebody is typing.
  const refresh =
    refreshSeconds === undefined ? undefined : html`<meta http-equiv="refresh" content="${refreshSeconds}" />`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${refresh}
        <title>${title}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <header>
          <a href="/">Holdfast</a><span class="soft">nothing changes unless people approve exactly this change</span>
        </header>
        <main>${body}</main>
      </body>
    </html> `.html;
}
