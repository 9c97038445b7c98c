import { describe, expect, test } from "vitest";
import type { LiveFacts } from "../facts.ts";
import { crashLoop, factsOf, minutesAgo, pods, unready } from "../testing-facts.ts";
import { GONE, names, NEW, OLD, only, remedy, ROLLBACK } from "../testing-signatures.ts";

describe("crash after a release", () => {
  const released = factsOf({
    releases: [{ ...NEW, pods: pods("new", 2, crashLoop(18)) }, OLD],
    updated: 2,
    log: "starting\nFATAL: PAYMENTS_DSN is not set",
  });

  test("the new release crashes beside an old one that serves: roll back to the one that serves", () => {
    expect(names(released)).toEqual(["crash-after-a-release"]);
    expect(remedy(released)).toEqual(ROLLBACK);
    expect(only(released).confidence).toBe(95);
  });

  test("the evidence names both images, the crash, who is healthy, and the last words of the log as somebody else's", () => {
    const says = only(released)
      .evidence.map((quote) => quote.says)
      .join("\n");
    expect(says).toContain("acme/api:2.41.0");
    expect(says).toContain("acme/api:2.40.3");
    expect(says).toContain("3 of 3 pods of revision 57 are Ready; 2 of 2 of revision 58 fail");
    expect(only(released).evidence.find(({ source }) => source === "logs")).toMatchObject({
      says: "starting\nFATAL: PAYMENTS_DSN is not set",
      outsideWritable: true,
    });
  });

  test("of several releases before it, the one that serves is the one to go back to", () => {
    const bad = { ...NEW, revision: 59, ageMinutes: 5, image: "acme/api:2.41.1", pods: pods("newer", 2, crashLoop(4)) };
    expect(remedy(factsOf({ releases: [bad, NEW, OLD] }))).toEqual(ROLLBACK);
  });

  test("read in the moment between two crashes, while it runs, it is the same", () => {
    const { status, ...sick } = crashLoop(18);
    expect(
      remedy(
        factsOf({
          releases: [
            {
              ...NEW,
              pods: pods("new", 2, {
                ...sick,
                status: { ...status, state: { running: { startedAt: minutesAgo(0.2) } } },
              }),
            },
            OLD,
          ],
        }),
      ),
    ).toEqual(ROLLBACK);
    expect(
      remedy(
        factsOf({
          releases: [
            {
              ...NEW,
              pods: pods("new", 2, {
                ...sick,
                status: { ...status, state: { running: { startedAt: minutesAgo(9) } } },
              }),
            },
            OLD,
          ],
        }),
      ),
    ).toBeUndefined();
  });

  test("no old pod is left: the release is to blame for what failed soon after it, with less confidence", () => {
    const facts = factsOf({ releases: [{ ...NEW, pods: pods("new", 3, crashLoop(18)) }, GONE] });
    expect(remedy(facts)).toEqual(ROLLBACK);
    expect(only(facts).confidence).toBe(80);
  });

  test.for([
    [
      "no old pod is left and the first failure came days after the release",
      factsOf({ releases: [{ ...NEW, ageMinutes: 4_000, pods: pods("new", 3, crashLoop(18)) }, GONE] }),
    ],
    [
      "it crashed before the release was created",
      factsOf({ releases: [{ ...NEW, ageMinutes: 5, pods: pods("new", 2, crashLoop(30)) }, OLD] }),
    ],
    [
      "an old pod fails, too",
      factsOf({
        releases: [
          { ...NEW, pods: pods("new", 2, crashLoop(18)) },
          { ...OLD, pods: [...pods("old", 2), ...pods("sick", 1, crashLoop(18))] },
        ],
      }),
    ],
    [
      "an old pod is not ready",
      factsOf({
        releases: [
          { ...NEW, pods: pods("new", 2, crashLoop(18)) },
          { ...OLD, pods: [...pods("old", 2), ...pods("sick", 1, unready(10))] },
        ],
      }),
    ],
    ["there is no release to go back to", factsOf({ releases: [{ ...NEW, pods: pods("new", 2, crashLoop(18)) }] })],
    [
      "its pods end without a failure",
      factsOf({
        releases: [
          {
            ...NEW,
            pods: pods("new", 2, {
              status: {
                restartCount: 3,
                state: { waiting: { reason: "ContainerCreating" } },
                lastState: { terminated: { exitCode: 0 } },
              },
            }),
          },
          OLD,
        ],
      }),
    ],
    ["all is well", factsOf({ releases: [{ ...NEW, pods: pods("new", 3) }, GONE] })],
  ])("not when %s", ([, facts]) => {
    expect(names(facts as LiveFacts)).not.toContain("crash-after-a-release");
  });
});
