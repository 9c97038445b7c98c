import { ForbiddenError, type ClusterReader, type KubeObject } from "@holdfast/cluster";
import { expect, test } from "vitest";
import { withLogConsent } from "../log-consent.ts";
import { aCase, CONCLUSION, emptyReader, LOGS, running, scripted } from "./testing.ts";

/** A cluster whose logs all hold a canary, and what was read of it. */
function cluster(labels: Readonly<Record<string, string>> | undefined): { reader: ClusterReader; read: string[] } {
  const read: string[] = [];
  const reader: ClusterReader = {
    ...emptyReader,
    get: async <T extends KubeObject>({ kind, name }: Parameters<ClusterReader["get"]>[0]) => {
      if (kind !== "Namespace") return undefined;
      if (labels === undefined) throw new ForbiddenError("no");
      return { metadata: { name, labels } } as unknown as T;
    },
    logs: async ({ namespace }) => {
      read.push(namespace);
      return "CANARY of a patient's record\n";
    },
  };
  return { reader: withLogConsent(reader, Date.now), read };
}

test.each([
  ["is labelled holdfast.dev/logs: never", { "holdfast.dev/logs": "never" }, /labelled holdfast\.dev\/logs: never/],
  ["may not be read, so that nobody knows its label", undefined, /may not get the namespace/],
] as const)("the model reads no log of a namespace that %s, however it asks", async (_what, labels, says) => {
  const { reader, read } = cluster(labels);
  const calls = [LOGS, { ...LOGS, input: { ...LOGS.input, previous: false } }];
  await using run = await scripted([{ calls }, { calls: [CONCLUSION] }], {
    ports: { reader, prometheus: undefined, alertmanager: undefined, now: Date.now },
  });
  await run.analyst.analyse(aCase(), running());
  expect(run.server.texts[1]).toMatch(says);
  expect(run.server.texts[1]?.match(/"is_error":true/g)).toHaveLength(2);
  expect([run.server.texts.join().includes("CANARY"), read]).toEqual([false, []]);
});

test("of any other namespace it does", async () => {
  const { reader, read } = cluster({});
  await using run = await scripted([{ calls: [LOGS] }, { calls: [CONCLUSION] }], {
    ports: { reader, prometheus: undefined, alertmanager: undefined, now: Date.now },
  });
  await run.analyst.analyse(aCase(), running());
  expect([run.server.texts[1]?.includes("CANARY"), read]).toEqual([true, ["shop"]]);
});
