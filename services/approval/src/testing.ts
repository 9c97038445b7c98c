import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bus, Delivery } from "@holdfast/bus";
import { loadGuard, newApprover, openApprovers, type Approvers, type Loaded } from "@holdfast/guard";
import {
  encode,
  openCodec,
  stepId,
  type Allowed,
  type Codec,
  type Denied,
  type Drafted,
  type Events,
  type Plan,
} from "@holdfast/schemas";
import { sample, testCodec, testKeys, type TestKeys } from "@holdfast/schemas/testing";
import { openMetrics, type Log } from "@holdfast/service";
import { startApproval, type Running } from "./app.ts";
import type { Notifying } from "./notify/notifier.ts";

/** For the tests of this service: people, proposals of every tier, and the service on an embedded bus. */

export const loaded: Loaded = loadGuard(fileURLToPath(new URL("../../../config/", import.meta.url)));
const quiet: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

const CROWD = 25;

/** Ana, Ben and the crowd are on call, Cid is not. */
export type People = {
  readonly approvers: Approvers;
  readonly tokens: {
    readonly ana: string;
    readonly ben: string;
    readonly cid: string;
    readonly crowd: readonly string[];
  };
};

export function people(): People {
  const made = {
    ana: newApprover("Ana", ["oncall"]),
    ben: newApprover("Ben", ["oncall"]),
    cid: newApprover("Cid", ["developer"]),
  };
  const crowd = Array.from({ length: CROWD }, (_, at) => newApprover(`Voter ${at}`, ["oncall"]));
  const entries = [...Object.values(made), ...crowd].map(({ entry }) => `- ${JSON.stringify(entry)}`);
  return {
    approvers: openApprovers(`approvers:\n${entries.join("\n")}\n`),
    tokens: { ana: made.ana.token, ben: made.ben.token, cid: made.cid.token, crowd: crowd.map(({ token }) => token) },
  };
}

export const T0 = Date.parse("2026-11-22T02:52:00Z");
export const MINUTES_30 = 30 * 60_000;

/** A template for another, as it would be sent and as it is shown: what it lacks is null there. */
export function changing(was: unknown, becomes: unknown, shown = becomes): Pick<Plan, "before" | "after" | "request"> {
  const { request, target } = sample("proposals.allowed", "rollback").plan;
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  const operations = [
    { op: "test", path: "/metadata/uid", value: target.uid },
    { op: "test", path: "/spec/template", value: was },
    { op: "replace", path: "/spec/template", value: becomes },
  ];
  return {
    before: json({ spec: { template: was } }),
    after: json({ spec: { template: shown } }),
    request: { ...request, body: json(operations) },
  };
}

type Made = { readonly draft: Drafted; readonly allowed: Allowed };

/** A proposal of a tier, one of many: each name gives another id. */
export function allowedOf(
  name: string,
  changed: Partial<Allowed> = {},
  plan: Partial<Plan> = {},
  drafted: Partial<Drafted> = {},
): Made {
  const proposal = stepId(name, "test");
  const draft = sample("proposals.drafted", "rollback", { id: proposal, proposal, at: T0, ...drafted });
  const base = sample("proposals.allowed", "rollback");
  const allowed: Allowed = {
    ...base,
    id: stepId(proposal, "allowed"),
    proposal,
    incident: draft.incident,
    draft: encode("proposals.drafted", draft),
    plan: { ...base.plan, plannedAt: T0, ...plan },
    approveBy: T0 + MINUTES_30,
    lastMoment: T0 + MINUTES_30,
    at: T0,
    ...changed,
  };
  return { draft, allowed };
}

export function deniedOf(
  name: string,
  changed: Partial<Denied> = {},
): { readonly draft: Drafted; readonly denied: Denied } {
  const proposal = stepId(name, "test");
  const draft = sample("proposals.drafted", "rollback", { id: proposal, proposal, at: T0 });
  const denied = sample("proposals.denied", "cordon-in-prod", {
    id: stepId(proposal, "denied"),
    proposal,
    incident: draft.incident,
    draft: encode("proposals.drafted", draft),
    ...changed,
  });
  return { draft, denied };
}

/** A record as a view hands it over. */
export function delivered<T extends keyof Events>(
  codec: Codec,
  topic: T,
  event: Events[T],
  offset: number,
  time: number,
): Delivery<T> {
  const { value, headers } = codec.write(topic, event);
  return { topic, partition: 0, offset, time, key: "", value, headers, event } as unknown as Delivery<T>;
}

export type Bench = AsyncDisposable &
  Running & {
    /** Holds every key: what policy and the executor would publish is published with it. */
    readonly bus: Bus;
    readonly clock: { now: number };
    readonly keys: TestKeys;
    readonly codec: Codec;
    /** The file of the bus, for another member of it. */
    readonly file: string;
    readonly people: People;
    readonly counted: string[];
    readonly took: string[];
    readonly put: <T extends keyof Events>(
      topic: T,
      event: (Events[T] & { readonly incident: string }) | undefined,
    ) => Promise<void>;
    readonly publish: (made: Partial<Made> & { readonly denied?: Denied }) => Promise<void>;
  };

type OpenBus = (options: {
  readonly file: string;
  readonly codec: Codec;
  readonly service: string;
  readonly now: () => number;
}) => Promise<Bus>;

/** A door as people reach it. */
export async function served(door: RequestListener): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = createServer(door);
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return { url: `http://127.0.0.1:${port}`, close: () => void server.close() };
}

/** The service as it runs, with the approval key alone; policy's records come from elsewhere. */
export async function openBench(
  openBus: OpenBus,
  boundTo = "127.0.0.1",
  told: Partial<Notifying> = {},
): Promise<Bench> {
  const stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "holdfast-approval-"));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const clock = { now: T0 };
  const keys = testKeys();
  const file = join(folder, "bus.sqlite");
  const now = () => clock.now;
  const bus = stack.use(await openBus({ file, codec: testCodec(keys), service: "test", now }));
  const codec = openCodec({ service: "approval", trusted: keys.trusted, signing: { approval: keys.signing.approval } });
  const own = stack.use(await openBus({ file, codec, service: "approval", now }));
  const made = people();
  const counted: string[] = [];
  const took: string[] = [];
  const running = await startApproval(
    {
      bus: own,
      codec,
      guard: loaded.guard,
      approvers: made.approvers,
      settleMs: 3_000,
      votesPerMinute: loaded.limits.votesPerPersonAndMinute,
      now,
      boundTo,
      log: quiet,
      took: (person, decision, seconds) => took.push(`${person} ${decision} ${seconds}`),
      counted: (decision, tier, status) => counted.push(`${decision} ${tier} ${status}`),
      notifying: {
        targets: [],
        file: join(folder, "told.sqlite"),
        door: "https://holdfast.example",
        expiringMs: 5 * 60_000,
        ...told,
      },
      metrics: openMetrics("approval"),
    },
    stack,
  );
  await running.view.caughtUp;
  const put = async <T extends keyof Events>(
    topic: T,
    event: (Events[T] & { readonly incident: string }) | undefined,
  ): Promise<void> => {
    if (event !== undefined) await running.view.reached(await bus.publish(topic, event.incident, event));
  };
  return {
    ...running,
    bus,
    clock,
    keys,
    codec,
    file,
    people: made,
    counted,
    took,
    put,
    publish: async ({ draft, allowed, denied }) => {
      await put("proposals.drafted", draft);
      await put("proposals.allowed", allowed);
      await put("proposals.denied", denied);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
