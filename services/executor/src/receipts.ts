import type { Published } from "@holdfast/bus";
import { checkReceipt, logVerifier, type Verifier } from "@holdfast/log";
import { publicKeys } from "@holdfast/schemas";

export type Receipted = { readonly outcome: "receipted" } | { readonly outcome: "none"; readonly why: string };

/** Whether the log holds exactly this record, as the log itself signed it. */
export type Receipts = (record: Published, signal: AbortSignal) => Promise<Receipted>;

const TIMEOUT_MS = 8_000;
const BODY_BYTES_MAX = 256 * 1024;

/** Whoever answers in audit's place cannot forge a receipt: it is checked against the pinned key and the record in hand. */
export function auditReceipts(auditUrl: string, verifier: Verifier, token?: string): Receipts {
  const base = auditUrl.replace(/\/$/, "");
  return async (record, signal) => {
    try {
      const answer = await fetch(`${base}/v1/receipts/${record.topic}/${record.partition}/${record.offset}`, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        redirect: "error",
        headers: {
          "user-agent": "holdfast-executor",
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
      });
      const text = await answer.text();
      if (!answer.ok || text.length > BODY_BYTES_MAX)
        return { outcome: "none", why: `audit answered ${answer.status}` };
      const checked = checkReceipt(JSON.parse(text), record, verifier);
      return checked.outcome === "receipted" ? { outcome: "receipted" } : { outcome: "none", why: checked.because };
    } catch (cause) {
      signal.throwIfAborted();
      return {
        outcome: "none",
        why: `audit could not be asked: ${cause instanceof Error ? cause.message : "no answer"}`,
      };
    }
  };
}

/** @throws with a sentence where audit has no public key: then no receipt could be believed. */
export function auditVerifier(pem: string | undefined): Verifier {
  const [key] = publicKeys("audit", pem ?? "");
  if (key === undefined) throw new Error("The executor has no public key of audit, so no receipt could be believed.");
  return logVerifier(key);
}
