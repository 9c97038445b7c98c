import { iso, type Analysis } from "@holdfast/schemas";
import { holdsOf, shownHold } from "./letter-show.ts";
import type { Knowledge, Story } from "./knowledge.ts";
import { shown, type Eye, type Json } from "./show.ts";

type Fields = { readonly [name: string]: Json };

/** An incident in one line of a list. */
export function incidentLine(knowledge: Knowledge, story: Story): Fields {
  const opened = story.changes.find(({ event }) => event.change === "opened");
  const closed = story.changes.find(({ event }) => event.change === "closed");
  const first = opened ?? story.changes[0];
  const members = membersOf(story);
  const held = holdsOf(knowledge, story).map(shownHold);
  return {
    id: story.id,
    state: closed === undefined ? "open" : "closed",
    alertName: first?.event.alertName ?? null,
    severity: severityOf(members.map(({ severity }) => severity)),
    target: first?.event.target ? { ...first.event.target } : null,
    openedAt: first === undefined ? null : iso(first.time),
    ...(closed && { closedAt: iso(closed.time), because: closed.event.because, mergedInto: closed.event.mergedInto }),
    alertsFiring: members.filter(({ ended }) => !ended).length,
    alertsEver: members.length,
    ...modelOf(story),
    ...(held.length > 0 && { held }),
    proposals: knowledge.proposals.ofIncident(story.id).map(({ id }) => id),
  };
}

/** An incident with its alerts, analyses and proposals. */
export function incidentWhole(knowledge: Knowledge, story: Story, eye: Eye): Fields {
  return {
    ...incidentLine(knowledge, story),
    alerts: membersOf(story).map(({ alert, ...member }) => ({ ...member, ...alertOf(knowledge, alert) })),
    analyses: story.analyses.map(analysisOf),
    proposals: knowledge.proposals.ofIncident(story.id).map((proposal) => shown(eye, proposal)),
  };
}

type Member = {
  readonly fingerprint: string;
  readonly alert: string | null;
  readonly name: string | null;
  readonly severity: string | null;
  readonly startsAt: string | null;
  readonly ended: boolean;
};

/** Each alert once, as its latest record in the incident says. */
export function membersOf({ changes }: Story): readonly Member[] {
  const members = new Map<string, Member>();
  for (const { event } of changes) {
    if (event.fingerprint === null) continue;
    members.set(event.fingerprint, {
      fingerprint: event.fingerprint,
      alert: event.change === "ended" ? (members.get(event.fingerprint)?.alert ?? event.alert) : event.alert,
      name: event.alertName,
      severity: event.severity,
      startsAt: event.startsAt === null ? null : iso(event.startsAt),
      ended: event.change === "ended",
    });
  }
  return [...members.values()];
}

/** What became of the newest question to a model; nothing where none was asked. */
function modelOf({ analyses }: Story): Fields {
  const newest = analyses.findLast(({ model }) => model !== null);
  return newest === undefined
    ? {}
    : { model: { name: newest.model, outcome: newest.outcome.replace("_", "-"), summary: newest.summary } };
}

const SEVERITIES = ["critical", "error", "warning"];

function severityOf(severities: readonly (string | null)[]): string | null {
  return SEVERITIES.find((severity) => severities.includes(severity)) ?? severities[0] ?? null;
}

function alertOf(knowledge: Knowledge, id: string | null): Fields {
  const alert = id === null ? undefined : knowledge.alert(id);
  if (alert === undefined) return {};
  const fields = (entries: typeof alert.labels): Fields =>
    Object.fromEntries(entries.map(({ name, value }) => [name, value]));
  return {
    labels: fields(alert.labels),
    annotations: fields(alert.annotations),
    truncatedAlerts: alert.truncatedAlerts,
  };
}

function analysisOf({
  id,
  analyst,
  outcome,
  summary,
  hypotheses,
  evidence,
  findings,
  model,
  cost,
  at,
}: Analysis): Fields {
  return {
    id,
    analyst,
    outcome: outcome.replace("_", "-"),
    summary,
    hypotheses: hypotheses.map(({ cause, confidence, evidence: cited }) => ({ cause, confidence, evidence: cited })),
    evidence: evidence.map((each) => ({ ...each, readAt: iso(each.readAt) })),
    findings: findings.map((each) => ({ ...each })),
    model,
    cost: { ...cost },
    at: iso(at),
  };
}
