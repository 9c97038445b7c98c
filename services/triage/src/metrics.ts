import type { Analysis } from "@holdfast/schemas";
import type { Log, Metrics } from "@holdfast/service";
import type { Running } from "./app.ts";
import type { Budget } from "./claude/models.ts";
import type { Spending } from "./claude/spending.ts";
import type { Note } from "./triage.ts";

export type Counted = { readonly noted: (note: Note) => void; readonly watch: (running: Running) => void };

/** How an analysis with a model can end. */
const ENDINGS = ["found", "nothing", "over_budget", "provider_down", "refused", "stopped"] as const;

/** Counts what happens and says it in the log. */
export function countTriage(metrics: Metrics, log: Log): Counted {
  const incidents = metrics.counter("holdfast_incidents_total", "Events of incidents, by what changed.", ["change"]);
  const ignored = metrics.counter("holdfast_alerts_ignored_total", "Alerts that never become incidents.");
  const investigations = metrics.counter(
    "holdfast_investigations_total",
    "Investigations that ended, by analyst and outcome.",
    ["analyst", "outcome"],
  );
  const drafts = metrics.counter("holdfast_drafts_total", "Proposals drafted, by action and author.", [
    "action",
    "author",
  ]);
  const failures = metrics.counter("holdfast_triage_failures_total", "What failed and is tried again.");
  const seconds = metrics.histogram(
    "holdfast_seconds_to_analysis",
    "From the opening of an incident to its analysis.",
    ["analyst"],
  );
  const spent = countSpending(metrics);
  // A rate needs a zero to rise from.
  for (const change of ["opened", "joined", "ended", "closed"]) incidents.inc({ change }, 0);
  for (const outcome of ["found", "nothing"]) investigations.inc({ analyst: "signatures", outcome }, 0);
  for (const outcome of ENDINGS) investigations.inc({ analyst: "claude", outcome }, 0);
  return {
    noted: (note) => {
      switch (note.kind) {
        case "incident": {
          const { incident, change, alertName, because } = note.event;
          incidents.inc({ change });
          return log[change === "opened" || change === "closed" ? "info" : "debug"](`incident ${change}`, {
            incident,
            alert: alertName,
            because,
          });
        }
        case "ignored":
          return ignored.inc();
        case "analysis":
          investigations.inc({ analyst: note.analyst, outcome: note.outcome });
          seconds.observe({ analyst: note.analyst }, note.seconds);
          spent(note.cost);
          return log.info(`analysed: ${note.outcome}`, {
            record: note.record,
            incident: note.incident,
            analyst: note.analyst,
            seconds: note.seconds,
          });
        case "draft":
          drafts.inc({ action: note.action, author: note.author });
          return log.info(`drafted ${note.action}`, {
            record: note.record,
            incident: note.incident,
            proposal: note.proposal,
            author: note.author,
          });
        case "failed":
          failures.inc();
          return log.warn(`could not ${note.doing}, trying again`, { error: note.cause });
      }
    },
    watch: (running) => {
      metrics.gauge("holdfast_incidents_open", "Incidents that are open.", [], (gauge) => gauge.set(running.open()));
      metrics.gauge("holdfast_investigations_waiting", "Investigations that have not started.", [], (gauge) =>
        gauge.set(running.waiting()),
      );
    },
  };
}

function countSpending(metrics: Metrics): (cost: Analysis["cost"]) => void {
  const tokens = metrics.counter("holdfast_model_tokens_total", "Tokens that models took, by kind.", ["kind"]);
  for (const kind of ["input", "output", "cache_read", "cache_write"]) tokens.inc({ kind }, 0);
  const dollars = metrics.counter("holdfast_model_usd_total", "What models cost, in USD.");
  const calls = metrics.counter("holdfast_model_tool_calls_total", "Calls of models' tools.");
  return ({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, microUsd, toolCalls }) => {
    tokens.inc({ kind: "input" }, inputTokens);
    tokens.inc({ kind: "output" }, outputTokens);
    tokens.inc({ kind: "cache_read" }, cacheReadTokens);
    tokens.inc({ kind: "cache_write" }, cacheWriteTokens);
    dollars.inc(microUsd / 1e6);
    calls.inc(toolCalls);
  };
}

/** The day's budget and what of it is gone; not there where there is no model. */
export function watchSpending(metrics: Metrics): (spending: Pick<Spending, "today">) => void {
  return ({ today }) => {
    const watch = (name: `holdfast_${string}`, says: string, measure: (budget: Budget) => number): void => {
      metrics.gauge(name, says, ["part"], (gauge) => {
        for (const [part, budget] of Object.entries(today())) gauge.set({ part }, measure(budget));
      });
    };
    watch(
      "holdfast_model_day_usd",
      "The day's budget of money, what is spent of it, and what is reserved for investigations that run.",
      ({ microUsd }) => microUsd / 1e6,
    );
    watch(
      "holdfast_model_day_tokens",
      "The day's budget of tokens, what is spent of it, and what is reserved for investigations that run.",
      ({ tokens }) => tokens,
    );
  };
}
