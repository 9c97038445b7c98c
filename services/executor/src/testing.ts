import { readFileSync } from "node:fs";
import type { Delivery, Published } from "@holdfast/bus";
import type { Claim, Claims, KubeObject, Sender } from "@holdfast/cluster";
import { openApprovers, openGuard, openInventory, openWindows, tokenDigest, withSandboxPerson } from "@holdfast/guard";
import { catalogue } from "@holdfast/actions";
import {
  digestOf,
  encode,
  openBundle,
  type Allowed,
  type Approval,
  type Bundle,
  type Codec,
  type Execution,
  type Plan,
} from "@holdfast/schemas";
import { sample, sealedEnvelope, testCodec } from "@holdfast/schemas/testing";
import type { Executor } from "./executor.ts";
import type { Own } from "./judge.ts";

/** A moment at which the fixtures' proposal was just approved. */
export const NOW = Date.parse("2026-11-22T02:52:10Z");
const config = new URL("../../../config/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, config), "utf8");

const DEV_ONLY = "clusters:\n  sandbox:\n    simulated: true\n    namespaces: { payments: dev }\n";

type Files = { readonly windows?: string; readonly inventory?: string };

/** The executor's own tables: the shipped rules, and files of a test's own where it has some. */
export function ownTables({ windows = read("windows.yaml"), inventory = DEV_ONLY }: Files = {}): Own {
  return {
    cluster: "sandbox",
    catalogue,
    inventory: openInventory(inventory),
    approvers: withSandboxPerson(openApprovers("approvers: []"), tokenDigest("a token that is long enough")),
    guard: openGuard({ cedar: read("guard.cedar"), windows, inventory, limits: read("limits.yaml"), tz: "2026a" }),
    windows: openWindows(windows, 30),
  };
}

export const codec: Codec = testCodec();

type Changes = {
  readonly allowed?: Partial<Allowed>;
  readonly plan?: Partial<Plan>;
  readonly vote?: Partial<NonNullable<Approval["vote"]>>;
  readonly record?: Partial<Approval>;
  readonly votes?: number;
};

/** An approved record as policy would publish it, changed where a test wants it wrong; everything in it is signed. */
export function approvedDelivery({
  allowed = {},
  plan = {},
  vote = {},
  record = {},
  votes = 1,
}: Changes = {}): Delivery<"proposals.approved"> {
  const base = sample("proposals.allowed", "rollback", allowed);
  const envelope = sealedEnvelope(codec, "proposals.allowed", { ...base, plan: { ...base.plan, ...plan } });
  const digest = digestOf(envelope.payload);
  const voted = sample("approvals", "vote");
  const cast = { ...voted, digest, allowed: envelope, vote: { ...(voted.vote ?? never()), ...vote }, ...record };
  const counted = { envelope: sealedEnvelope(codec, "approvals", cast), partition: 3, offset: 0, time: NOW - 10_000 };
  const event = sample("proposals.approved", "by-one-person", {
    allowed: envelope,
    digest,
    votes: Array.from({ length: votes }, () => counted),
    verdictAt: NOW - 10_000,
    executeBy: NOW + 290_000,
  });
  const { value, headers } = codec.write("proposals.approved", event);
  return {
    topic: "proposals.approved",
    partition: 3,
    offset: 0,
    time: NOW - 9_000,
    key: event.incident,
    value,
    headers,
    event,
  };
}

export function bundleOf(changes: Changes = {}): Bundle {
  const opened = openBundle(codec, approvedDelivery(changes).event);
  return opened.outcome === "valid" ? opened.bundle : never();
}

function never(): never {
  throw new Error("the fixture is not what this test needs");
}

/** Claims as the API server keeps them: of any number that create one at once, one does. */
export function claimsInMemory(): Claims {
  const claims = new Map<string, Claim>();
  return {
    look: async (proposal) => claims.get(proposal),
    create: async (proposal, holder, refused) => {
      if (claims.has(proposal)) return "taken";
      claims.set(proposal, { holder, refused, createdAt: NOW });
      return "created";
    },
  };
}

export type Stage = { readonly executor: Executor; readonly published: Execution[]; readonly sent: () => number };

const SENT: KubeObject = { metadata: { uid: "6a1f0f5e-7c1e-4c57-9a3b-2f5d9b8f1c10", generation: 4 } };

/** An executor whose clock moves only when it waits, on a cluster where the change lands and heals. */
export function stage(changed: Partial<Executor> = {}, own: Own = ownTables()): Stage {
  let elapsed = 0;
  let sends = 0;
  const published: Execution[] = [];
  const publish = async (topic: string, key: string, event: unknown): Promise<Published> => {
    if (topic === "executions") published.push(event as Execution);
    const value = topic === "executions" ? encode("executions", event as Execution) : Buffer.from(key);
    return { topic: "executions", partition: 3, offset: published.length, time: NOW + elapsed, value };
  };
  const sender: Sender = { send: async () => ({ status: (sends += 1) > 0 ? 200 : 500, says: "OK", object: SENT }) };
  const healthy = { outcome: "healthy", says: "3 of 3 pods serve (revision 3)", print: "a", observed: [] } as const;
  const lands = [...own.catalogue].map(
    ([name, action]) =>
      [
        name,
        { ...action, landed: async () => (sends > 0 ? "yes" : "no"), verify: async () => healthy } as const,
      ] as const,
  );
  const executor: Executor = {
    ...own,
    name: "executor-1",
    codec,
    catalogue: new Map(lands),
    bus: { publish } as unknown as Executor["bus"],
    reader: { get: async () => SENT } as unknown as Executor["reader"],
    claims: claimsInMemory(),
    sender,
    receipts: async () => ({ outcome: "receipted" }),
    clock: {
      wall: () => NOW + elapsed,
      monotonic: () => elapsed,
      sleep: async (ms) => {
        elapsed += ms;
      },
    },
    patience: { settleMs: 3_000, verifyMs: 48_000, reconcileMs: 15_000, pollMs: 1_000 },
    reported: () => undefined,
    waiting: () => undefined,
    ...changed,
  };
  return { executor, published, sent: () => sends };
}
