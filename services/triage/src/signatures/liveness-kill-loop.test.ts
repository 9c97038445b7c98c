import { describe, expect, test } from "vitest";
import { crashLoop, factsOf, minutesAgo, pods, type Sick } from "../testing-facts.ts";
import { GONE, names, NEW, OLD, remedy, ROLLBACK, shown } from "../testing-signatures.ts";

const UNHEALTHY = {
  reason: "Unhealthy",
  type: "Warning",
  message: "Liveness probe failed: HTTP probe failed with statuscode: 500",
  lastTimestamp: minutesAgo(1),
  count: 12,
};
const KILLING = { reason: "Killing", message: "Container api failed liveness probe, will be restarted" };

function killed({ exitCode = 137, reason = "Error", restarts = 4, events = [UNHEALTHY, KILLING] } = {}): Sick {
  const { status } = crashLoop(10, { exitCode, reason, restarts });
  return { status: { ...status, state: { running: { startedAt: minutesAgo(2) } } }, events };
}
const facts = (sick: Sick) => factsOf({ releases: [{ ...NEW, pods: pods("new", 2, sick) }, OLD] });

describe("a container that its liveness probe kills again and again", () => {
  test.for([137, 143])("since the release, exit %i: roll back", (exitCode) => {
    expect(names(facts(killed({ exitCode })))).toEqual(["liveness-kill-loop"]);
    expect(remedy(facts(killed({ exitCode })))).toEqual(ROLLBACK);
  });

  test("while it waits to be started again it is the same, and no mere crash", () => {
    const waiting = { ...crashLoop(10, { exitCode: 137 }), events: [UNHEALTHY, KILLING] };
    expect(names(facts(waiting))).toEqual(["liveness-kill-loop"]);
  });

  test("the probe's settings and what it said are shown, what it said as somebody else's words", () => {
    const plan = pods("new", 1, killed()).map((pod) => ({
      ...pod,
      container: { livenessProbe: { periodSeconds: 5, timeoutSeconds: 1, failureThreshold: 2 } },
    }));
    const shownFacts = factsOf({ releases: [{ ...NEW, pods: plan }, OLD] });
    expect(shown(shownFacts)).toContain("every 5 s, waits 1 s, and kills after 2 failures");
    expect(shown(shownFacts)).toContain(
      "Unhealthy x 12: Liveness probe failed: HTTP probe failed with statuscode: 500",
    );
  });

  test("without a release it is reported, and nothing is proposed", () => {
    const old = factsOf({ releases: [{ ...NEW, ageMinutes: 9_000, pods: pods("new", 3, killed()) }, GONE] });
    expect(names(old)).toEqual(["liveness-kill-loop"]);
    expect(remedy(old)).toBeUndefined();
  });

  test.for([
    ["nothing killed it", killed({ events: [UNHEALTHY] })],
    [
      "the probe that fails is another",
      killed({ events: [{ ...UNHEALTHY, message: "Readiness probe failed: 503" }, KILLING] }),
    ],
    ["the kernel killed it", killed({ reason: "OOMKilled" })],
    ["it ended by itself", killed({ exitCode: 1 })],
    ["it was killed once", killed({ restarts: 1 })],
  ] as const)("not when %s", ([, sick]) => {
    expect(names(facts(sick))).not.toContain("liveness-kill-loop");
  });
});
