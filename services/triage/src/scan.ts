import { stepId, type Incident } from "@holdfast/schemas";
import { controllerOf } from "./facts.ts";
import { closeFound, openFound } from "./incidents.ts";
import type { ListCluster } from "./list-cluster.ts";
import { signsIn, type Sign } from "./signs.ts";
import { keyOf, objectKey, type State } from "./state.ts";
import { correlationOf, type Aim } from "./targets.ts";
import type { Triage } from "./triage.ts";

/** Without alerts nobody says when to look, so it is looked this often. */
const SCAN_MS = 30_000;
/** So many controllers are asked for in one scan; a cluster with more broken ones shows the rest as pods. */
const OWNERS_MAX = 100;
const SIGNS_SAID = 3;

/** What a look at the workloads found, each target once. */
type Found = { readonly aim: Aim; readonly uid: string };

export type Scan = {
  /** Looks where it is time to; at once the first time. */
  readonly look: (signal: AbortSignal) => Promise<void>;
  /** Whether it has looked at all. */
  readonly hasLooked: () => boolean;
};

/**
 * Opens an incident for whatever says of itself that it is not well, and closes it once that has been over for a while.
 * Such an incident has no alert: that it was found by scanning is its reason.
 */
export function openScan(
  { resolve, cluster, now, noted, pace }: Pick<Triage, "resolve" | "cluster" | "now" | "noted" | "pace">,
  list: ListCluster,
  state: State,
  settle: (events: readonly Incident[]) => Promise<void>,
): Scan {
  let scanning = false;
  let scannedAt = -Infinity;
  let hasLooked = false;
  let complained = "";
  const wellSince = new Map<string, number>();

  const scan = async (signal: AbortSignal): Promise<void> => {
    const { listed, unread } = await list(signal);
    if (unread.join(" ") !== complained) {
      complained = unread.join(" ");
      if (complained !== "")
        noted({ kind: "failed", doing: "look at the whole cluster", cause: new Error(complained) });
    }
    const found = await targetsOf(signsIn(listed, now()), { resolve, cluster }, signal);
    const opened = found
      .filter(({ aim }) => state.withKey(keyOf(aim.correlation)).length === 0)
      .map(({ aim, uid }) => openFound(stepId(`scan/${uid}`, String(now())), aim, now()));
    await settle([
      ...opened,
      ...over(state, wellSince, new Set(found.map(({ aim }) => keyOf(aim.correlation))), {
        now: now(),
        confirmMs: pace.confirmMs,
      }),
    ]);
    hasLooked = true;
  };
  return {
    hasLooked: () => hasLooked,
    look: async (signal) => {
      if (scanning || signal.aborted || now() < scannedAt + Math.min(SCAN_MS, pace.confirmMs)) return;
      scanning = true;
      scannedAt = now();
      try {
        await scan(signal);
      } catch (cause) {
        if (!signal.aborted) noted({ kind: "failed", doing: "scan the workloads", cause });
      } finally {
        scanning = false;
      }
    },
  };
}

/** The incidents that a scan opened and that have been well in every look for long enough. */
function over(
  state: State,
  wellSince: Map<string, number>,
  ill: ReadonlySet<string>,
  { now, confirmMs }: { readonly now: number; readonly confirmMs: number },
): readonly Incident[] {
  const open = [...state.open()].filter(({ foundByScan }) => foundByScan);
  for (const id of wellSince.keys()) if (!open.some((incident) => incident.id === id)) wellSince.delete(id);
  return open.flatMap((incident) => {
    const hasAlert = [...incident.members.values()].some(({ ended }) => !ended);
    if (hasAlert || ill.has(keyOf(incident.correlation))) {
      wellSince.delete(incident.id);
      return [];
    }
    const since = wellSince.get(incident.id) ?? now;
    wellSince.set(incident.id, since);
    return now - since >= confirmMs ? [closeFound(incident, now)] : [];
  });
}

async function targetsOf(
  signs: readonly Sign[],
  { resolve, cluster }: Pick<Triage, "resolve" | "cluster">,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const owners = new Map<string, Aim>();
  const byTarget = new Map<string, { readonly aim: Aim; readonly uid: string; readonly says: string[] }>();
  for (const one of signs) {
    const own: Aim = aimAt(one, cluster);
    const controller = one.kind === "Pod" ? controllerOf(one.object)?.uid : undefined;
    const known = controller === undefined ? undefined : owners.get(controller);
    const aim = known ?? (controller === undefined || owners.size >= OWNERS_MAX ? own : await resolve(own, signal));
    if (controller !== undefined && known === undefined) owners.set(controller, aim);
    if (aim.target === null) continue;
    const key = objectKey(aim.target);
    const uid = controller ?? one.object.metadata?.uid ?? key;
    const entry = byTarget.get(key) ?? { aim, uid, says: [] };
    byTarget.set(key, entry);
    entry.says.push(one.kind === "Pod" ? `pod ${one.name}: ${one.says}` : one.says);
  }
  return [...byTarget.values()].map(({ aim, uid, says }) => ({ aim: { ...aim, because: because(says) }, uid }));
}

function aimAt({ kind, namespace, name, says }: Sign, cluster: string): Aim {
  const target = { cluster, namespace, kind, name, uid: null };
  return { target, correlation: correlationOf(target), because: says };
}

function because(says: readonly string[]): string {
  const rest = says.length - SIGNS_SAID;
  return `Found by scanning, without an alert: ${says.slice(0, SIGNS_SAID).join("; ")}${rest > 0 ? `; and ${rest} more` : ""}.`;
}
