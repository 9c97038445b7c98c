import fc from "fast-check";
import { incidentId, type Alert, type Incident } from "@holdfast/schemas";
import { describe, expect, test } from "vitest";
import { closings, decide, merge, unlisted } from "./incidents.ts";
import { keyOf, openState, type State } from "./state.ts";
import { anAlert, CLUSTER, targets } from "./testing.ts";

const API = {
  alertname: "KubeDeploymentReplicasMismatch",
  severity: "warning",
  namespace: "payments",
  deployment: "api",
};
const API_STUCK = { ...API, alertname: "KubeDeploymentRolloutStuck", severity: "critical" };
const WEB = { ...API, namespace: "shop", deployment: "web" };

type Step = { readonly alert: Alert; readonly offset: number };

/** Takes alert events in order, as the service does: each decision is folded before the next. */
function take(state: State, steps: readonly Step[], time = 0): readonly Incident[] {
  return steps.flatMap(({ alert, offset }, index) => {
    state.foldAlert(alert, offset);
    const events = decide(alert, targets.aim(alert, CLUSTER), state, { offset, at: time + index });
    for (const event of events) state.foldIncident(event, time + index);
    return events;
  });
}

function stepsOf(...alerts: readonly Alert[]): readonly Step[] {
  return alerts.map((alert, offset) => ({ alert, offset }));
}

function changes(events: readonly Incident[]): readonly string[] {
  return events.map(({ change, alertName }) => `${change} ${alertName ?? ""}`.trim());
}

describe("incidents", () => {
  test("the first alert of a target opens an incident that is named after it", () => {
    const alert = anAlert(API);
    const [event, ...rest] = take(openState(), stepsOf(alert));
    expect(rest).toEqual([]);
    expect(event).toMatchObject({
      change: "opened",
      incident: incidentId(alert.id),
      severity: "warning",
      target: { kind: "Deployment", namespace: "payments", name: "api" },
    });
  });

  test("another alert of the same target joins, one of another target opens its own", () => {
    const state = openState();
    expect(changes(take(state, stepsOf(anAlert(API), anAlert(API_STUCK), anAlert(WEB))))).toEqual([
      "opened KubeDeploymentReplicasMismatch",
      "joined KubeDeploymentRolloutStuck",
      "opened KubeDeploymentReplicasMismatch",
    ]);
    expect([...state.open()]).toHaveLength(2);
  });

  test("a redelivery changes nothing, also after its incident has closed", () => {
    const state = openState();
    const firing = anAlert(API);
    const events = stepsOf(firing, anAlert(API, { status: "resolved" }));
    take(state, events);
    for (const event of closings(state, 10_000, 2_000, undefined)) state.foldIncident(event, 10_000);
    expect(take(state, events)).toEqual([]);
    expect([...state.open()]).toEqual([]);
  });

  test("a firing that started later ends the earlier one first", () => {
    expect(changes(take(openState(), stepsOf(anAlert(API), anAlert(API, { minute: 5 }))))).toEqual([
      "opened KubeDeploymentReplicasMismatch",
      "ended KubeDeploymentReplicasMismatch",
      "joined KubeDeploymentReplicasMismatch",
    ]);
  });

  test("a firing that started earlier than the one we know, and comes late, changes nothing", () => {
    const state = openState();
    take(state, stepsOf(anAlert(API, { minute: 5 })));
    expect(take(state, [{ alert: anAlert(API), offset: 9 }])).toEqual([]);
  });

  test("a firing whose resolve stands before it on the topic opens nothing", () => {
    expect(take(openState(), stepsOf(anAlert(API, { status: "resolved" }), anAlert(API)))).toEqual([]);
  });

  test("the resolve of an earlier firing does not end a later one", () => {
    const state = openState();
    take(state, stepsOf(anAlert(API, { minute: 5 })));
    expect(take(state, [{ alert: anAlert(API, { status: "resolved" }), offset: 9 }])).toEqual([]);
  });

  test("an incident closes when its last alert has ended, and not before that has been believed for a while", () => {
    const state = openState();
    take(state, stepsOf(anAlert(API), anAlert(API_STUCK), anAlert(API, { status: "resolved" })));
    expect(closings(state, 60_000, 2_000, undefined)).toEqual([]);
    take(state, [{ alert: anAlert(API_STUCK, { status: "resolved" }), offset: 9 }], 60_000);
    expect(closings(state, 61_000, 2_000, undefined)).toEqual([]);
    expect(changes(closings(state, 62_000, 2_000, undefined))).toEqual(["closed"]);
  });

  test("an incident does not close while Alertmanager says that one of its alerts still fires", () => {
    const state = openState();
    const alert = anAlert(API);
    take(state, stepsOf(alert, anAlert(API, { status: "resolved" })));
    expect(closings(state, 60_000, 2_000, new Set([alert.fingerprint]))).toEqual([]);
    expect(changes(closings(state, 60_000, 2_000, new Set()))).toEqual(["closed"]);
  });

  test("what fires again before the incident closed joins it; what fires after opens a new one", () => {
    const state = openState();
    take(state, stepsOf(anAlert(API), anAlert(API, { status: "resolved" })));
    expect(changes(take(state, [{ alert: anAlert(API, { minute: 3 }), offset: 2 }]))).toEqual([
      "joined KubeDeploymentReplicasMismatch",
    ]);
    take(state, [{ alert: anAlert(API, { minute: 3, status: "resolved" }), offset: 3 }]);
    for (const event of closings(state, 60_000, 2_000, undefined)) state.foldIncident(event, 60_000);
    const again = anAlert(API, { minute: 9 });
    expect(take(state, [{ alert: again, offset: 4 }])).toMatchObject([
      { change: "opened", incident: incidentId(again.id) },
    ]);
  });

  test("an alert that Alertmanager lists no more has ended, and no other", () => {
    const state = openState();
    const [listed, foreign] = [anAlert(API), anAlert(WEB)];
    take(state, stepsOf(listed, foreign));
    const ended = unlisted(state, new Set([listed.fingerprint]), 1);
    expect(ended.map(({ change, fingerprint }) => [change, fingerprint])).toEqual([["ended", listed.fingerprint]]);
  });

  test("of two open incidents of one target the earlier stays, takes the other's alerts, and the other closes as joined", () => {
    const state = openState();
    const [early, late] = [anAlert(API), anAlert(API_STUCK)];
    const elsewhere = openState();
    for (const [alert, time, into] of [
      [late, 2, openState()],
      [early, 1, elsewhere],
    ] as const) {
      for (const event of decide(alert, targets.aim(alert, CLUSTER), into, { offset: 0, at: time }))
        state.foldIncident(event, time);
    }
    const events = merge(state, keyOf(targets.aim(early, CLUSTER).correlation), 5);
    expect(events).toMatchObject([
      { change: "joined", incident: incidentId(early.id), alert: late.id },
      { change: "closed", incident: incidentId(late.id), mergedInto: incidentId(early.id) },
    ]);
    for (const event of events) state.foldIncident(event, 5);
    expect([...state.open()].map(({ id, members }) => [id, members.size])).toEqual([[incidentId(early.id), 2]]);
    expect(merge(state, keyOf(targets.aim(early, CLUSTER).correlation), 6)).toEqual([]);
  });

  test("after a day of alerts that come and go, nothing is kept that is not open", () => {
    const state = openState();
    for (let minute = 0; minute < 500; minute += 1) {
      take(state, stepsOf(anAlert(API, { minute }), anAlert(API, { minute, status: "resolved" })), minute * 60_000);
      for (const event of closings(state, minute * 60_000 + 30_000, 2_000, undefined))
        state.foldIncident(event, minute * 60_000 + 30_000);
    }
    expect([...state.open()]).toEqual([]);
    expect(state.alert(anAlert(API).fingerprint)).toBeUndefined();
  });
});

describe("whatever an Alertmanager does with one alert that keeps firing is one incident", () => {
  const first = anAlert(API);
  const startsAt = first.startsAt;
  test.for([
    ["repeats it every few hours", [first, { ...first, receivedAt: startsAt + 14_400_000 }]],
    [
      "moves its endsAt at each poll",
      [60_000, 120_000, 180_000].map((ms) => ({ ...first, via: "poll" as const, endsAt: startsAt + ms })),
    ],
    ["sends it by webhook and lists it when polled", [first, { ...first, via: "poll" as const, endsAt: startsAt + 1 }]],
    [
      "has its routes edited, so that the group key, the receiver and the number that is cut change",
      [first, { ...first, groupKey: '{}/{team="a"}:{namespace="payments"}', receiver: "team-a", truncatedAlerts: 7 }],
    ],
    [
      "has a twin in a cluster of two that sends it as well",
      [
        { ...first, externalUrl: "http://alertmanager-0:9093" },
        { ...first, externalUrl: "http://alertmanager-1:9093", receivedAt: startsAt + 900 },
      ],
    ],
    [
      "changes what its annotations say, with the value in them",
      [first, { ...first, annotations: [{ name: "description", value: "3 of 9 pods" }] }],
    ],
  ] as const)("it %s", ([, alerts]) => {
    const state = openState();
    expect(changes(take(state, stepsOf(...alerts)))).toEqual(["opened KubeDeploymentReplicasMismatch"]);
    expect([...state.open()].map(({ members }) => members.size)).toEqual([1]);
  });

  test("a twin whose resolve comes late, after the next firing, ends nothing", () => {
    const state = openState();
    const [resolved, again] = [anAlert(API, { status: "resolved" }), anAlert(API, { minute: 5 })];
    take(state, stepsOf(first, resolved, again));
    expect(take(state, [{ alert: { ...resolved, externalUrl: "http://alertmanager-1:9093" }, offset: 9 }])).toEqual([]);
    expect([...state.open()].map(({ members }) => [...members.values()].map(({ ended }) => ended))).toEqual([[false]]);
  });

  test("it flaps: one incident while the pauses are shorter than the wait before it closes", () => {
    const state = openState();
    const flaps = Array.from({ length: 20 }, (_, minute) => [
      anAlert(API, { minute }),
      anAlert(API, { minute, status: "resolved" }),
    ]).flat();
    const events = take(state, stepsOf(...flaps));
    expect(events.filter(({ change }) => change === "opened")).toHaveLength(1);
    expect(new Set(events.map(({ incident }) => incident)).size).toBe(1);
    expect(closings(state, flaps.length + 2_000, 2_000, undefined)).toHaveLength(1);
  });

  test("its resolve is lost: the next firing says so and joins, and Alertmanager's list says so where it can be asked", () => {
    const state = openState();
    take(state, stepsOf(first));
    const [ended, joined] = take(state, [{ alert: anAlert(API, { minute: 5 }), offset: 1 }]);
    expect([ended, joined].map((event) => [event?.change, event?.incident])).toEqual([
      ["ended", incidentId(first.id)],
      ["joined", incidentId(first.id)],
    ]);
    expect(ended?.because).toContain("ended unseen");
    expect(changes(unlisted(state, new Set([first.fingerprint]), 9))).toEqual(["ended KubeDeploymentReplicasMismatch"]);
  });
});

const LABELS = [API, API_STUCK, WEB, { alertname: "NodeFilesystemAlmostOutOfSpace", instance: "10.0.0.1:9100" }];
const anyAlert = fc
  .record({
    labels: fc.constantFrom(...LABELS),
    minute: fc.integer({ min: 0, max: 3 }),
    status: fc.constantFrom("firing" as const, "resolved" as const),
  })
  .map(({ labels, ...rest }) => anAlert(labels, rest));

/** Closes at once what is over. */
function closedAt(state: State, now: number): readonly Incident[] {
  const events = closings(state, now, 0, undefined);
  for (const event of events) state.foldIncident(event, now);
  return events;
}

function ranked(order: readonly number[], incidents: readonly string[], incident: string): number {
  return order[incidents.indexOf(incident)] ?? 0;
}

describe("incidents, for any stream of alerts", () => {
  test("any order of any number of repeats of one firing yields one incident", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(anAlert(API), anAlert(API_STUCK)), { minLength: 1, maxLength: 12 }),
        (alerts) => {
          const events = take(openState(), stepsOf(...alerts));
          expect(events.filter(({ change }) => change === "opened")).toHaveLength(1);
          expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
          expect(events).toHaveLength(new Set(alerts.map(({ id }) => id)).size);
        },
      ),
    );
  });

  test("a restart at any point, also between two events of one decision, publishes the same events", () => {
    fc.assert(
      fc.property(fc.array(anyAlert, { maxLength: 20 }), fc.nat(), (alerts, at) => {
        const steps = stepsOf(...alerts);
        const undisturbed = take(openState(), steps);
        const published = undisturbed.slice(0, at % (undisturbed.length + 1));
        const restarted = openState();
        for (const { alert, offset } of steps) restarted.foldAlert(alert, offset);
        for (const event of published) restarted.foldIncident(event, 0);
        const rest = take(restarted, steps);
        expect([...published, ...rest].map(({ id }) => id)).toEqual(undisturbed.map(({ id }) => id));
      }),
      { numRuns: 500 },
    );
  });

  test("the topics may be folded in any interleaving, and each event twice", () => {
    fc.assert(
      fc.property(fc.array(anyAlert, { maxLength: 20 }), fc.boolean(), (alerts, alertsFirst) => {
        const steps = stepsOf(...alerts);
        const original = openState();
        const events = take(original, steps);
        const again = openState();
        if (alertsFirst) for (const { alert, offset } of steps) again.foldAlert(alert, offset);
        for (const event of events.flatMap((one) => [one, one])) again.foldIncident(event, 0);
        if (!alertsFirst) for (const { alert, offset } of steps) again.foldAlert(alert, offset);
        const shapeOf = (state: State): unknown => [...state.open()].map(({ id, members }) => [id, [...members]]);
        expect(shapeOf(again)).toEqual(shapeOf(original));
      }),
    );
  });

  test("incidents stand on different partitions, and may be folded in any order of them: each alert is its newest one's", () => {
    fc.assert(
      fc.property(
        fc.array(anyAlert, { maxLength: 20 }),
        fc.array(fc.nat(), { minLength: 20, maxLength: 20 }),
        fc.boolean(),
        (alerts, order, alertsFirst) => {
          const steps = stepsOf(...alerts);
          const original = openState();
          const events = steps.flatMap((step, at) => [...take(original, [step], at), ...closedAt(original, at + 1)]);
          const again = openState();
          if (alertsFirst) for (const { alert, offset } of steps) again.foldAlert(alert, offset);
          const incidents = [...new Set(events.map(({ incident }) => incident))];
          for (const id of incidents.toSorted((a, b) => ranked(order, incidents, a) - ranked(order, incidents, b)))
            for (const event of events.filter(({ incident }) => incident === id)) again.foldIncident(event, event.at);
          if (!alertsFirst) for (const { alert, offset } of steps) again.foldAlert(alert, offset);
          const held = (state: State): unknown =>
            alerts.map(({ fingerprint }) => {
              const holder = state.withFingerprint(fingerprint);
              return [holder?.id, holder && state.alert(fingerprint)];
            });
          expect(held(again)).toEqual(held(original));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("one target never has two open incidents, and no alert belongs to two", () => {
    fc.assert(
      fc.property(fc.array(anyAlert, { maxLength: 30 }), (alerts) => {
        const state = openState();
        take(state, stepsOf(...alerts));
        const open = [...state.open()];
        expect(new Set(open.map(({ correlation }) => keyOf(correlation))).size).toBe(open.length);
        const firing = open.flatMap(({ members }) =>
          [...members.values()].filter(({ ended }) => !ended).map(({ fingerprint }) => fingerprint),
        );
        expect(new Set(firing).size).toBe(firing.length);
      }),
    );
  });
});
