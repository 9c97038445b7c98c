import { createServer } from "node:net";
import { SERVICES, SETTINGS, type Process, type Settings } from "@holdfast/service";

/** The processes of one Holdfast: which there are, where they listen, and whether they are ready. */

export type Part = Exclude<Process, "cli" | "start">;
export type Environment = Readonly<Record<string, string | undefined>>;

const READY_MS_MAX = 2_500;
/** Its API server says nothing to whoever has no token; its Alertmanager answers everybody. */
const SANDBOX_READY = "/alertmanager/-/ready";

/** Whoever only observes has no executor; only the sandbox is ours to run. */
export function partsOf({ HOLDFAST_CLUSTER: cluster, HOLDFAST_MODE: mode }: Settings<"start">): readonly Part[] {
  const services = SERVICES.filter((service) => service !== "executor" || mode === "act");
  return cluster === "sandbox" ? ["sandbox", ...services] : services;
}

/** The sentence of what is not ready, if anything. */
export async function unreadiness(part: Part, settings: Settings<"start">): Promise<string | undefined> {
  const [{ host, port } = { host: "", port: 0 }] = placesOf(part, settings).toReversed();
  try {
    const answer = await fetch(`http://${reachable(host)}:${port}${part === "sandbox" ? SANDBOX_READY : "/readyz"}`, {
      signal: AbortSignal.timeout(READY_MS_MAX),
    });
    if (answer.ok) return undefined;
    const problem = (await answer.json()) as { readonly detail?: unknown };
    return typeof problem.detail === "string" ? `${part}: ${problem.detail}` : `${part} answers ${answer.status}.`;
  } catch {
    return `${part} does not answer yet.`;
  }
}

/** What is bound to every address is reached on this machine's own. */
function reachable(host: string): string {
  return host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
}

type Place = { readonly host: string; readonly port: number; readonly setting: string };

/** The doors of one process; the last one says whether it is ready. */
function placesOf(part: Part, settings: Settings<"start">): readonly Place[] {
  const all: Readonly<Record<string, unknown>> = settings;
  const prefix = `HOLDFAST_${part.toUpperCase()}`;
  return [`${prefix}_PORT`, `${prefix}_ADMIN_PORT`]
    .filter((setting) => Object.hasOwn(all, setting))
    .map((setting) => ({ setting, host: String(all[`${prefix}_HOST`]), port: Number(all[setting]) }));
}

export async function requireFreePorts(settings: Settings<"start">, parts: readonly Part[]): Promise<void> {
  const places = parts.flatMap((part) => placesOf(part, settings));
  const taken = await Promise.all(
    places.map(async (place) => ((await bound(place.host, place.port)) === "taken" ? place : undefined)),
  );
  const [first, ...others] = taken.filter((place) => place !== undefined);
  if (first === undefined) return;
  const says = `Port ${first.port} on ${first.host} is in use by another program: set ${first.setting} to a free one.`;
  const more = `So it is with ${others.map(({ setting }) => setting).join(", ")}. Does Holdfast run already? Then stop that first.`;
  throw new Error(others.length === 0 ? says : `${says} ${more}`);
}

/** A port of 0 becomes a free one. */
export async function withFreePorts(env: Environment): Promise<Environment> {
  const names = Object.entries(SETTINGS)
    .filter(([name, { kind }]) => kind === "port" && env[name] === "0")
    .map(([name]) => name);
  const free = await Promise.all(names.map(async (name) => [name, String(await bound("127.0.0.1", 0))] as const));
  return { ...env, ...Object.fromEntries(free) };
}

/** Binds for a moment: the port that it was, or that another program has it. */
function bound(host: string, port: number): Promise<number | "taken"> {
  const server = createServer();
  return new Promise((done, failed) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? done("taken") : failed(error),
    );
    server.listen(port, host, () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address !== null ? address.port : port));
    });
  });
}
