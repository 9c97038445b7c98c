import { readFileSync } from "node:fs";
import { catalogue } from "@holdfast/actions";
import type { ClusterReader } from "@holdfast/cluster";
import type { Case } from "../analyst.ts";
import { openRedactor } from "@holdfast/redact";
import { loadTools } from "../tools.ts";
import { anAlert } from "../testing.ts";
import { openClaude, type Claude } from "./analyst.ts";
import type { Ledger } from "./ledger.ts";
import { openModels, type Models } from "./models.ts";
import { KEY, openScriptedServer, type Script, type ScriptedServer } from "./scripted-server.ts";
import { openSpending } from "./spending.ts";

export const models = openModels(readFileSync(new URL("../../../../config/models.yaml", import.meta.url), "utf8"));

/** A cluster in which nothing is found; a test gives what it needs. */
export const emptyReader: ClusterReader = {
  identity: async () => "uid",
  get: async () => undefined,
  list: async () => [],
  logs: async () => undefined,
};

export function aCase(parts: Partial<Case> = {}): Case {
  const alert = anAlert({ alertname: "KubePodCrashLooping", namespace: "shop", pod: "web-1", severity: "critical" });
  const target = { cluster: "sandbox", namespace: "shop", kind: "Deployment", name: "web", uid: null };
  return {
    incident: {
      id: "4bcd6e3c-1111-5222-8333-944455556666",
      openedAt: alert.startsAt,
      target,
      correlation: [],
      because: "named by the alert",
      foundByScan: false,
      members: new Map(),
      lastEndedAt: 0,
      novelties: [],
      analyses: new Map(),
      drafts: new Map(),
      dependencies: new Set(),
      severities: new Set(),
    },
    alerts: [alert],
    target,
    facts: undefined,
    findings: [],
    ...parts,
  };
}

export const CONCLUSION = {
  name: "conclude",
  input: { summary: "It crashes.", hypotheses: [{ cause: "a missing setting", confidence: 80, evidence: ["e1"] }] },
};
export const LOGS = { name: "read_logs", input: { namespace: "shop", pod: "web-1", container: "web", previous: true } };

export type Scripted = {
  readonly server: ScriptedServer;
  readonly analyst: ReturnType<typeof openClaude>;
  readonly claude: Claude;
} & AsyncDisposable;

/** For tests that end with their process. */
export const FORGETFUL: Ledger = { read: () => [], write: () => undefined };

/** The analyst with the real SDK, against a server that plays the script. */
export async function scripted(
  script: Script,
  parts: Partial<Omit<Claude, "models">> & { readonly reader?: ClusterReader; readonly models?: Partial<Models> } = {},
): Promise<Scripted> {
  const server = await openScriptedServer(script);
  const { reader = emptyReader, models: limits, ...rest } = parts;
  const all = { ...models, ...limits };
  const claude: Claude = {
    provider: { apiKey: KEY, baseUrl: server.url },
    model: "claude-sonnet-5-5",
    models: all,
    cluster: "sandbox",
    tools: await loadTools(),
    ports: { reader, prometheus: undefined, alertmanager: undefined, now: Date.now },
    catalogue,
    redactor: openRedactor([KEY]),
    spending: openSpending(all, Date.now, FORGETFUL),
    now: Date.now,
    ...rest,
  };
  return { server, analyst: openClaude(claude), claude, [Symbol.asyncDispose]: server[Symbol.asyncDispose] };
}

export const running = (): AbortSignal => new AbortController().signal;
