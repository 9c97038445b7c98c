import { describe, expect, test } from "vitest";
import { factsOf, pods, waits } from "../testing-facts.ts";
import { names, NEW, OLD, remedy, ROLLBACK, shown } from "../testing-signatures.ts";

const INVALID = waits("InvalidImageName", 'Failed to apply default image tag "acme/api:": invalid reference format');
const NEVER = waits("ErrImageNeverPull", 'Container image "acme/api:2.41.0" is not present with pull policy of Never');

describe("a name that no image has, or a policy that pulls none", () => {
  test.for([INVALID, NEVER])("$status.state.waiting.reason since the release: roll back", (sick) => {
    const facts = factsOf({ releases: [{ ...NEW, pods: pods("new", 1, sick) }, OLD] });
    expect(names(facts)).toEqual(["image-name-or-policy"]);
    expect(remedy(facts)).toEqual(ROLLBACK);
  });

  test("the image and the policy are shown as the pod has them", () => {
    const plan = pods("new", 1, NEVER).map((pod) => ({ ...pod, container: { imagePullPolicy: "Never" } }));
    expect(shown(factsOf({ releases: [{ ...NEW, pods: plan }, OLD] }))).toContain(
      "image acme/api:2.41.0, imagePullPolicy Never",
    );
  });

  test("without an older release it is reported, and nothing is proposed", () => {
    const facts = factsOf({ releases: [{ ...NEW, pods: pods("new", 1, INVALID) }] });
    expect(names(facts)).toEqual(["image-name-or-policy"]);
    expect(remedy(facts)).toBeUndefined();
  });

  test.for([
    [
      "an old pod waits so, too",
      [
        { ...NEW, pods: pods("new", 1, INVALID) },
        { ...OLD, pods: pods("old", 3, INVALID) },
      ],
    ],
  ] as const)("nothing is proposed when %s", ([, releases]) => {
    expect(remedy(factsOf({ releases }))).toBeUndefined();
  });

  test("not when it waits for another reason", () => {
    const sick = waits("ContainerCreating", "");
    expect(names(factsOf({ releases: [{ ...NEW, pods: pods("new", 1, sick) }, OLD] }))).toEqual([]);
  });
});
