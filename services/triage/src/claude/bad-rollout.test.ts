import { openReadOnlyCluster } from "@holdfast/cluster";
import { openSandbox } from "@holdfast/sandbox";
import { recordOf } from "@holdfast/schemas";
import { expect, test } from "vitest";
import { openFactReader } from "../read-facts.ts";
import { ranked } from "../rank.ts";
import { openRedactor } from "@holdfast/redact";
import { judge, loadSignatures } from "../signatures.ts";
import { openPrometheus } from "../telemetry.ts";
import { eventually } from "../testing.ts";
import type { Body } from "./scripted-protocol.ts";
import type { Turn } from "./scripted-server.ts";
import { aCase, running, scripted } from "./testing.ts";

type Result = { readonly evidence: string; readonly result: unknown };

/** The results that the last turn of a request brings back, each as its tool wrote it. */
function resultsOf(body: Body): readonly Result[] {
  const content = body.messages.at(-1)?.content;
  if (content === undefined || typeof content === "string") return [];
  return content.flatMap((block) =>
    block.type === "tool_result" && typeof block.content === "string" && block.content.startsWith("{")
      ? [JSON.parse(block.content) as Result]
      : [],
  );
}

test("a bad rollout is investigated with the tools, from the case to a draft that nobody has approved", async () => {
  await using sandbox = await openSandbox();
  await using cluster = openReadOnlyCluster({
    access: { kind: "loopback", server: sandbox.url, token: sandbox.tokens.triage },
    service: "triage",
    version: "test",
    timeoutMs: 5_000,
  });
  const redactor = openRedactor([]);
  await sandbox.break("bad-rollout");
  const target = { cluster: "sandbox", namespace: "payments", kind: "Deployment", name: "api", uid: null };
  const known = { restartedAt: undefined, sharedDependencies: new Set<string>() };
  const signatures = await loadSignatures();
  const facts = await eventuallyFound(async () => {
    const read = await openFactReader(cluster.reader, redactor, Date.now)(target, known, running());
    return judge(signatures, read, () => true).length > 0 ? read : undefined;
  });
  const about = aCase({ target, facts, findings: ranked(judge(signatures, facts, () => true)) });

  const cited: string[] = [];
  const play = (body: Body, index: number): Turn => {
    const results = resultsOf(body);
    cited.push(...results.map(({ evidence }) => evidence).filter((id) => id !== undefined));
    switch (index) {
      case 0:
        return {
          thinks: "What changed?",
          says: "I look at the revisions and the pods.",
          calls: [
            { name: "rollout_history", input: { namespace: "payments", deployment: "api" } },
            { name: "list_objects", input: { kind: "Pod", namespace: "payments" } },
            { name: "get_object", input: { kind: "Deployment", namespace: "payments", name: "api" } },
          ],
        };
      case 1: {
        const pods = results[1]?.result as readonly { readonly name: string; readonly ready: boolean }[];
        const pod = pods.find(({ ready }) => !ready)?.name ?? "none";
        return {
          calls: [
            { name: "read_logs", input: { namespace: "payments", pod, container: "api", previous: true } },
            { name: "list_events", input: { namespace: "payments", about: pod } },
            {
              name: "prometheus_query",
              input: { query: 'kube_deployment_status_replicas_unavailable{namespace="payments"}' },
            },
            {
              name: "prometheus_range",
              input: { query: 'sum(kube_pod_container_status_restarts_total{namespace="payments"})', minutes: 30 },
            },
          ],
        };
      }
      case 2:
        return {
          calls: [
            {
              name: "propose_rollback_deployment",
              input: {
                arguments: { namespace: "payments", deployment: "api" },
                because: "The newest release lacks PAYMENTS_DSN.",
                confidence: 90,
                evidence: [cited[0], cited[3]],
              },
            },
          ],
        };
      default:
        return {
          calls: [
            {
              name: "conclude",
              input: {
                summary: "The release crashes because PAYMENTS_DSN is not set.",
                hypotheses: [
                  { cause: "PAYMENTS_DSN was removed by the release", confidence: 95, evidence: [cited[0], cited[3]] },
                ],
              },
            },
          ],
        };
    }
  };
  await using run = await scripted(play, {
    ports: {
      reader: cluster.reader,
      prometheus: openPrometheus(
        `${sandbox.url}/prometheus`,
        { userAgent: "test", timeoutMs: 5_000, bytesMax: 1_000_000 },
        redactor,
      ),
      alertmanager: undefined,
      now: Date.now,
    },
  });
  const opinion = await run.analyst.analyse(about, running());

  expect(run.server.refusals).toEqual([]);
  expect(opinion).toMatchObject({
    outcome: "found",
    model: "claude-sonnet-5-5",
    summary: "The release crashes because PAYMENTS_DSN is not set.",
    cost: { toolCalls: 8 },
  });
  expect(opinion.hypotheses).toEqual([
    { cause: "PAYMENTS_DSN was removed by the release", confidence: 95, evidence: [cited[0], cited[3]] },
  ]);
  expect(opinion.evidence.map(({ id, source, outsideWritable }) => [id, source, outsideWritable])).toEqual([
    [cited[0], "kube", false],
    [cited[3], "logs", true],
  ]);
  expect(opinion.evidence[0]?.says).toContain("PAYMENTS_DSN");
  expect(opinion.evidence[1]?.says).toContain("FATAL: PAYMENTS_DSN is not set");
  expect(opinion.drafts).toMatchObject([
    {
      by: "model",
      author: "claude-sonnet-5-5",
      action: "rollback_deployment",
      target: { ...target, uid: null },
      words: "The newest release lacks PAYMENTS_DSN.",
      confidence: 90,
    },
  ]);
  expect(recordOf(opinion.drafts[0]?.arguments ?? [])).toEqual({ namespace: "payments", deployment: "api" });
  expect(opinion.cost.microUsd).toBeGreaterThan(0);
  expect(sandbox.writes()).toEqual([]);
  // what is the same in all requests stands at their beginning, and is read from the cache
  expect(opinion.cost.cacheReadTokens).toBeGreaterThan(opinion.cost.cacheWriteTokens);
  expect(run.server.bodies.map(({ system }) => system)).toEqual(
    run.server.bodies.map(() => run.server.bodies[0]?.system),
  );
  expect(
    resultsOf(run.server.bodies[2] ?? { model: "", max_tokens: 1, messages: [] }).map(
      ({ result }) => JSON.stringify(result).length > 2,
    ),
  ).toEqual([true, true, true, true]);
});

async function eventuallyFound<T>(look: () => Promise<T | undefined>): Promise<T> {
  let found: T | undefined;
  for (const until = performance.now() + 15_000; found === undefined && performance.now() < until;) {
    found = await look();
    if (found === undefined) await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return eventually(() => found, "a finding of the signatures");
}
