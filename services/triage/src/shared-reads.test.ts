import type { ClusterReader, KubeObject } from "@holdfast/cluster";
import { expect, test } from "vitest";
import { withSharedReads } from "./shared-reads.ts";

function cluster(answer: () => Promise<readonly KubeObject[]> = async () => []) {
  const asked: string[] = [];
  let time = 0;
  const reader: ClusterReader = {
    identity: () => Promise.reject(new Error("not asked here")),
    get: async ({ kind, name }) => {
      asked.push(`${kind} ${name}`);
      return undefined;
    },
    list: async <T extends KubeObject>(...[kind, { namespace, labelSelector }]: Parameters<ClusterReader["list"]>) => {
      asked.push([kind, namespace, labelSelector].filter(Boolean).join(" "));
      return (await answer()) as readonly T[];
    },
    logs: () => Promise.reject(new Error("not asked here")),
  };
  const later = (ms: number): void => void (time += ms);
  return { shared: withSharedReads(reader, () => time), asked, later };
}

test("the events of a namespace are read once a second, however many ask, and those of another for themselves", async () => {
  const { shared, asked, later } = cluster();
  await Promise.all(["shop", "shop", "bank"].map((namespace) => shared.list("Event", { namespace })));
  later(999);
  await shared.list("Event", { namespace: "shop" });
  expect(asked).toEqual(["Event shop", "Event bank"]);
  later(1);
  await shared.list("Event", { namespace: "shop" });
  expect(asked).toEqual(["Event shop", "Event bank", "Event shop"]);
});

test("a node is read once a second; what is about one workload always anew", async () => {
  const { shared, asked } = cluster();
  for (const _time of [1, 2]) {
    await shared.get({ kind: "Node", namespace: null, name: "one" });
    await shared.get({ kind: "Deployment", namespace: "shop", name: "web" });
    await shared.list("Pod", { namespace: "shop", labelSelector: "app=web" });
  }
  expect(asked).toEqual(["Node one", "Deployment web", "Pod shop app=web", "Deployment web", "Pod shop app=web"]);
});

test("who gives up is told so and takes the answer from nobody; a failure is asked again", async () => {
  const answers = [Promise.reject(new Error("no answer")), Promise.resolve([])];
  const { shared, asked } = cluster(() => answers.shift() ?? Promise.resolve([]));
  await expect(shared.list("Event", { namespace: "shop" })).rejects.toThrow("no answer");
  const gone = AbortSignal.abort(new Error("stopped"));
  const [left, stayed] = await Promise.allSettled([
    shared.list("Event", { namespace: "shop" }, gone),
    shared.list("Event", { namespace: "shop" }),
  ]);
  expect([left.status, stayed.status]).toEqual(["rejected", "fulfilled"]);
  expect(asked).toEqual(["Event shop", "Event shop"]);
});
