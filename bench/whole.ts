import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Bus } from "@holdfast/bus";
import { SERVICES, SETTINGS } from "@holdfast/service";
import { operatorBus } from "@holdfast/wiring";
import { startHoldfast, type Holdfast, type Part } from "../scripts/supervisor.ts";
import { listAlerts, type Listing } from "./alertmanager.ts";
import { startChild } from "./child.ts";
import { folderOnDisk } from "./folder.ts";
import type { ClusterTask, BenchCluster } from "./cluster.ts";

/** Real processes of Holdfast on free ports, with a data folder of their own on the disk. */
export type Services = AsyncDisposable & {
  readonly holdfast: Holdfast;
  readonly data: string;
  readonly secret: (name: string) => string;
  readonly pids: () => ReadonlyMap<string, number>;
  /** The bus that they are on, for this process to read along. */
  readonly openBus: () => Promise<Bus>;
};

type Options = {
  readonly parts?: readonly Part[];
  readonly env?: Readonly<Record<string, string>>;
  readonly data?: string;
};

const ROOT = dirname(import.meta.dirname);
const READY_MS_MAX = 60_000;
const freePorts = Object.fromEntries(
  Object.entries(SETTINGS).flatMap(([name, { kind }]) => (kind === "port" ? [[name, "0"]] : [])),
);

export async function startServices({ parts = ["sandbox", ...SERVICES], env = {}, data }: Options): Promise<Services> {
  using opened = new DisposableStack();
  const folder = data ?? opened.use(folderOnDisk()).path;
  const loud: string[] = [];
  const holdfast = await startHoldfast({
    env: {
      PATH: process.env["PATH"],
      NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
      ...freePorts,
      HOLDFAST_DATA: folder,
      ...env,
    },
    onLine: ({ text, isLoud }) => void (isLoud && loud.push(text)),
    parts,
  });
  const kept = opened.move();
  const stop = async (): Promise<void> => {
    await holdfast.stop();
    kept.dispose();
  };
  const unready = await holdfast.untilReady(READY_MS_MAX);
  if (unready.length > 0) {
    await stop();
    throw new Error(`Holdfast is not ready: ${unready.join(" ")}\n${loud.join("\n")}`);
  }
  return {
    holdfast,
    data: folder,
    secret: (name) => readFileSync(join(folder, "secrets", name), "utf8").trim(),
    pids: () =>
      new Map(parts.flatMap((part) => (holdfast.pid(part) === undefined ? [] : [[part, holdfast.pid(part) ?? 0]]))),
    openBus: () => operatorBus(holdfast.settings),
    [Symbol.asyncDispose]: stop,
  };
}

export type Whole = AsyncDisposable & {
  readonly services: Services;
  readonly cluster: BenchCluster;
  readonly clusterPid: number;
  /** What triage finds when it asks Alertmanager. */
  readonly listing: Listing;
};

/** All services, or these, on a cluster with so many broken Deployments, each in nobody else's way. */
export async function startWhole(
  targets: number,
  env: Readonly<Record<string, string>> = {},
  { parts = SERVICES, isStill = true }: { readonly parts?: readonly Part[]; readonly isStill?: boolean } = {},
): Promise<Whole> {
  await using opened = new AsyncDisposableStack();
  const { path: data } = opened.use(folderOnDisk());
  const child = opened.use(
    await startChild<BenchCluster>("cluster.ts", { data, targets, isStill } satisfies ClusterTask),
  );
  const cluster = child.ready;
  const config = configWith(data, cluster.namespaces);
  const listing = opened.use(await listAlerts());
  const services = opened.use(
    await startServices({
      parts,
      data,
      env: {
        HOLDFAST_CONFIG: config,
        HOLDFAST_SANDBOX_PORT: String(cluster.port),
        HOLDFAST_ALERTMANAGER_URL: listing.url,
        ...env,
      },
    }),
  );
  const kept = opened.move();
  return { services, cluster, listing, clusterPid: child.pid, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** The shipped configuration, with the namespaces of the bench in its inventory. */
function configWith(data: string, namespaces: readonly string[]): string {
  const folder = join(data, "config");
  mkdirSync(folder, { recursive: true });
  cpSync(join(ROOT, "config"), folder, { recursive: true });
  const lines = namespaces.map((name) => `      ${name}: dev\n`).join("");
  const file = join(folder, "environments.yaml");
  const text = readFileSync(file, "utf8");
  const widened = text.replace("      shop: dev\n", `      shop: dev\n${lines}`);
  if (widened === text)
    throw new Error("config/environments.yaml no longer lists shop, where the bench adds its namespaces");
  writeFileSync(file, widened);
  return folder;
}
