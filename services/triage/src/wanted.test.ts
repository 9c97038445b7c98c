import { incidentId, stepId } from "@holdfast/schemas";
import { describe, expect, test } from "vitest";
import { decide } from "./incidents.ts";
import { openState, type OpenIncident } from "./state.ts";
import { anAlert, CLUSTER, targets } from "./testing.ts";
import { wantedDeep, wantedSignatures } from "./wanted.ts";

const API = { alertname: "KubeDeploymentReplicasMismatch", namespace: "payments", deployment: "api" };
const PACE = { debounceMs: 1_000, coolDownMs: 900_000 };
const FRESH = { steps: new Set<string>(), looks: 0 };
const first = anAlert(API);
const id = incidentId(first.id);
const FIRST_STEP = stepId(stepId(id, "opened"), "analysis/signatures");

const ANALYSIS = {
  incident: id,
  analyst: "signatures",
  outcome: "found",
  summary: "",
  hypotheses: [],
  evidence: [],
  findings: [],
  proposals: [],
  model: null,
  promptDigest: null,
  at: 0,
} as const;
const COST = {
  toolCalls: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  microUsd: 0,
  milliseconds: 0,
};

type Analysed = {
  readonly step: string;
  readonly time: number;
  readonly outcome?: "found" | "nothing";
  readonly analyst?: "signatures" | "claude";
};

/** An incident opened at 100, with alerts of other names joined and analyses published at their times. */
function incidentWith(
  joined: readonly { readonly name: string; readonly time: number }[],
  analyses: readonly Analysed[],
): OpenIncident {
  const state = openState();
  const alerts = [
    { alert: first, time: 100 },
    ...joined.map(({ name, time }) => ({ alert: anAlert({ ...API, alertname: name }), time })),
  ];
  for (const [offset, { alert, time }] of alerts.entries()) {
    for (const event of decide(alert, targets.aim(anAlert(API), CLUSTER), state, { offset, at: time }))
      state.foldIncident(event, time);
  }
  for (const { step, time, outcome = "found", analyst = "signatures" } of analyses)
    state.foldAnalysis({ ...ANALYSIS, id: step, outcome, analyst, cost: COST }, time);
  const incident = state.incident(id);
  if (incident === undefined) throw new Error("no incident");
  return incident;
}

describe("the signatures are wanted", () => {
  test("once the debounce is over, counted from the opening, however many alerts join meanwhile", () => {
    const incident = incidentWith(
      [
        { name: "B", time: 900 },
        { name: "C", time: 1_050 },
      ],
      [],
    );
    expect(wantedSignatures(incident, PACE, FRESH)).toEqual({ step: FIRST_STEP, readyAt: 1_100, quiet: false });
  });

  test("no more when they have found something", () => {
    expect(
      wantedSignatures(incidentWith([{ name: "B", time: 900 }], [{ step: FIRST_STEP, time: 1_200 }]), PACE, FRESH),
    ).toBeUndefined();
  });

  test("quietly for an alert of a new name that came after the analysis, and not again once that was in vain", () => {
    const incident = incidentWith([{ name: "B", time: 2_000 }], [{ step: FIRST_STEP, time: 1_200 }]);
    const wanted = wantedSignatures(incident, PACE, FRESH);
    expect(wanted).toMatchObject({ readyAt: 3_000, quiet: true });
    expect(wantedSignatures(incident, PACE, { steps: new Set([wanted?.step ?? ""]), looks: 1 })).toBeUndefined();
  });

  test("not for an alert of a name that is known", () => {
    expect(
      wantedSignatures(
        incidentWith([{ name: API.alertname, time: 2_000 }], [{ step: FIRST_STEP, time: 1_200 }]),
        PACE,
        FRESH,
      ),
    ).toBeUndefined();
  });

  test("again and again, ever later and not for ever, while they found nothing", () => {
    const incident = incidentWith([], [{ step: FIRST_STEP, time: 1_000, outcome: "nothing" }]);
    const times = Array.from(
      { length: 20 },
      (_, looks) => wantedSignatures(incident, PACE, { ...FRESH, looks })?.readyAt,
    );
    const given = times.filter((time) => time !== undefined);
    expect(given.slice(0, 3)).toEqual([4_000, 9_000, 19_000]);
    expect(given.length).toBeLessThan(20);
    expect(given).toEqual(given.toSorted((a, b) => a - b));
  });
});

describe("the deeper analysis is wanted", () => {
  test("not before the signatures have answered", () => {
    expect(wantedDeep(incidentWith([], []), PACE)).toBeUndefined();
  });

  test("as soon as they have, found or not, and once", () => {
    const incident = incidentWith([], [{ step: FIRST_STEP, time: 1_200, outcome: "nothing" }]);
    const wanted = wantedDeep(incident, PACE);
    expect(wanted).toMatchObject({ readyAt: 1_200, quiet: false });
    expect(
      wantedDeep(
        incidentWith(
          [],
          [
            { step: FIRST_STEP, time: 1_200 },
            { step: wanted?.step ?? "", time: 9_000, analyst: "claude" },
          ],
        ),
        PACE,
      ),
    ).toBeUndefined();
  });

  test("a second time only when the signatures found more, and not before the cool-down is over", () => {
    const step = wantedDeep(incidentWith([], [{ step: FIRST_STEP, time: 1_200 }]), PACE)?.step ?? "";
    const incident = incidentWith(
      [],
      [
        { step: FIRST_STEP, time: 1_200 },
        { step, time: 9_000, analyst: "claude" },
        { step: "later", time: 20_000 },
      ],
    );
    expect(wantedDeep(incident, PACE)).toMatchObject({ readyAt: 909_000 });
  });
});
