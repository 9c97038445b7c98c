import type Anthropic from "@anthropic-ai/sdk";
import type { Action } from "@holdfast/actions";
import type { Case } from "../analyst.ts";
import type { Redactor } from "@holdfast/redact";
import type { Tool, ToolPorts } from "../tool.ts";
import { openBorder } from "./border.ts";
import { caseData } from "./case-data.ts";
import type { Concluded } from "./conclusion.ts";
import { openEvidenceBook, type EvidenceBook } from "./evidence-book.ts";
import { openMeter, type Meter } from "./meter.ts";
import type { Budget, Models } from "./models.ts";
import { firstRequest } from "./prompt.ts";
import { openDrafting, type Drafting } from "./proposals.ts";
import { runnableTools } from "./runnable-tools.ts";

/** What an investigation works with, whoever is asked and whatever it may spend. */
export type Equipment = {
  readonly model: string;
  readonly models: Models;
  readonly cluster: string;
  readonly tools: readonly Tool[];
  readonly ports: ToolPorts;
  readonly catalogue: ReadonlyMap<string, Action>;
  readonly redactor: Redactor;
};

/** One investigation before its first request: what will be asked, and everything that counts on it. */
export type Investigation = {
  readonly request: Anthropic.Beta.Messages.BetaToolRunnerParams;
  readonly meter: Meter;
  readonly book: EvidenceBook;
  readonly drafting: Drafting;
  readonly conclusion: () => Concluded | undefined;
};

export function prepare(
  { model, models, cluster, tools, ports, catalogue, redactor }: Equipment,
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
