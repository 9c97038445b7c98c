import { incidentId, stepId, type Alert, type Incident } from "@holdfast/schemas";
import { keyOf, type Member, type OpenIncident, type State } from "./state.ts";
import { nameOf, severityOf, type Aim } from "./targets.ts";

/** Where the alert event stands on its partition, and the writer's clock. */
export type Arrival = { readonly offset: number; readonly at: number };

/**
 * What an alert event changes. Deciding again, after any number of the events have been folded, gives the rest of them.
 *
 * INVARIANT: every id is made of the incident and the alert alone, never of a time of ours.
 */
export function decide(alert: Alert, aim: Aim, state: State, { offset, at }: Arrival): readonly Incident[] {
  if (alert.status === "resolved") return resolve(alert, state, at);
  if (alert.status !== "firing" || state.took(alert.id) || state.resolvedBefore(alert, offset)) return [];
  const holder = state.withFingerprint(alert.fingerprint);
  const before = holder?.members.get(alert.fingerprint);
  if (before !== undefined && before.startsAt > alert.startsAt) return [];
  const ended =
    holder === undefined || before === undefined || before.ended
      ? []
      : [end(holder, before, "it fires again, so its earlier firing has ended unseen", at)];
  const home = first(state.withKey(keyOf(aim.correlation))) ?? holder;
  return [...ended, home === undefined ? open(alert, aim, at) : join(home, memberOf(alert), aim.because, at)];
}

/** Two open incidents of one target: the earlier stays and takes the alerts, the other closes. */
export function merge(state: State, key: string, at: number): readonly Incident[] {
  const sharing = state.withKey(key);
  const stays = first(sharing);
  if (stays === undefined) return [];
  return sharing
    .filter(({ id }) => id !== stays.id)
    .flatMap((other) => [
      ...[...other.members.values()]
        .filter((member) => !member.ended && !holds(stays, member))
        .map((member) => join(stays, member, "its incident was opened twice", at)),
      { ...close(other, "another open incident has the same target and is older", at), mergedInto: stays.id },
    ]);
}

/**
 * The incidents whose last alert has ended long enough ago.
 *
 * @param firing fingerprints that Alertmanager says are firing; undefined where nobody can be asked.
 */
export function closings(
  state: State,
  now: number,
  confirmMs: number,
  firing: ReadonlySet<string> | undefined,
): readonly Incident[] {
  const over = [...state.open()].filter(
    ({ members, lastEndedAt, foundByScan }) =>
      !foundByScan &&
      lastEndedAt + confirmMs <= now &&
      [...members.values()].every(({ ended, fingerprint }) => ended && firing?.has(fingerprint) !== true),
  );
  return over.map((incident) =>
    close(
      incident,
      firing === undefined ? "its last alert has ended" : "its last alert has ended, and Alertmanager confirms it",
      now,
    ),
  );
}

/** An alert that Alertmanager lists no more has ended: under a silence its resolve is never sent. */
export function unlisted(state: State, gone: ReadonlySet<string>, at: number): readonly Incident[] {
  return [...state.open()].flatMap((incident) =>
    [...incident.members.values()]
      .filter(({ ended, fingerprint }) => !ended && gone.has(fingerprint))
      .map((member) => end(incident, member, "Alertmanager no longer lists it; its resolve was not sent", at)),
  );
}

/** What a scan found: its incident has no alert, and another look says when it is over. */
export function openFound(incident: string, aim: Aim, at: number): Incident {
  const { target, correlation, because } = aim;
  return { ...record(incident, "opened", at, because), id: stepId(incident, "opened"), target, correlation };
}

export function closeFound(incident: OpenIncident, at: number): Incident {
  return close(incident, "scanning finds it well again", at);
}

/** The one that was opened first stays. */
function first(incidents: readonly OpenIncident[]): OpenIncident | undefined {
  return incidents.toSorted((a, b) => a.openedAt - b.openedAt || (a.id < b.id ? -1 : 1))[0];
}

function holds(incident: OpenIncident, { fingerprint, startsAt }: Member): boolean {
  const member = incident.members.get(fingerprint);
  return member !== undefined && member.startsAt >= startsAt;
}

function resolve(alert: Alert, state: State, at: number): readonly Incident[] {
  const incident = state.withFingerprint(alert.fingerprint);
  const member = incident?.members.get(alert.fingerprint);
  if (incident === undefined || member === undefined || member.ended || member.startsAt > alert.startsAt) return [];
  return [{ ...end(incident, member, "Alertmanager says that it has stopped firing", at), alert: alert.id }];
}

function memberOf(alert: Alert): Member {
  return {
    fingerprint: alert.fingerprint,
    startsAt: alert.startsAt,
    alert: alert.id,
    name: nameOf(alert),
    severity: severityOf(alert),
    ended: false,
  };
}

function open(alert: Alert, aim: Aim, at: number): Incident {
  const incident = incidentId(alert.id);
  return {
    ...record(incident, "opened", at, aim.because),
    id: stepId(incident, "opened"),
    ...of(memberOf(alert)),
    target: aim.target,
    correlation: aim.correlation,
  };
}

function join(incident: OpenIncident, member: Member, because: string, at: number): Incident {
  return {
    ...record(incident.id, "joined", at, because),
    id: stepId(incident.id, `joined/${member.alert}`),
    ...of(member),
    target: incident.target,
    correlation: incident.correlation,
  };
}

function end(incident: OpenIncident, member: Member, because: string, at: number): Incident {
  return {
    ...record(incident.id, "ended", at, because),
    id: stepId(incident.id, `ended/${member.alert}`),
    ...of(member),
    target: incident.target,
    correlation: incident.correlation,
  };
}

function close(incident: OpenIncident, because: string, at: number): Incident {
  return {
    ...record(incident.id, "closed", at, because),
    id: stepId(incident.id, "closed"),
    target: incident.target,
    correlation: incident.correlation,
  };
}

function of(member: Member): Pick<Incident, "alert" | "fingerprint" | "startsAt" | "alertName" | "severity"> {
  return {
    alert: member.alert,
    fingerprint: member.fingerprint,
    startsAt: member.startsAt,
    alertName: member.name,
    severity: member.severity,
  };
}

function record(incident: string, change: Incident["change"], at: number, because: string): Omit<Incident, "id"> {
  return {
    incident,
    change,
    alert: null,
    fingerprint: null,
    startsAt: null,
    alertName: null,
    severity: null,
    target: null,
    correlation: [],
    mergedInto: null,
    because,
    at,
  };
}
