import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { openCluster } from "./cluster.ts";
import { openControl } from "./control.ts";
import type { Control } from "./control.ts";
import { authenticator, newTokens } from "./identities.ts";
import type { Tokens } from "./identities.ts";
import { openKubernetesDoor } from "./kubernetes-door.ts";
import type { SeenRequest } from "./kubernetes-door.ts";
import { openNotifier } from "./notifier.ts";
import type { Intake } from "./notifier.ts";
import { router } from "./router.ts";
import { loadScenarios } from "./scenarios.ts";
import type { RecordedWrite } from "./state.ts";

export { ensureCredentials, kubeconfigOf } from "./credentials.ts";
export type { Control, SandboxStatus } from "./control.ts";
export { IDENTITIES } from "./identities.ts";
export type { IdentityName, Tokens } from "./identities.ts";
export type { Intake } from "./notifier.ts";
export type { SeenRequest } from "./kubernetes-door.ts";
export type { RecordedWrite } from "./state.ts";

export type SandboxOptions = {
  /** 0 takes a free one. */
  readonly port?: number;
  readonly host?: string;
  readonly tokens?: Tokens;
  /** Where the state is kept; without it the sandbox forgets. */
  readonly file?: string;
  /** Where alerts are sent; without it they only stand in Alertmanager's list. */
  readonly intake?: Intake;
  readonly now?: () => number;
  /** How often the controllers run. */
  readonly roundMs?: number;
};

export type Sandbox = Control & {
  readonly url: string;
  readonly tokens: Tokens;
  /** Changes that were made through the API, in order; no dry runs, and nothing that controllers or scenarios did. */
  readonly writes: () => readonly RecordedWrite[];
  readonly requests: () => readonly SeenRequest[];
} & AsyncDisposable;

const ROUND_MS = 100;

/** A simulated cluster with its Prometheus and Alertmanager on one port. Nothing real can change. */
export async function openSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, host = "127.0.0.1", tokens = newTokens(), now = Date.now, roundMs = ROUND_MS } = options;
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  // The state is opened only once the port is ours: whoever cannot have the port must not write to the file of the one who has it.
  const url = urlOf(server.address(), host);
  const scenarios = loadScenarios();
  const cluster = openCluster({ file: options.file, now, scenarios });
  const notifier = openNotifier(options.intake, cluster.book, url);
  const control = openControl(cluster, scenarios, notifier);
  const kubernetes = openKubernetesDoor(cluster, authenticator(tokens));
  server.on("request", router({ cluster, control, kubernetes, url }));
  const timer = setInterval(() => {
    cluster.round();
    notifier.wake();
  }, roundMs);
  return {
    ...control,
    url,
    tokens,
    writes: cluster.writes,
    requests: kubernetes.seen,
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await notifier.stop();
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

function urlOf(address: AddressInfo | string | null, host: string): string {
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
