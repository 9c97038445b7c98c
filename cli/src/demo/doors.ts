import { z } from "zod";
import { call, detailOf, need, needToken } from "../door.ts";
import type { World } from "../world.ts";

/** One record of the log, as `GET /v1/events` answers it. */
export type Recorded = z.infer<typeof recorded>;
const recorded = z.object({
  index: z.number(),
  topic: z.string(),
  partition: z.number(),
  offset: z.number(),
  recordedAt: z.number(),
  id: z.string(),
  incident: z.string().nullable(),
  proposals: z.array(z.string()),
  event: z.record(z.string(), z.unknown()),
});
const events = z.object({ events: z.array(recorded), next: z.number().nullable() });

const cluster = z.object({
  namespaces: z.array(
    z.object({
      name: z.string(),
      deployments: z.array(z.object({ name: z.string(), image: z.string(), ready: z.number(), replicas: z.number() })),
    }),
  ),
  nodes: z.array(z.object({ name: z.string(), ready: z.boolean(), schedulable: z.boolean() })),
  alerts: z.array(z.object({ labels: z.record(z.string(), z.string()) })),
});

export type Write = z.infer<typeof write>;
const write = z.object({ user: z.string(), method: z.string(), path: z.string(), code: z.number() });

const person = z.object({ subject: z.string(), name: z.string() });
const series = z.object({
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
});

export type Workload = { readonly namespace: string; readonly name: string };
export type Vote = {
  readonly proposalId: string;
  readonly digest: string;
  readonly decision: "approve" | "reject";
  readonly typed?: string;
  readonly reason?: string;
};
export type Voted = { readonly status: number; readonly says: string };

/** What the story asks of a running Holdfast and its sandbox, over HTTP as anybody would. */
export type Doors = {
  readonly me: () => Promise<z.infer<typeof person>>;
  /** 201, or the refusal and its sentence. */
  readonly vote: (vote: Vote) => Promise<Voted>;
  readonly events: (query: Readonly<Record<string, string>>) => Promise<readonly Recorded[]>;
  readonly receipt: (record: Recorded) => Promise<unknown>;
  readonly breakDown: (scenario: string) => Promise<void>;
  readonly cluster: () => Promise<z.infer<typeof cluster>>;
  /** Every change that was made through the cluster's API, as the cluster itself counted them. */
  readonly writes: () => Promise<readonly Write[]>;
  /** The share of requests that fail now, as Prometheus has it. */
  readonly failing: (workload: Workload) => Promise<number>;
};

export function openDoors(world: World): Doors {
  const { HOLDFAST_APPROVAL_URL: approval, HOLDFAST_AUDIT_URL: audit, HOLDFAST_SANDBOX_URL: sandbox } = world.settings;
  const token = needToken(world);
  const read = async (service: string, url: string, body?: Readonly<Record<string, unknown>>): Promise<unknown> =>
    JSON.parse((await need(world, service, url, { token, ...(body && { method: "POST", body }) })).text);
  return {
    me: async () => person.parse(await read("approval", `${approval}/v1/me`)),
    vote: async (body) => {
      const answer = await call(world, "approval", `${approval}/v1/approvals`, { method: "POST", body, token });
      return { status: answer.status, says: detailOf(answer) };
    },
    events: async (query) => {
      const page = events.parse(await read("audit", `${audit}/v1/events?${inUrl({ ...query, limit: "500" })}`));
      if (page.next !== null) throw new Error("The log holds more than this story can have written.");
      return page.events;
    },
    receipt: ({ topic, partition, offset }) => read("audit", `${audit}/v1/receipts/${topic}/${partition}/${offset}`),
    breakDown: async (scenario) => void (await read("the sandbox", `${sandbox}/sandbox/break`, { scenario })),
    cluster: async () => cluster.parse(await read("the sandbox", `${sandbox}/sandbox/status`)),
    writes: async () => z.array(write).parse(await read("the sandbox", `${sandbox}/sandbox/writes`)),
    failing: async ({ namespace, name }) => {
      const query = `http_requests:error_ratio{namespace="${namespace}",workload="${name}"}`;
      const url = `${sandbox}/prometheus/api/v1/query?${inUrl({ query })}`;
      return Number(series.parse(await read("the sandbox", url)).data.result[0]?.value[1]);
    },
  };
}

function inUrl(query: Readonly<Record<string, string>>): string {
  return new URLSearchParams(query).toString();
}
