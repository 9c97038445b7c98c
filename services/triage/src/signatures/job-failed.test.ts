import { describe, expect, test } from "vitest";
import { openRedactor } from "@holdfast/redact";
import { read } from "../testing-facts.ts";
import { names, remedy, shown } from "../testing-signatures.ts";
import { cronFacts, jobFacts } from "../testing-workloads.ts";

const FAILED = { reason: "BackoffLimitExceeded" };
const SUSPEND = { action: "suspend_cronjob", cronjob: "nightly", namespace: "shop" };
const [OLDER, NEWER] = [
  { name: "nightly-1", minutes: 90, ended: FAILED },
  { name: "nightly-2", minutes: 30, ended: FAILED },
];

describe("a Job that failed for good", () => {
  test.for(["BackoffLimitExceeded", "DeadlineExceeded"])(
    "%s: it is reported, and nothing is proposed for one that nothing repeats",
    (reason) => {
      const facts = jobFacts({ name: "migrate", minutes: 10, ended: { reason } });
      expect(names(facts)).toEqual(["job-failed"]);
      expect(remedy(facts)).toBeUndefined();
      expect(shown(facts)).toContain(`${reason}), 3 failed pods, backoffLimit 2, controlled by nobody`);
    },
  );

  test("it is about to fail, its pods are going: the same", () => {
    expect(names(jobFacts({ name: "migrate", minutes: 10, ended: { ...FAILED, type: "FailureTarget" } }))).toEqual([
      "job-failed",
    ]);
  });

  test.for([
    ["it still runs", undefined],
    ["it succeeded", { type: "Complete" }],
    ["it is not said that it failed", { ...FAILED, status: "False" }],
    ["it failed by a rule of its own", { reason: "PodFailurePolicy" }],
  ] as const)("not when %s", ([, ended]) => {
    expect(names(jobFacts({ name: "migrate", minutes: 10, ...(ended && { ended }) }))).toEqual([]);
  });
});

describe("a CronJob whose Jobs fail", () => {
  test("two of them, and none succeeded since: suspend it", () => {
    const facts = cronFacts({ jobs: [OLDER, NEWER], lastSuccessMinutes: 600 });
    expect(names(facts)).toEqual(["job-failed"]);
    expect(remedy(facts)).toEqual(SUSPEND);
    expect(shown(facts)).toContain("failed since then: nightly-1, nightly-2");
  });

  test("the earlier one is gone, and an event of the CronJob names it", () => {
    const said = [
      "Saw completed job: nightly-1, condition: Failed",
      "Saw completed job: nightly-0, condition: Complete",
    ];
    expect(remedy(cronFacts({ jobs: [NEWER], said }))).toEqual(SUSPEND);
  });

  test.for([
    ["it is the first", cronFacts({ jobs: [NEWER] })],
    ["one succeeded in between", cronFacts({ jobs: [OLDER, NEWER], lastSuccessMinutes: 60 })],
    ["it is suspended", cronFacts({ jobs: [OLDER, NEWER], suspend: true })],
    [
      "an event tells of the same Job",
      cronFacts({ jobs: [NEWER], said: ["Saw completed job: nightly-2, status: Failed"] }),
    ],
    ["an event only quotes it", cronFacts({ jobs: [NEWER], said: ["x Saw completed job: nightly-1, status: Failed"] })],
  ] as const)("reported, and nothing is proposed, when %s", ([, facts]) => {
    expect(names(facts)).toEqual(["job-failed"]);
    expect(remedy(facts)).toBeUndefined();
  });

  test("not when the newest succeeded, whatever came before", () => {
    expect(names(cronFacts({ jobs: [OLDER, { ...NEWER, ended: { type: "Complete" } }] }))).toEqual([]);
  });

  test("what others cannot reach either is no reason to suspend it", () => {
    const facts = cronFacts({ jobs: [OLDER, NEWER], lastSuccessMinutes: 600 });
    const of = openRedactor([]).text("dial tcp redis.shop.svc:6379: connect: connection refused");
    const logs = [{ pod: "nightly-2-x", container: "run", of, ...read("kubectl -n shop logs nightly-2-x") }];
    expect(remedy({ ...facts, logs })).toEqual(SUSPEND);
    expect(remedy({ ...facts, logs, sharedDependencies: new Set(["redis.shop.svc:6379"]) })).toBeUndefined();
  });
});
