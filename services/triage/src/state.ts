import {
  retentionDays,
  type ActionCall,
  type Alert,
  type Analysis,
  type Drafted,
  type Execution,
  type Incident,
  type NameValue,
  type Target,
} from "@holdfast/schemas";
import { dependenciesIn } from "./dependencies.ts";

/** One alert of an incident: the newest firing of its fingerprint. */
export type Member = {
  readonly fingerprint: string;
  readonly startsAt: number;
  readonly alert: string;
  readonly name: string;
  readonly severity: string;
  readonly ended: boolean;
};

/** The first alert of its name in the incident: what may call for another look. */
type Novelty = { readonly event: string; readonly time: number; readonly name: string };

export type Published = {
  readonly id: string;
  readonly analyst: Analysis["analyst"];
  readonly outcome: Analysis["outcome"];
  readonly found: string;
  readonly time: number;
};

export type OpenIncident = {
  readonly id: string;
  /** The broker's time of its opening. */
  readonly openedAt: number;
  readonly target: Target | null;
  readonly correlation: readonly NameValue[];
  readonly because: string;
  /** It was opened without an alert, so no alert's end is its own. */
  readonly foundByScan: boolean;
  readonly members: ReadonlyMap<string, Member>;
  /** The broker's time of the last alert that ended. */
  readonly lastEndedAt: number;
  readonly novelties: readonly Novelty[];
  readonly severities: ReadonlySet<string>;
  readonly analyses: ReadonlyMap<string, Published>;
  readonly drafts: ReadonlyMap<string, Drafted>;
  /** What its logs say that it cannot reach. */
  readonly dependencies: ReadonlySet<string>;
};

/** What the topics say. A fold in any interleaving of the topics, and of repeats, gives the same state. */
export type State = {
  readonly open: () => Iterable<OpenIncident>;
  readonly incident: (id: string) => OpenIncident | undefined;
  readonly withKey: (key: string) => readonly OpenIncident[];
  readonly withFingerprint: (fingerprint: string) => OpenIncident | undefined;
  /** The alert event has opened or joined an incident. */
  readonly took: (alert: string) => boolean;
  /** The resolve of this firing stands before it on the topic. */
  readonly resolvedBefore: (alert: Alert, offset: number) => boolean;
  /** The newest firing of a fingerprint, in full. */
  readonly alert: (fingerprint: string) => Alert | undefined;
  /** What an open incident has drafted of exactly this; of several the oldest. */
  readonly drafted: (call: ActionCall) => Drafted | undefined;
  /** What the logs of open incidents say that they cannot reach, and which say so. */
  readonly dependents: () => ReadonlyMap<string, ReadonlySet<OpenIncident>>;
  /** When this action was last started on this object, within a day. */
  readonly lastStarted: (action: string, target: Target) => number | undefined;
  readonly foldAlert: (alert: Alert, offset: number) => void;
  readonly foldIncident: (event: Incident, time: number) => void;
  readonly foldAnalysis: (event: Analysis, time: number) => void;
  readonly foldDraft: (event: Drafted) => void;
  readonly foldExecution: (event: Execution, time: number) => void;
};

type Mutable = {
  id: string;
  openedAt: number;
  target: Target | null;
  correlation: readonly NameValue[];
  because: string;
  foundByScan: boolean;
  members: Map<string, Member>;
  lastEndedAt: number;
  novelties: Novelty[];
  severities: Set<string>;
  seen: Set<string>;
  analyses: Map<string, Published>;
  drafts: Map<string, Drafted>;
  dependencies: Set<string>;
};

const DAY_MS = 86_400_000;
const ALERTS_MAX = 20_000;
const EARLY_MAX = 10_000;
const NOVELTIES_MAX = 100;
const SEVERITIES_MAX = 20;
/** Of one fingerprint, the newest: more than could be redelivered after a restart of a flapping alert. */
const RESOLVES_MAX = 32;
/** A redelivery is never older than its topic. */
const REMEMBER_MS = retentionDays("alerts") * DAY_MS;

export function openState(): State {
  const shelves: Shelves = {
    incidents: new Map(),
    byKey: new Map(),
    byFingerprint: new Map(),
    closed: new Map(),
    taken: new Map(),
    resolved: new Map(),
    alerts: new Map(),
    started: new Map(),
    drafted: new Map(),
    dependents: new Map(),
    early: new Map(),
  };
  const { incidents, byKey, byFingerprint, dependents, taken, resolved, alerts, started, drafted } = shelves;
  return {
    open: () => incidents.values(),
    incident: (id) => incidents.get(id),
    withKey: (key) => [...(byKey.get(key) ?? [])],
    withFingerprint: (fingerprint) => holderOf(fingerprint, byFingerprint.get(fingerprint)),
    took: (alert) => taken.has(alert),
    resolvedBefore: ({ fingerprint, startsAt }, offset) =>
      (resolved.get(fingerprint) ?? []).some((one) => one.startsAt >= startsAt && one.offset < offset),
    alert: (fingerprint) => alerts.get(fingerprint),
    drafted: (call) =>
      [...(drafted.get(callKey(call)) ?? [])].toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))[0],
    dependents: () => dependents,
    lastStarted: (action, target) => started.get(`${action} ${objectKey(target)}`),
    foldAlert: (alert, offset) => foldAlert(shelves, alert, offset),
    foldIncident: (event, time) => {
      if (event.change === "opened") return open(shelves, event, time);
      withIncident(shelves, event.incident, (incident) => {
        if (event.change === "joined") join(shelves, incident, event, time);
        if (event.change === "ended") end(incident, event, time);
        if (event.change === "closed") close(shelves, incident, time);
      });
    },
    foldAnalysis: (event, time) =>
      withIncident(shelves, event.incident, (incident) => analysed(shelves, incident, event, time)),
    foldDraft: (event) =>
      withIncident(shelves, event.incident, ({ drafts }) => {
        if (drafts.has(event.id)) return;
        drafts.set(event.id, event);
        drafted.set(callKey(event), (drafted.get(callKey(event)) ?? new Set()).add(event));
      }),
    foldExecution: ({ state, action, target }, time) => {
      if (state === "started") remember(started, `${action} ${objectKey(target)}`, time, DAY_MS);
    },
  };
}

type Resolve = { readonly startsAt: number; readonly offset: number };

type Shelves = {
  readonly incidents: Map<string, Mutable>;
  readonly byKey: Map<string, Set<Mutable>>;
  readonly byFingerprint: Map<string, Set<Mutable>>;
  readonly closed: Map<string, number>;
  readonly taken: Map<string, number>;
  readonly resolved: Map<string, readonly Resolve[]>;
  readonly alerts: Map<string, Alert>;
  readonly started: Map<string, number>;
  /** By what they would do: those of open incidents. */
  readonly drafted: Map<string, Set<Drafted>>;
  readonly dependents: Map<string, Set<Mutable>>;
  /** What came before its incident did, on another topic. */
  readonly early: Map<string, ((incident: Mutable) => void)[]>;
};

function withIncident({ incidents, closed, early }: Shelves, id: string, apply: (incident: Mutable) => void): void {
  const incident = incidents.get(id);
  if (incident !== undefined) apply(incident);
  else if (!closed.has(id)) keep(early, id, [...(early.get(id) ?? []), apply], EARLY_MAX);
}

function foldAlert({ resolved, alerts }: Shelves, alert: Alert, offset: number): void {
  const { fingerprint, startsAt } = alert;
  if (alert.status === "resolved") {
    const known = resolved.get(fingerprint) ?? [];
    if (!known.some((one) => one.startsAt >= startsAt && one.offset <= offset))
      keep(resolved, fingerprint, [...known, { startsAt, offset }].slice(-RESOLVES_MAX), ALERTS_MAX);
  } else if ((alerts.get(fingerprint)?.startsAt ?? -Infinity) < startsAt) keep(alerts, fingerprint, alert, ALERTS_MAX);
}

function open(shelves: Shelves, event: Incident, time: number): void {
  const { incidents, byKey, closed, early } = shelves;
  const known = incidents.get(event.incident);
  if (known?.seen.has(event.id) === true) known.openedAt = time;
  if (known !== undefined || closed.has(event.incident)) return;
  const incident: Mutable = {
    id: event.incident,
    openedAt: time,
    target: event.target,
    correlation: event.correlation,
    because: event.because,
    foundByScan: event.alert === null,
    members: new Map(),
    lastEndedAt: time,
    novelties: [],
    severities: new Set(),
    seen: new Set(),
    analyses: new Map(),
    drafts: new Map(),
    dependencies: new Set(),
  };
  incidents.set(incident.id, incident);
  const key = keyOf(incident.correlation);
  byKey.set(key, (byKey.get(key) ?? new Set()).add(incident));
  join(shelves, incident, event, time);
  for (const apply of early.get(incident.id) ?? []) if (incidents.has(incident.id)) apply(incident);
  early.delete(incident.id);
}

function join({ taken, byFingerprint }: Shelves, incident: Mutable, event: Incident, time: number): void {
  if (event.alert === null || event.fingerprint === null || event.startsAt === null) return;
  remember(taken, event.alert, time, REMEMBER_MS);
  const { novelties, seen, members } = incident;
  const name = event.alertName ?? "";
  const novelty = novelties.findIndex((one) => one.event === event.id);
  // the broker's time replaces ours
  if (novelty >= 0) novelties[novelty] = { event: event.id, time, name };
  if (seen.has(event.id)) return;
  seen.add(event.id);
  const isNovel = novelties.length < NOVELTIES_MAX && !novelties.some((one) => one.name === name);
  if (isNovel) novelties.push({ event: event.id, time, name });
  if (incident.severities.size < SEVERITIES_MAX) incident.severities.add(event.severity ?? "");
  members.set(event.fingerprint, {
    fingerprint: event.fingerprint,
    startsAt: event.startsAt,
    alert: event.alert,
    name,
    severity: event.severity ?? "",
    ended: false,
  });
  byFingerprint.set(event.fingerprint, (byFingerprint.get(event.fingerprint) ?? new Set()).add(incident));
}

/**
 * The open incident with the newest firing of it; of two with the same one, that which was opened first.
 * INVARIANT: not the one that was folded last. After a restart, incidents on different partitions come in any order.
 */
function holderOf(fingerprint: string, sharing: ReadonlySet<Mutable> | undefined): Mutable | undefined {
  const firedAt = ({ members }: Mutable): number => members.get(fingerprint)?.startsAt ?? -Infinity;
  return [...(sharing ?? [])].toSorted(
    (a, b) => firedAt(b) - firedAt(a) || a.openedAt - b.openedAt || (a.id < b.id ? -1 : 1),
  )[0];
}

function end(incident: Mutable, event: Incident, time: number): void {
  const member = incident.members.get(event.fingerprint ?? "");
  if (member === undefined || (event.startsAt ?? 0) < member.startsAt) return;
  incident.members.set(member.fingerprint, { ...member, ended: true });
  incident.lastEndedAt = Math.max(incident.lastEndedAt, time);
}

function close(shelves: Shelves, incident: Mutable, time: number): void {
  const { incidents, byKey, byFingerprint, closed, alerts, drafted, dependents } = shelves;
  incidents.delete(incident.id);
  for (const draft of incident.drafts.values()) takeOff(drafted, callKey(draft), draft);
  for (const name of incident.dependencies) takeOff(dependents, name, incident);
  takeOff(byKey, keyOf(incident.correlation), incident);
  for (const [fingerprint, { startsAt }] of incident.members) {
    takeOff(byFingerprint, fingerprint, incident);
    // a newer firing belongs to an incident that may not be folded yet
    if (!byFingerprint.has(fingerprint) && (alerts.get(fingerprint)?.startsAt ?? Infinity) <= startsAt)
      alerts.delete(fingerprint);
  }
  remember(closed, incident.id, time, REMEMBER_MS);
}

function takeOff<T>(shelf: Map<string, Set<T>>, key: string, one: T): void {
  const sharing = shelf.get(key);
  sharing?.delete(one);
  if (sharing?.size === 0) shelf.delete(key);
}

function analysed({ dependents }: Shelves, incident: Mutable, event: Analysis, time: number): void {
  const { analyses, dependencies } = incident;
  const known = analyses.get(event.id);
  analyses.set(
    event.id,
    known === undefined
      ? { id: event.id, analyst: event.analyst, outcome: event.outcome, found: foundIn(event), time }
      : { ...known, time },
  );
  for (const { source, says } of event.evidence)
    if (source === "logs")
      for (const name of dependenciesIn(says)) {
        dependencies.add(name);
        dependents.set(name, (dependents.get(name) ?? new Set()).add(incident));
      }
}

/** Alerts with the same correlation labels belong together. */
export function keyOf(correlation: readonly NameValue[]): string {
  return JSON.stringify(correlation.map(({ name, value }) => [name, value]));
}

function callKey({ action, arguments: given }: ActionCall): string {
  return JSON.stringify([action, ...given.map(({ name, value }) => [name, value]).toSorted(byName)]);
}

function byName([a = ""]: readonly string[], [b = ""]: readonly string[]): number {
  return a < b ? -1 : Number(a > b);
}

export function objectKey({ cluster, namespace, kind, name }: Target): string {
  return [cluster, namespace ?? "", kind, name].join("/");
}

/** Two analyses that found the same and propose the same tell a person nothing twice. */
export function foundIn({ findings }: Pick<Analysis, "findings">): string {
  return JSON.stringify(
    findings.map(({ signature, subject, action }) => [signature, subject, action].join(" ")).toSorted(),
  );
}

/** Maps keep the order in which they were filled, so the oldest stand first. */
function remember(map: Map<string, number>, key: string, time: number, forMs: number): void {
  map.delete(key);
  map.set(key, time);
  for (const [oldest, at] of map) {
    if (at >= time - forMs) break;
    map.delete(oldest);
  }
}

function keep<T>(map: Map<string, T>, key: string, value: T, most: number): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= most) break;
    map.delete(oldest);
  }
}
