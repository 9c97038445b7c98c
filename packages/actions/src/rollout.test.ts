import { expect, test } from "vitest";
import { deployment, template } from "./example-cluster.ts";
import { daemonSet, statefulSet } from "./example-sets.ts";
import { daemonRollout, rolloutOf, statefulRollout } from "./rollout.ts";

const holds = template({ image: "web:1" });
const plannedAt = Date.parse("2026-11-22T03:00:00Z");
const exceeded = (at: string) => ({
  conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", lastUpdateTime: at }],
});

test("the status from before the change says nothing: the generation of the answer is the floor", () => {
  expect(rolloutOf(deployment(holds), 4, plannedAt).outcome).toBe("pending");
  expect(rolloutOf(deployment(holds), 3, plannedAt).outcome).toBe("done");
});

test.each([
  [{ updatedReplicas: 2 }, "2 of 3 pods are of the new template"],
  [{ replicas: 4 }, "old pods are still there"],
  [{ availableReplicas: 2 }, "not all new pods are available"],
  [{ availableReplicas: null }, "not all new pods are available"],
])("is not done while %j", (status, why) => {
  expect(rolloutOf(deployment(holds, { status }), 3, plannedAt)).toEqual({ outcome: "pending", why });
});

test("a deadline that was exceeded before the change is the one that the change answers", () => {
  const before = deployment(holds, { status: { ...exceeded("2026-11-22T02:50:00Z"), updatedReplicas: 1 } });
  const after = deployment(holds, { status: { ...exceeded("2026-11-22T03:20:00Z"), updatedReplicas: 1 } });
  expect(rolloutOf(before, 3, plannedAt).outcome).toBe("pending");
  expect(rolloutOf(after, 3, plannedAt).outcome).toBe("failed");
  const written = deployment(holds, {
    metadata: { managedFields: [{ manager: "holdfast", time: "2026-11-22T03:25:00Z" }] },
    status: { ...exceeded("2026-11-22T03:20:00Z"), updatedReplicas: 1 },
  });
  expect(rolloutOf(written, 3, plannedAt).outcome).toBe("pending");
});

test.each([
  ["done", {}, 3],
  ["pending", {}, 4],
  ["pending", { readyReplicas: 2 }, 3],
  ["pending", { readyReplicas: null }, 3],
  ["pending", { updateRevision: "db-4" }, 3],
])("a StatefulSet's rollout is %s with %j and a floor of %d", (outcome, status, floor) => {
  expect(statefulRollout(statefulSet(holds, { status }), floor).outcome).toBe(outcome);
});

test.each([
  ["done", {}, 3],
  ["pending", {}, 4],
  ["pending", { updatedNumberScheduled: 2 }, 3],
  ["pending", { numberAvailable: 2 }, 3],
  ["pending", { numberAvailable: null }, 3],
])("a DaemonSet's rollout is %s with %j and a floor of %d", (outcome, status, floor) => {
  expect(daemonRollout(daemonSet(holds, { status }), floor).outcome).toBe(outcome);
});
