import type { Recorded, Workload } from "./doors.ts";
import { recordOf, type Stage } from "./stage.ts";

export const BROKEN: Workload = { namespace: "payments", name: "api" };

/** A bad release goes out, and Alertmanager says so. */
export async function breaking(stage: Stage): Promise<{ readonly alert: Recorded; readonly incident: string }> {
  const { doors, teller } = stage;
  const name = `${BROKEN.namespace}/${BROKEN.name}`;
  teller.act("Something breaks");
  const before = await doors.failing(BROKEN);
  await teller.working(`a release of ${name} goes out and crashes; waiting for its alert`, () =>
    doors.breakDown("bad-rollout"),
  );
  teller.row("BROKE", `a release of ${name} went out, and its pods crash as they start`);
  teller.row("USERS", `${percent(await doors.failing(BROKEN))} of requests fail; before, ${percent(before)} did`);
  const first = await recordOf(stage, "the alert", { topic: "alerts" });
  const opens = ({ event }: Recorded): boolean => event["alert"] === first.id;
  const opened = await recordOf(stage, "the incident", { topic: "incidents" }, opens);
  const incident = opened.incident ?? "";
  // Which incident an alert belongs to is known once there is one, so it is read again.
  const alert = await recordOf(stage, "the alert", { topic: "alerts", incident }, ({ id }) => id === first.id);
  teller.record(alert, `alert ${labelOf(alert, "alertname")}, ${labelOf(alert, "severity")}`);
  teller.record(opened, `incident opened for ${name}`);
  return { alert, incident };
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

function labelOf({ event }: Recorded, wanted: string): string {
  const labels: unknown = event["labels"];
  const found: unknown = Array.isArray(labels) ? labels.find(({ name }) => name === wanted) : undefined;
  return typeof found === "object" && found !== null && "value" in found ? String(found.value) : "not known";
}
