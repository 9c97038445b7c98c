import { retentionDays, type Alert, type Analysis, type Drafted, type Execution, type Incident, type NameValue, type Target } from "@holdfast/schemas";
import { dependenciesIn } from "./dependencies.ts";

/** One alert of an incident: the newest firing of its fingerprint. */
export type Member = { readonly fingerprint: string; readonly startsAt: number; readonly alert: string; readonly name: string; readonly severity: string; readonly ended: boolean };

/** The first alert of its name in the incident: what may call for another look. */
type Novelty = { readonly event: string; readonly time: number; readonly name: string };

export type Published = { readonly id: string; readonly analyst: Analysis["analyst"]; readonly outcome: Analysis["outcome"]; readonly found: string; readonly time: number };

export type OpenIncident = {
  readonly id: string;
  /** The broker's time of its opening. */
  readonly openedAt: number;
  readonly target: Target | null;
  readonly correlation: readonly NameValue[];
  readonly because: string;
  readonly members: ReadonlyMap<string, Member>;
  /** The broker's time of the last alert that ended. */
  readonly lastEndedAt: number;
  readonly novelties: readonly Novelty[];
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
  members: Map<string, Member>;
  lastEndedAt: number;
  novelties: Novelty[];
  seen: Set<string>;
  analyses: Map<string, Published>;
  drafts: Map<string, Drafted>;
  dependencies: Set<string>;
};

const DAY_MS = 86_400_000;
const ALERTS_MAX = 20_000;
const EARLY_MAX = 10_000;
/** A redelivery is never older than its topic. */
const REMEMBER_MS = retentionDays("alerts") * DAY_MS;

export function openState(): State {
  const incidents = new Map<string, Mutable>();
  const byKey = new Map<string, Set<Mutable>>();
  const byFingerprint = new Map<string, Mutable>();
  const closed = new Map<string, number>();
  const taken = new Map<string, number>();
  const resolved = new Map<string, { readonly startsAt: number; readonly offset: number }>();
  const alerts = new Map<string, Alert>();
  const started = new Map<string, number>();
  /** What came before its incident did, on another topic. */
  const early = new Map<string, ((incident: Mutable) => void)[]>();

  const withIncident = (id: string, apply: (incident: Mutable) => void): void => {
    const incident = incidents.get(id);
    if (incident !== undefined) apply(incident);
    else if (!closed.has(id)) keep(early, id, [...(early.get(id) ?? []), apply], EARLY_MAX);
  };

  const open = (event: Incident, time: number): void => {
    if (closed.has(event.incident)) return;
    const known = incidents.get(event.incident);
    if (known !== undefined) {
      if (known.seen.has(event.id)) known.openedAt = time;
      return;
    }
    const incident: Mutable = {
      id: event.incident,
      openedAt: time,
      target: event.target,
      correlation: event.correlation,
      because: event.because,
      members: new Map(),
      lastEndedAt: time,
      novelties: [],
      seen: new Set(),
      analyses: new Map(),
      drafts: new Map(),
      dependencies: new Set(),
    };
    incidents.set(incident.id, incident);
    const key = keyOf(incident.correlation);
    byKey.set(key, (byKey.get(key) ?? new Set()).add(incident));
    join(incident, event, time);
    for (const apply of early.get(incident.id) ?? []) apply(incident);
    early.delete(incident.id);
  };

  const join = (incident: Mutable, event: Incident, time: number): void => {
    if (event.alert === null || event.fingerprint === null || event.startsAt === null) return;
    remember(taken, event.alert, time, REMEMBER_MS);
    const novelty = incident.novelties.findIndex((one) => one.event === event.id);
    if (novelty >= 0) incident.novelties[novelty] = { event: event.id, time, name: event.alertName ?? "" };
    if (incident.seen.has(event.id)) return;
    incident.seen.add(event.id);
    const name = event.alertName ?? "";
    if (!incident.novelties.some((one) => one.name === name)) incident.novelties.push({ event: event.id, time, name });
    incident.members.set(event.fingerprint, { fingerprint: event.fingerprint, startsAt: event.startsAt, alert: event.alert, name, severity: event.severity ?? "", ended: false });
    byFingerprint.set(event.fingerprint, incident);
  };

  const end = (incident: Mutable, event: Incident, time: number): void => {
    if (event.fingerprint === null) return;
    const member = incident.members.get(event.fingerprint);
    if (member === undefined || (event.startsAt ?? 0) < member.startsAt) return;
    incident.seen.add(event.id);
    incident.members.set(member.fingerprint, { ...member, ended: true });
    incident.lastEndedAt = Math.max(incident.lastEndedAt, time);
  };

  const close = (incident: Mutable, time: number): void => {
    incidents.delete(incident.id);
    const key = keyOf(incident.correlation);
    const sharing = byKey.get(key);
    sharing?.delete(incident);
    if (sharing?.size === 0) byKey.delete(key);
    for (const fingerprint of incident.members.keys()) {
      if (byFingerprint.get(fingerprint) !== incident) continue;
      byFingerprint.delete(fingerprint);
      alerts.delete(fingerprint);
    }
    remember(closed, incident.id, time, REMEMBER_MS);
  };

  return {
    open: () => incidents.values(),
    incident: (id) => incidents.get(id),
    withKey: (key) => [...(byKey.get(key) ?? [])],
    withFingerprint: (fingerprint) => byFingerprint.get(fingerprint),
    took: (alert) => taken.has(alert),
    resolvedBefore: ({ fingerprint, startsAt }, offset) => {
      const last = resolved.get(fingerprint);
      return last !== undefined && last.startsAt >= startsAt && last.offset < offset;
    },
    alert: (fingerprint) => alerts.get(fingerprint),
    lastStarted: (action, target) => started.get(`${action} ${objectKey(target)}`),
    foldAlert: (alert, offset) => {
      if (alert.status === "resolved") {
        const last = resolved.get(alert.fingerprint);
        if (last === undefined || last.startsAt < alert.startsAt) keep(resolved, alert.fingerprint, { startsAt: alert.startsAt, offset }, ALERTS_MAX);
      } else if ((alerts.get(alert.fingerprint)?.startsAt ?? 0) < alert.startsAt) keep(alerts, alert.fingerprint, alert, ALERTS_MAX);
    },
    foldIncident: (event, time) => {
      if (event.change === "opened") return open(event, time);
      withIncident(event.incident, (incident) => {
        if (event.change === "joined") join(incident, event, time);
        if (event.change === "ended") end(incident, event, time);
        if (event.change === "closed") close(incident, time);
      });
    },
    foldAnalysis: (event, time) =>
      withIncident(event.incident, (incident) => {
        const known = incident.analyses.get(event.id);
        incident.analyses.set(event.id, known === undefined ? { id: event.id, analyst: event.analyst, outcome: event.outcome, found: foundIn(event), time } : { ...known, time });
        for (const { source, says } of event.evidence) if (source === "logs") for (const name of dependenciesIn(says)) incident.dependencies.add(name);
      }),
    foldDraft: (event) =>
      withIncident(event.incident, (incident) => {
        if (!incident.drafts.has(event.id)) incident.drafts.set(event.id, event);
      }),
    foldExecution: ({ state, action, target }, time) => {
      if (state === "started") remember(started, `${action} ${objectKey(target)}`, time, DAY_MS);
    },
  };
}

/** Alerts with the same correlation labels belong together. */
export function keyOf(correlation: readonly NameValue[]): string {
  return JSON.stringify(correlation.map(({ name, value }) => [name, value]));
}

export function objectKey({ cluster, namespace, kind, name }: Target): string {
  return [cluster, namespace ?? "", kind, name].join("/");
}

/** Two analyses that found the same and propose the same tell a person nothing twice. */
export function foundIn({ findings }: Pick<Analysis, "findings">): string {
  return JSON.stringify(findings.map(({ signature, subject, action }) => [signature, subject, action]).toSorted());
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
