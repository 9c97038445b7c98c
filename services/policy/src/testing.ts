import { readFileSync } from "node:fs";
import type { Delivery } from "@holdfast/bus";
import { openGuard, openLimits, openWindows } from "@holdfast/guard";
import type { ProposalTopic } from "@holdfast/proposals";
import { encode, type Codec, type Drafted, type Events, type Plan } from "@holdfast/schemas";
import { sample, testCodec } from "@holdfast/schemas/testing";
import type { Policy } from "./policy.ts";
import type { Draft } from "./decision.ts";
import { openKnowledge, type Knowledge } from "./knowledge.ts";
import type { Planned } from "./plan.ts";

/** For the tests of this service: the fixtures' proposal at the moment at which it was planned. */

const config = new URL("../../../config/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, config), "utf8");

export const codec: Codec = testCodec();
export const NOW = sample("proposals.allowed", "rollback").plan.plannedAt;

type Files = { readonly windows?: string; readonly inventory?: string };
const DEV_ONLY = "clusters:\n  sandbox:\n    simulated: true\n    namespaces: { payments: dev }\n";

/** What policy answers by: the shipped rules, and files of a test's own where it has some. */
export function terms({ windows = read("windows.yaml"), inventory = DEV_ONLY }: Files = {}): Pick<
  Policy,
  "mode" | "judges" | "limits" | "settleMs"
> {
  const limits = openLimits(read("limits.yaml"));
  const guard = openGuard({ cedar: read("guard.cedar"), windows, inventory, limits: read("limits.yaml"), tz: "2026a" });
  return { mode: "act", judges: { guard, windows: openWindows(windows, limits.skewSeconds) }, limits, settleMs: 3_000 };
}

export function draftOf(changed: Partial<Drafted> = {}): Draft & { readonly from: "triage" } {
  const event = sample("proposals.drafted", "rollback", changed);
  return { event, value: encode("proposals.drafted", event), from: "triage" };
}

export function plannedOf(changed: Partial<Plan> = {}, hasBackOut = true): Planned {
  const plan = { ...sample("proposals.allowed", "rollback").plan, ...changed };
  const { target, environment, scope, reversible } = plan;
  if (environment === "UNKNOWN" || scope === "UNKNOWN") throw new Error("no plan has an unknown environment or scope");
  return { outcome: "planned", place: { target, environment, scope }, plan, reversible, hasBackOut };
}

export function delivered<T extends "incidents" | ProposalTopic>(
  topic: T,
  event: Events[T],
  time = NOW,
  offset = 0,
): Delivery<T> {
  const { value, headers } = codec.write(topic, event);
  return { topic, event, value, headers, key: event.incident, partition: 0, offset, time } as unknown as Delivery<T>;
}

/** What policy knows once it has read these. */
export function knowing(...deliveries: readonly Delivery<"incidents" | ProposalTopic>[]): Knowledge {
  const knowledge = openKnowledge();
  for (const delivery of deliveries) knowledge.fold(delivery);
  return knowledge;
}
