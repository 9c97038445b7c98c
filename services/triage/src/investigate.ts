import { actionNamed } from "@holdfast/actions";
import type { Bus } from "@holdfast/bus";
import { recordOf, type ActionCall, type Analysis, type Cause, type Drafted } from "@holdfast/schemas";
import { outcomeOf } from "./analyse.ts";
import type { Analyst, Case, Opinion } from "./analyst.ts";
import type { LiveFacts } from "./facts.ts";
import { ranked } from "./rank.ts";
import type { FactReader } from "./read-facts.ts";
import type { Redactor } from "@holdfast/redact";
import type { Signature } from "./signature.ts";
import { judge } from "./signatures.ts";
import { foundIn, type OpenIncident, type State } from "./state.ts";
import type { Wanted } from "./wanted.ts";

export type Investigator = {
  readonly bus: Bus;
  readonly signatures: readonly Signature[];
  readonly readFacts: FactReader;
  readonly redactor: Redactor;
  readonly causeOf: (incident: string) => Cause | undefined;
  readonly now: () => number;
  /** Every event, once it is durable, with the broker's time. */
  readonly published: (
    event:
      | { readonly topic: "analyses"; readonly event: Analysis }
      | { readonly topic: "proposals.drafted"; readonly event: Drafted },
    time: number,
  ) => void;
};

/** Which step of which incident, and who takes it. */
export type Assignment = Wanted & { readonly incident: string; readonly analyst: Analyst };

const ALERTS_SHOWN = 20;

/**
 * Reads the facts once, asks the analyst, publishes the drafts and then the analysis: it is the analysis that says that the
 * step is done, so a crash in between repeats the step and loses nothing.
 */
export async function investigate(
  investigator: Investigator,
  state: State,
  { incident: id, step, analyst, quiet }: Assignment,
  signal: AbortSignal,
): Promise<"published" | "nothing-new" | "closed"> {
  const incident = state.incident(id);
  if (incident === undefined) return "closed";
  const about = await caseOf(investigator, state, incident, signal);
  const opinion = await analyst.analyse(about, signal);
  const still = state.incident(id);
  const own = { id: step, analyst: analyst.name, at: investigator.now() };
  // who has closed the incident meanwhile has made it nobody's work, and what a model was paid for it still counts
  if (still === undefined) {
    if (opinion.model !== null)
      await publish(investigator, outcomeOf(incident, unfinished(opinion), own, state.drafted).analysis);
    return "closed";
  }
  if (quiet && !isNew(still, opinion)) return "nothing-new";
  const { analysis, drafts } = outcomeOf(still, opinion, own, state.drafted);
  for (const event of drafts) {
    const { time } = await investigator.bus.publish("proposals.drafted", id, event, investigator.causeOf(id));
    investigator.published({ topic: "proposals.drafted", event }, time);
  }
  await publish(investigator, analysis);
  return "published";
}

async function publish({ bus, causeOf, published }: Investigator, event: Analysis): Promise<void> {
  const { time } = await bus.publish("analyses", event.incident, event, causeOf(event.incident));
  published({ topic: "analyses", event }, time);
}

function unfinished(opinion: Opinion): Opinion {
  return {
    ...opinion,
    outcome: "stopped",
    summary: `The incident was closed before this analysis was there, so nothing of it is proposed. ${opinion.summary}`,
    drafts: [],
  };
}

function isNew({ analyses }: OpenIncident, opinion: Opinion): boolean {
  const found = foundIn(opinion);
  return opinion.outcome === "found" && ![...analyses.values()].some((earlier) => earlier.found === found);
}

/** What is read for one look at an incident, and what the signatures find in it. */
export async function caseOf(
  { readFacts, redactor, signatures }: Pick<Investigator, "readFacts" | "redactor" | "signatures">,
  state: Pick<State, "dependents" | "alert" | "lastStarted">,
  incident: OpenIncident,
  signal: AbortSignal,
): Promise<Case> {
  const { target } = incident;
  const facts =
    target === null
      ? undefined
      : await readFacts(
          target,
          {
            restartedAt: state.lastStarted("restart_deployment", target),
            sharedDependencies: sharedWith(state, incident),
          },
          signal,
        );
  const alerts = [...incident.members.keys()]
    .slice(0, ALERTS_SHOWN)
    .flatMap((fingerprint) => state.alert(fingerprint) ?? []);
  return {
    incident,
    target,
    facts,
    findings: facts === undefined ? [] : ranked(judge(signatures, facts, inCatalogue)),
    alerts: alerts.map((alert) => redactor.object(alert)),
  };
}

/** A draft may name only what the catalogue has, with arguments that it takes. */
function inCatalogue({ action, arguments: given }: ActionCall): boolean {
  return actionNamed(action)?.input.safeParse(recordOf(given)).success === true;
}

/** The same address in the logs of several workloads is no workload's own failure. */
function sharedWith(state: Pick<State, "dependents">, incident: OpenIncident): LiveFacts["sharedDependencies"] {
  const names = new Set<string>();
  for (const [name, who] of state.dependents()) if (who.size > Number(who.has(incident))) names.add(name);
  return names;
}
