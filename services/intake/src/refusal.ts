/** Why a notification was not taken, as a metric counts it. */
export type Reason = "unauthorized" | "method" | "media_type" | "too_large" | "malformed" | "not_durable";

/** What this door expects not to take: the answer to whoever sent it. */
export type Refusal = {
  readonly outcome: "refused";
  readonly status: number;
  readonly reason: Reason;
  readonly says: string;
};

export function refused(status: number, reason: Reason, says: string): Refusal {
  return { outcome: "refused", status, reason, says };
}
