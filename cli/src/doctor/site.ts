import { readSettings, SERVICES, type ServiceName, type Settings } from "@holdfast/service";
import { fieldsOf, word } from "../fields.ts";
import type { World } from "../world.ts";
import { readExposition, type Exposition } from "./exposition.ts";
import { readable, type Problem } from "./settings.ts";

/** One service as its admin door shows it; everything undefined where nobody answered. */
export type Seen = {
  readonly service: ServiceName;
  readonly url: string;
  readonly alive: boolean;
  /** How far its clock is ahead of this machine's, ms. */
  readonly aheadMs?: number;
  /** Why it is not ready; undefined where it is. */
  readonly unready?: string;
  readonly metrics?: Exposition;
};

/** Everything that the checks look at: read once, so that all of them speak of one moment. */
export type Site = {
  readonly world: World;
  /** What this terminal's environment says of the whole installation. */
  readonly start: Settings<"start">;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly problems: readonly Problem[];
  readonly services: readonly Seen[];
  readonly testMessage: boolean;
};

const ANSWER_MS_MAX = 5_000;

export async function look(world: World, testMessage: boolean): Promise<Site> {
  const { env, problems } = readable(world.env);
  const start = readSettings("start", env);
  // Where Holdfast only observes there is no executor.
  const expected = SERVICES.filter((service) => service !== "executor" || start.HOLDFAST_MODE === "act");
  const services = await Promise.all(expected.map((service) => seen(world, start, service)));
  return { world, start, env, problems, services, testMessage };
}

async function seen(world: World, start: Settings<"start">, service: ServiceName): Promise<Seen> {
  const settings: Readonly<Record<string, unknown>> = start;
  const prefix = `HOLDFAST_${service.toUpperCase()}`;
  const host = reachable(String(settings[`${prefix}_HOST`]));
  const url = `http://${host}:${Number(settings[`${prefix}_ADMIN_PORT`])}`;
  const health = await clockOf(world, url);
  if (health === undefined) return { service, url, alive: false };
  const [ready, metrics] = await Promise.all([get(world, `${url}/readyz`), get(world, `${url}/metrics`)]);
  const says = ready?.ok === true ? undefined : word(jsonIn(ready?.text)["detail"], "it does not say why");
  return {
    service,
    url,
    alive: true,
    ...health,
    ...(says !== undefined && { unready: says }),
    ...(metrics?.ok === true && { metrics: readExposition(metrics.text) }),
  };
}

async function clockOf(world: World, url: string): Promise<{ readonly aheadMs?: number } | undefined> {
  const before = world.now();
  const health = await get(world, `${url}/healthz`);
  if (health?.ok !== true) return undefined;
  const at = Date.parse(word(jsonIn(health.text)["time"]));
  return Number.isNaN(at) ? {} : { aheadMs: aheadOf(at, before, world.now()) };
}

/** What is bound to every address is reached on this machine's own. */
function reachable(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}

/** How far a clock is ahead that showed `at` somewhere between two moments of ours; 0 where it may have shown it rightly. */
export function aheadOf(at: number, before: number, after: number, resolutionMs = 0): number {
  if (at > after) return at - after;
  return at + resolutionMs < before ? at + resolutionMs - before : 0;
}

export type Got = { readonly ok: boolean; readonly status: number; readonly text: string; readonly headers: Headers };

/** What an address answers; undefined where nobody does. */
export async function get(
  { fetch, signal }: Pick<World, "fetch" | "signal">,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Got | undefined> {
  try {
    const answer = await fetch(url, {
      headers,
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS_MAX)]),
    });
    return { ok: answer.ok, status: answer.status, text: await answer.text(), headers: answer.headers };
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

export function jsonIn(text: string | undefined): ReturnType<typeof fieldsOf> {
  try {
    return fieldsOf(JSON.parse(text ?? ""));
  } catch {
    return {};
  }
}

/** The services that answer, each with what it counts. */
export function measured({
  services,
}: Site): readonly { readonly service: ServiceName; readonly metrics: Exposition }[] {
  return services.flatMap(({ service, metrics }) => (metrics === undefined ? [] : [{ service, metrics }]));
}
