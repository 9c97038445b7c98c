import type Anthropic from "@anthropic-ai/sdk";
import type { Analyst, Opinion } from "../analyst.ts";
import { openBreaker } from "./breaker.ts";
import { converse, type Ending } from "./converse.ts";
import { prepare, type Equipment, type Investigation } from "./investigation.ts";
import type { Meter } from "./meter.ts";
import type { Budget, Models } from "./models.ts";
import { promptDigest } from "./prompt.ts";
import { openProvider, type ProviderSettings } from "./provider.ts";
import type { Spending } from "./spending.ts";

export type Claude = Equipment & {
  readonly provider: ProviderSettings;
  readonly spending: Spending;
  readonly now: () => number;
};

/** Turns beyond the calls: for what the model gets wrong, and for its conclusion. */
const TURNS_BEYOND = 4;

/** Claude, with tools that read and tools that only write down a draft. It throws when it is stopped, and for no other reason. */
export function openClaude(claude: Claude): Analyst {
  const client = openProvider(claude.provider);
  const breaker = openBreaker(claude.now);
  return {
    name: "claude",
    analyse: async (about, stop) => {
      const started = claude.now();
      const { allowance, day, note, settle } = claude.spending.reserve(about.incident.id);
      const prepared = prepare(claude, about, allowance);
      const elapsed = (): number => claude.now() - started;
      const meter = writingDown(prepared.meter, () => note(budgetOf(prepared.meter.atMost(elapsed()))));
      const investigation = { ...prepared, meter };
      try {
        const ending = breaker.isOpen() ? RESTING : await run(client, claude.models, investigation, allowance, stop);
        if (ending !== RESTING) breaker.saw(ending.outcome === "provider_down");
        return opinionOf(claude.model, investigation, explained(ending, day), elapsed());
      } finally {
        settle(budgetOf(meter.cost(elapsed())));
      }
    },
  };
}

const RESTING: Ending = {
  outcome: "provider_down",
  because: "it failed several times in a row and is asked again in a minute",
};

function explained(ending: Ending, day: string | undefined): Ending {
  return ending.outcome === "over_budget" && day !== undefined
    ? { ...ending, because: `${ending.because}; ${day}` }
    : ending;
}

async function run(
  client: Anthropic,
  { sameCallTimes }: Models,
  { request, meter, conclusion }: Investigation,
  allowance: Budget,
  stop: AbortSignal,
): Promise<Ending> {
  if (allowance.toolCalls <= 0) return { outcome: "over_budget", because: "no tool calls are left for it" };
  const turnsMax = allowance.toolCalls + sameCallTimes + TURNS_BEYOND;
  return converse({
    client,
    request,
    meter,
    turnsMax,
    isConcluded: () => conclusion() !== undefined,
    secondsMax: allowance.milliseconds / 1000,
    stop,
  });
}

/** What the next request can cost is written down before it is sent: a crash forgets none of it. */
function writingDown(meter: Meter, note: () => void): Meter {
  return {
    ...meter,
    exceeds: (characters) => {
      const why = meter.exceeds(characters);
      if (why === undefined) note();
      return why;
    },
  };
}

function budgetOf(cost: Opinion["cost"]): Budget {
  const { toolCalls, microUsd, milliseconds, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = cost;
  return { toolCalls, microUsd, milliseconds, tokens: inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens };
}

function opinionOf(
  model: string,
  { request, meter, book, drafting, conclusion }: Investigation,
  ending: Ending,
  milliseconds: number,
): Opinion {
  const common = { findings: [], model, promptDigest: promptDigest(request), cost: meter.cost(milliseconds) };
  const concluded = conclusion();
  if (ending.outcome !== "concluded" || concluded === undefined) {
    const because = ending.outcome === "concluded" ? "it ended without a conclusion" : ending.because;
    const unfinished =
      drafting.drafts().length === 0
        ? ""
        : " What it had drafted is not proposed, because its investigation was not finished.";
    return {
      ...common,
      outcome: ending.outcome === "concluded" ? "stopped" : ending.outcome,
      summary: `${model} gave no analysis: ${because}. The signatures' answer stands.${unfinished}`,
      hypotheses: [],
      evidence: [],
      drafts: [],
    };
  }
  const drafts = drafting.drafts();
  const { hypotheses } = concluded;
  const cited = [...hypotheses, ...drafts].flatMap(({ evidence }) => evidence);
  const summary = `${concluded.summary}${droppedNote(concluded.unknownCitations + drafting.unknownCitations())}`;
  return {
    ...common,
    outcome: cited.length === 0 ? "nothing" : "found",
    summary,
    hypotheses,
    evidence: book.quoted(cited),
    drafts,
  };
}

function droppedNote(count: number): string {
  if (count === 0) return "";
  return count === 1
    ? " (Holdfast: one citation of evidence that it was never shown was dropped.)"
    : ` (Holdfast: ${count} citations of evidence that it was never shown were dropped.)`;
}
