import type { Action } from "@holdfast/actions";
import { z } from "zod";
import type { Draft } from "../analyst.ts";
import type { Redactor } from "@holdfast/redact";
import type { EvidenceBook } from "./evidence-book.ts";

/** A tool that only writes down what it is told: nothing that it does is seen by any cluster. */
export type ProposalTool = {
  readonly name: string;
  readonly says: string;
  readonly input: z.ZodType;
  readonly draft: (given: unknown) => string;
};

export type Drafting = {
  readonly tools: readonly ProposalTool[];
  readonly drafts: () => readonly Draft[];
  readonly unknownCitations: () => number;
};

type Desk = {
  readonly catalogue: ReadonlyMap<string, Action>;
  readonly cluster: string;
  readonly model: string;
  readonly redactor: Redactor;
  readonly book: EvidenceBook;
  readonly draftsMax: number;
};

const WORDS_MAX = 600;
const CITATIONS_MAX = 20;

const Reasons = {
  because: z.string().min(1).max(WORDS_MAX).describe("why this action, in one or two sentences"),
  confidence: z.int().min(0).max(100).describe("percent"),
  evidence: z.array(z.string().max(16)).min(1).max(CITATIONS_MAX).describe("ids of the evidence it rests on, like e3"),
};
const Asked = z.strictObject({ arguments: z.record(z.string(), z.string()), ...Reasons });

/** One tool an action of the closed catalogue. What is not in it has no tool, and so no draft. */
export function openDrafting(desk: Desk): Drafting {
  const drafts: Draft[] = [];
  let unknown = 0;
  const write = (action: Action, given: unknown): string => {
    const { draft, unknownCitations } = draftOf(desk, action, given);
    if (drafts.length >= desk.draftsMax)
      throw new Error(`${desk.draftsMax} proposals are drafted, and no more are taken: conclude.`);
    unknown += unknownCitations;
    drafts.push(draft);
    return "Drafted, and nothing was changed: policy and people decide.";
  };
  return {
    tools: [...desk.catalogue.values()].map((action) => ({
      name: `propose_${action.name}`,
      says: `Drafts a proposal that people may approve, and changes nothing. The action: ${action.says}`,
      input: z.strictObject({ arguments: action.input, ...Reasons }),
      draft: (given) => write(action, given),
    })),
    drafts: () => drafts,
    unknownCitations: () => unknown,
  };
}

function draftOf(
  { cluster, model, redactor, book }: Desk,
  action: Action,
  given: unknown,
): { readonly draft: Draft; readonly unknownCitations: number } {
  const { because, confidence, evidence, arguments: asked } = Asked.parse(given);
  const args = action.input.parse(asked);
  if (Object.values(args).some((value) => redactor.text(value) !== value))
    throw new Error("An argument holds a secret or a hidden character.");
  const { known, unknown } = book.cite(evidence);
  if (known.length === 0)
    throw new Error("None of these ids names evidence that you were shown: cite what you read, like e3.");
  const { kind, namespace, name } = action.subject(args);
  const draft: Draft = {
    by: "model",
    author: model,
    action: action.name,
    arguments: Object.entries(args).map(([key, value]) => ({ name: key, value })),
    target: { cluster, namespace, kind, name, uid: null },
    because: `${model} suggests it and cites ${known.join(", ")}; its reasons are its own words.`,
    words: redactor.text(because),
    confidence,
    evidence: known,
  };
  return { draft, unknownCitations: unknown };
}
