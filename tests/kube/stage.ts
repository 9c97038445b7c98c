import { createHash, randomBytes, randomUUID } from "node:crypto";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbedded } from "@holdfast/bus/embedded";
import { openCluster, type Cluster, type Kind, type KubeObject, type Pod } from "@holdfast/cluster";
import { nameValues, stepId } from "@holdfast/schemas";
import { sample } from "@holdfast/schemas/testing";
import { codecOf } from "@holdfast/wiring";
import { ask, read, secret, startAll, until, type Running } from "../running.ts";
import { outcome, proposals, vote, type Shown } from "../story.ts";
import { webhook, type Labels } from "./alert.ts";
import { sizeNow } from "./audit-log.ts";
import { kubelab, type Kubelab, type Paths } from "./kubelab.ts";
import { accountOf, buildWorld, type App, type World } from "./world.ts";

/** All of Holdfast as real processes in mode act, with three service accounts on a real API server, and the people beside it. */

export const SERVICES = ["triage", "policy", "executor"] as const;
const PEOPLE = ["ana", "ben"] as const;
type Given = Readonly<Record<string, string>>;

export type Stage = AsyncDisposable & {
  readonly lab: Kubelab;
  readonly running: Running;
  /** Length of the API server's audit log before Holdfast started. */
  readonly since: number;
  readonly get: <T extends KubeObject>(kind: Kind, namespace: string | null, name: string) => Promise<T>;
  readonly podsOf: (namespace: string, app: string) => Promise<readonly Pod[]>;
  readonly podThat: (what: string, namespace: string, app: string, fits: (pod: Pod) => boolean) => Promise<string>;
  readonly setImage: (namespace: string, workload: string, image: string) => Promise<void>;
  readonly patchStatus: (resource: string, type: "json" | "strategic", patch: unknown) => Promise<void>;
  readonly fire: (alertname: string, target: Labels) => Promise<void>;
  /** Puts a draft on the bus, as triage would whose model thought of it. */
  readonly draft: (action: string, given: Given) => Promise<Shown>;
  readonly offered: (action: string, target: string) => Promise<Shown>;
  /** By as many people as its tier wants. */
  readonly approved: (proposal: Shown) => Promise<Shown>;
  readonly askedBack: (proposal: Shown) => Promise<Shown>;
};

const OFFERED_MS_MAX = 60_000;

export async function openStage(paths: Paths, apps: readonly App[], world: World): Promise<Stage> {
  const lab = kubelab(paths);
  await buildWorld(lab, apps, world);
  const access = { kind: "kubeconfig", path: join(lab.data, "admin.kubeconfig") } as const;
  const admin = openCluster({ access, service: "test", version: "0", timeoutMs: 30_000 });
  const config = mkdtempSync(join(tmpdir(), "holdfast-kube-config-"));
  const tokens = new Map(PEOPLE.map((name) => [name, randomBytes(24).toString("base64url")] as const));
  writeConfig(config, await admin.reader.identity(), tokens);
  const files = await Promise.all(SERVICES.map(async (name) => [setting(name), await accountOf(lab, name)] as const));
  const since = sizeNow(lab.data);
  const running = await startAll({
    HOLDFAST_CLUSTER: "kubeconfig",
    HOLDFAST_CLUSTER_NAME: "kubelab",
    HOLDFAST_MODE: "act",
    HOLDFAST_CONFIG: config,
    HOLDFAST_DEBOUNCE_SECONDS: "1",
    HOLDFAST_SETTLE_SECONDS: "3",
    ...Object.fromEntries(files),
  });
  writeFileSync(join(running.data, "secrets", "approver.token"), tokens.get("ana") ?? "");
  return {
    lab,
    running,
    since,
    ...handsOf(lab, admin),
    ...voicesOf(running, tokens),
    [Symbol.asyncDispose]: async () => {
      await running[Symbol.asyncDispose]();
      await admin.close();
      rmSync(config, { recursive: true });
    },
  };
}

/** What an operator sees and breaks. */
function handsOf(
  lab: Kubelab,
  { reader }: Cluster,
): Pick<Stage, "get" | "podsOf" | "podThat" | "setImage" | "patchStatus"> {
  const podsOf: Stage["podsOf"] = (namespace, app) =>
    reader.list<Pod>("Pod", { namespace, labelSelector: `app=${app}` });
  return {
    get: async <T extends KubeObject>(kind: Kind, namespace: string | null, name: string) => {
      const found = await reader.get<T>({ kind, namespace, name });
      if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
      return found;
    },
    podsOf,
    podThat: (what, namespace, app, fits) =>
      until(what, async () => (await podsOf(namespace, app)).find(fits)?.metadata?.name),
    setImage: async (namespace, workload, image) => {
      const [, container = ""] = workload.split("/");
      await lab.run("ctl", "-n", namespace, "set", "image", workload, `${container}=${image}`);
    },
    patchStatus: async (resource, type, patch) => {
      const [namespace = "", name = ""] = resource.startsWith("node/") ? ["default", resource] : resource.split(":");
      const how = ["--subresource=status", `--type=${type}`, "-p", JSON.stringify(patch)];
      await lab.run("ctl", "-n", namespace, "patch", name, ...how);
    },
  };
}

/** What comes in at the doors of Holdfast. */
function voicesOf(
  running: Running,
  tokens: ReadonlyMap<string, string>,
): Pick<Stage, "fire" | "draft" | "offered" | "approved" | "askedBack"> {
  const open = async (what: string, fits: (one: Shown) => boolean): Promise<Shown> => {
    const find = async (): Promise<Shown | undefined> =>
      (await proposals(running)).find((one) => fits(one) && one.state !== "drafted");
    const found = await until(what, find, OFFERED_MS_MAX);
    if (found.state === "open") return found;
    throw new Error(`${what} is ${found.state}: ${JSON.stringify(found.reasons)}`);
  };
  return {
    fire: async (alertname, target) => {
      const body = webhook(alertname, target, new Date());
      const answer = await ask(running, "intake", "/v1/alertmanager", body, secret(running, "intake.token"));
      if (answer.status !== 202) throw new Error(JSON.stringify(answer.body));
    },
    draft: async (action, given) => {
      const id = stepId(randomUUID(), action);
      await publishDraft(running, id, action, given);
      return open(action, (one) => one.id === id);
    },
    offered: (action, target) =>
      open(`${action} of ${target}`, (one) => one.action === action && one.target.name === target && !isOver(one)),
    approved: async (proposal) => {
      for (const name of PEOPLE.slice(0, proposal.tier === "two-people" ? 2 : 1)) {
        const cast = await vote(running, proposal, tokens.get(name));
        if (cast.status !== 201) throw new Error(JSON.stringify(cast.body));
      }
      return outcome(running, proposal);
    },
    askedBack: async ({ id }) => {
      const body = { reason: "to show that it can be undone" };
      const asked = await ask(running, "approval", `/v1/proposals/${id}/backout`, body);
      if (asked.status !== 201) throw new Error(JSON.stringify(asked.body));
      const { next } = asked.body as { readonly next: string };
      return open(`the back-out of ${id}`, (one) => one.id === next);
    },
  };
}

const isOver = ({ state }: Shown): boolean => state !== "open" && state !== "denied";

/** A draft is not signed: it only asks. */
async function publishDraft(running: Running, id: string, action: string, given: Given): Promise<void> {
  const codec = codecOf({
    service: "triage",
    publicKeys: running.holdfast().settings.HOLDFAST_PUBLIC_KEYS,
    signing: {},
  });
  const bus = await openEmbedded({ file: join(running.data, "bus.sqlite"), codec, service: "triage" });
  const { incidents } = await read<{ incidents: { readonly id: string }[] }>(
    running,
    "approval",
    "/v1/incidents?limit=1",
  );
  const [{ id: incident } = { id: "" }] = incidents;
  const now = Date.now();
  const base = sample("proposals.drafted", "rollback");
  const target = { cluster: "kubelab", namespace: given["namespace"] ?? null, kind: "", name: "", uid: null };
  const evidence = base.evidence.map((one) => ({ ...one, readAt: now }));
  const event = {
    ...base,
    id,
    proposal: id,
    incident,
    analysis: randomUUID(),
    action,
    arguments: nameValues(given),
    target,
    evidence,
    at: now,
  };
  await bus.publish("proposals.drafted", event.incident, event);
  await bus[Symbol.asyncDispose]();
}

const setting = (name: string): string => `HOLDFAST_${name.toUpperCase()}_KUBECONFIG`;

/** Everything is dev, and a maintenance window is open, or no node could ever be cordoned. */
function writeConfig(folder: string, uid: string, tokens: ReadonlyMap<string, string>): void {
  cpSync("config", folder, { recursive: true });
  const clusters = { kubelab: { uid, namespaces: { shop: "dev", payments: "dev" } } };
  const windows = [{ name: "always", selector: {}, time_intervals: [{}] }];
  const approvers = [...tokens].map(([name, token]) => {
    const tokenSha256 = createHash("sha256").update(token).digest("hex");
    return { subject: name, name, roles: ["oncall"], tokenSha256 };
  });
  writeFileSync(join(folder, "environments.yaml"), JSON.stringify({ clusters }));
  writeFileSync(join(folder, "windows.yaml"), JSON.stringify({ windows, freezes: [] }));
  writeFileSync(join(folder, "approvers.yaml"), JSON.stringify({ approvers }));
}
