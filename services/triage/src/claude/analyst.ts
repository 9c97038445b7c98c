import type Anthropic from "@anthropic-ai/sdk";
import type { Action } from "@holdfast/actions";
import type { Analyst, Case, Opinion } from "../analyst.ts";
import type { Redactor } from "../redact.ts";
import type { Tool, ToolPorts } from "../tool.ts";
import { openBorder } from "./border.ts";
import { openBreaker } from "./breaker.ts";
import { caseData } from "./case-data.ts";
import type { Concluded } from "./conclusion.ts";
import { converse, type Ending } from "./converse.ts";
import { openEvidenceBook, type EvidenceBook } from "./evidence-book.ts";
import { openMeter, type Meter } from "./meter.ts";
import type { Budget, Models } from "./models.ts";
import { firstRequest, promptDigest } from "./prompt.ts";
import { openDrafting, type Drafting } from "./proposals.ts";
import { openProvider, type ProviderSettings } from "./provider.ts";
import { runnableTools } from "./runnable-tools.ts";
import type { Spending } from "./spending.ts";

export type Claude = {
  readonly provider: ProviderSettings;
  readonly model: string;
  readonly models: Models;
  readonly cluster: string;
  readonly tools: readonly Tool[];
  readonly ports: ToolPorts;
  readonly catalogue: ReadonlyMap<string, Action>;
  readonly redactor: Redactor;
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
      const { allowance, day, settle } = claude.spending.reserve(about.incident.id);
      const investigation = prepare(claude, about, allowance);
      try {
        const ending = breaker.isOpen() ? RESTING : await run(client, claude.models, investigation, allowance, stop);
        if (ending !== RESTING) breaker.saw(ending.outcome === "provider_down");
        return opinionOf(claude.model, investigation, explained(ending, day), claude.now() - started);
      } finally {
        settle(spent(investigation.meter, claude.now() - started));
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

type Investigation = {
  readonly request: Anthropic.Beta.Messages.BetaToolRunnerParams;
  readonly meter: Meter;
  readonly book: EvidenceBook;
  readonly drafting: Drafting;
  readonly conclusion: () => Concluded | undefined;
};

function prepare(
  { model, models, cluster, tools, ports, catalogue, redactor }: Claude,
  about: Case,
  allowance: Budget,
): Investigation {
  const book = openEvidenceBook();
  const meter = openMeter({
    allowance,
    price: models.priceOf(model),
    outputTokensPerTurn: models.outputTokensPerTurn,
    sameCallTimes: models.sameCallTimes,
  });
  // what has no target gets an analysis and never a plan
  const actions = about.target === null ? new Map<string, Action>() : catalogue;
  const drafting = openDrafting({ catalogue: actions, cluster, model, redactor, book, draftsMax: models.drafts });
  const data = caseData(about, redactor, book);
  let conclusion: Concluded | undefined;
  const runnable = runnableTools({
    tools,
    ports,
    border: openBorder(redactor, book),
    book,
    redactor,
    meter,
    drafting,
    caseData: data,
    conclude: (given) => (conclusion ??= given),
  });
  const request = firstRequest({ model, maxTokens: models.outputTokensPerTurn, tools: runnable, caseData: data });
  return { request, meter, book, drafting, conclusion: () => conclusion };
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

function spent(meter: Meter, milliseconds: number): Budget {
  const { toolCalls, microUsd, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } =
    meter.cost(milliseconds);
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
