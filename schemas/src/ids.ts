import { v5 } from "uuid";

/** The namespace of every id here: UUIDv5 of the DNS namespace and "holdfast.dev". */
const HOLDFAST = v5("holdfast.dev", v5.DNS);

/** The id of what a step makes of its cause. Doing the step twice yields the same id, and so the same event. */
export function stepId(cause: string, step: string): string {
  return v5(`${cause}/${step}`, HOLDFAST);
}

/** @param startsAt ms since the epoch. The same by webhook and by poll, and from both of two Alertmanagers. */
export function alertId(fingerprint: string, startsAt: number, status: "firing" | "resolved"): string {
  return stepId(`alert/${fingerprint}`, `${startsAt}/${status}`);
}

/** @param alert id of the alert event that opened it. */
export function incidentId(alert: string): string {
  return stepId(alert, "incident");
}
