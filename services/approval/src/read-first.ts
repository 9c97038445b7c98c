import { problem } from "@holdfast/service";
import type { RequestHandler } from "express";
import type { Desk } from "./desk.ts";
import { html } from "./html.ts";
import { page, PAGE_HEADERS } from "./page.ts";

const REFRESH_SECONDS = 2;
const READING =
  "Holdfast has just started and is still reading its records: until it has, it would show less than there is and refuse what is in order. That takes seconds. If it lasts, /readyz of approval says why.";

/** Shows nothing and takes nothing before the topics were read to their end: half of them looks like the whole. */
export function readFirst({ isCaughtUp }: Pick<Desk, "isCaughtUp">): RequestHandler {
  return (req, res, next) => {
    if (isCaughtUp()) return next();
    const isLook = req.method === "GET";
    const says = isLook ? READING : `Nothing was recorded. ${READING}`;
    res.set("retry-after", String(REFRESH_SECONDS));
    if (req.accepts(["application/json", "text/html"]) !== "text/html") return problem(res, 503, says);
    const body = html`<p class="told">${says}</p>`;
    res
      .status(503)
      .set(PAGE_HEADERS)
      .send(page({ title: "Holdfast", body, ...(isLook && { refreshSeconds: REFRESH_SECONDS }) }));
  };
}
