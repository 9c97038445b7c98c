import { VERSION } from "@holdfast/service";
import { factsOf, headingOf, type Notice } from "./notice.ts";
import { post } from "./post.ts";
import type { Target } from "./target.ts";

/** How much a receiver should wake somebody for it. */
const SEVERITY: Readonly<Record<Notice["event"], string>> = {
  opened: "warning",
  expiring: "warning",
  ended: "info",
  unknown: "critical",
  test: "info",
};

/** Plain JSON to one address. A receiver drops what it knows already by `id`, which is also in the header Idempotency-Key. */
export function webhook(url: string, token: string | undefined, timeoutMs?: number): Target {
  return {
    name: "webhook",
    gapMs: 0,
    send: (notice, now, signal) => {
      const headers = {
        "user-agent": `holdfast-approval/${VERSION}`,
        "idempotency-key": notice.id,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      };
      return post({ url, headers, body: bodyOf(notice, now) }, signal, timeoutMs);
    },
  };
}

export function bodyOf(notice: Notice, now: number): object {
  const { id, event, state, link, about } = notice;
  const facts = factsOf(notice, now).map(([name, value]) => `${name}: ${value}`);
  return {
    version: 1,
    id,
    event,
    state,
    severity: SEVERITY[event],
    link,
    ...(about && { ...about, decideBy: new Date(about.decideBy).toISOString() }),
    text: [headingOf(notice, now), ...facts, link].join("\n"),
  };
}
