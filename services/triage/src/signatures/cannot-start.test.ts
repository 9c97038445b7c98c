import { describe, expect, test } from "vitest";
import { crashLoop, factsOf, pods, waits } from "../testing-facts.ts";
import { GONE, names, NEW, OLD, remedy, ROLLBACK, shown } from "../testing-signatures.ts";

describe("a container that cannot begin", () => {
  test.for([
    ["not executable", crashLoop(18, { exitCode: 126 })],
    ["not found", crashLoop(18, { exitCode: 127 })],
    ["the runtime gives up", crashLoop(18, { exitCode: 128, reason: "StartError" })],
    ["it waits to be run", waits("RunContainerError", "failed to create containerd task")],
  ] as const)("%s since the release: roll back, and not as a mere crash", ([, sick]) => {
    const facts = factsOf({ releases: [{ ...NEW, pods: pods("new", 2, sick) }, OLD] });
    expect(names(facts)).toEqual(["cannot-start"]);
    expect(remedy(facts)).toEqual(ROLLBACK);
  });

  test("what it is told to run is shown with how it ended", () => {
    const plan = pods("new", 1, crashLoop(18, { exitCode: 127 })).map((pod) => ({
      ...pod,
      container: { command: ["/bin/serve"], args: ["--port", "80"] },
    }));
    const text = shown(factsOf({ releases: [{ ...NEW, pods: plan }, OLD] }));
    expect(text).toContain("exit 127 (Error)");
    expect(text).toContain('runs "/bin/serve --port 80" of image acme/api:2.41.0');
  });

  test("an init container counts as well", () => {
    const facts = factsOf({ releases: [{ ...NEW, pods: pods("new", 1, crashLoop(18)) }, OLD] });
    const pod = facts.pods.of[0];
    const init = [{ name: "migrate", restartCount: 3, lastState: { terminated: { exitCode: 127, reason: "Error" } } }];
    const of = [{ ...pod, status: { ...pod?.status, initContainerStatuses: init } }, ...facts.pods.of.slice(1)];
    expect(names({ ...facts, pods: { ...facts.pods, of } })).toEqual(["cannot-start"]);
  });

  test("without a release it is reported, and nothing is proposed", () => {
    const facts = factsOf({
      releases: [{ ...NEW, ageMinutes: 9_000, pods: pods("new", 3, crashLoop(18, { exitCode: 127 })) }, GONE],
    });
    expect(names(facts)).toEqual(["cannot-start"]);
    expect(remedy(facts)).toBeUndefined();
  });

  test.for([1, 2, 125, 129, 137])("not when it begins and ends with %i", (exitCode) => {
    const facts = factsOf({ releases: [{ ...NEW, pods: pods("new", 2, crashLoop(18, { exitCode })) }, OLD] });
    expect(names(facts)).toEqual(["crash-after-a-release"]);
  });
});
