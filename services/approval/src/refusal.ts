/** What the door does not take, and the sentence for whoever asked. */
export type Refused = {
  readonly outcome: "refused";
  readonly status: 400 | 401 | 403 | 404 | 409 | 410 | 422 | 429;
  readonly says: string;
  /** Where it is only too early: how long to wait. */
  readonly retryAfterSeconds?: number;
};

export function refused(status: Refused["status"], says: string): Refused {
  return { outcome: "refused", status, says };
}
