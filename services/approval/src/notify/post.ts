import { sentenceOf } from "@holdfast/service";
import type { Sent } from "./target.ts";

const ANSWER_MS_MAX = 10_000;
/** Longer than that no target is obeyed: a proposal would be over. */
const RETRY_AFTER_MS_MAX = 15 * 60_000;
/** These say that the message itself is wrong, so that it would be wrong the next time as well. */
const NEVER = new Set([400, 413, 415, 422]);
const CREDENTIAL = new Set([401, 403, 404, 405, 410]);

export type Message = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
};

/**
 * One POST, whose answer is its status alone: what a target writes is not read, so that it can neither hold us nor speak in
 * our log. Redirects are not followed: what the message and its token are for is the address that was set.
 */
export async function post(
  { url, headers, body }: Message,
  signal: AbortSignal,
  timeoutMs = ANSWER_MS_MAX,
): Promise<Sent> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.any([signal, timeout]),
    });
    await answer.body?.cancel();
    return sentOf(answer);
  } catch (cause) {
    signal.throwIfAborted();
    if (timeout.aborted)
      return { outcome: "failed", kind: "timeout", says: `it did not answer within ${timeoutMs / 1000} s` };
    return { outcome: "failed", kind: "unreachable", says: `it cannot be reached (${reasonOf(cause)})` };
  }
}

function sentOf({ status, headers }: Response): Sent {
  const says = `it answered ${status}`;
  if (status >= 200 && status < 300) return { outcome: "sent", says };
  if (status >= 300 && status < 400)
    return { outcome: "failed", kind: "redirect", says: `${says}, a redirect, and redirects are not followed` };
  if (NEVER.has(status)) return { outcome: "refused", says: `${says}: it does not take this message` };
  const retryAfterMs = retryAfter(headers.get("retry-after"));
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (status === 429) return { outcome: "failed", kind: "throttled", says: `${says}: too many messages`, ...wait };
  if (CREDENTIAL.has(status))
    return {
      outcome: "failed",
      kind: "credential",
      says: `${says}: its address or its token is not, or no longer, right`,
    };
  return { outcome: "failed", kind: "status", says, ...wait };
}

/** In seconds, or as a date. */
function retryAfter(text: string | null): number | undefined {
  if (text === null) return undefined;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, RETRY_AFTER_MS_MAX) : undefined;
}

/** The code of the system's error, which names no address. */
function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return inner instanceof Error && "code" in inner ? sentenceOf(inner.code) : "the connection failed";
}
