import type { Hypothesis } from "@holdfast/schemas";
import { z } from "zod";
import type { Redactor } from "@holdfast/redact";
import type { EvidenceBook } from "./evidence-book.ts";

const SUMMARY_MAX = 1_500;
const CAUSE_MAX = 500;
const HYPOTHESES_MAX = 5;
const CITATIONS_MAX = 20;

/** The call that ends an investigation. */
export const CONCLUDE = "conclude";

export const Conclusion = z.strictObject({
  summary: z
    .string()
    .min(1)
    .max(SUMMARY_MAX)
    .describe("what is wrong and how you know, for the person on call, in a few plain sentences"),
  hypotheses: z
    .array(
      z.strictObject({
        cause: z.string().min(1).max(CAUSE_MAX),
        confidence: z.int().min(0).max(100).describe("percent"),
        evidence: z.array(z.string().max(16)).max(CITATIONS_MAX).describe("ids of the evidence it rests on, like e3"),
      }),
    )
    .max(HYPOTHESES_MAX)
    .describe("possible causes, the likeliest first; none where the evidence shows none"),
});

export type Concluded = {
  readonly summary: string;
  readonly hypotheses: readonly Hypothesis[];
  readonly unknownCitations: number;
};

/** The model's words, redacted. What cites nothing that the model was shown says so. */
export function concluded(given: unknown, { text }: Redactor, book: EvidenceBook): Concluded {
  const { summary, hypotheses } = Conclusion.parse(given);
  const cited = hypotheses.map(({ cause, confidence, evidence }) => ({
    cause: text(cause),
    confidence,
    ...book.cite(evidence),
  }));
  return {
    summary: text(summary),
    hypotheses: cited.map(({ cause, confidence, known }) => ({
      cause: known.length === 0 ? `Without evidence: ${cause}` : cause,
      confidence,
      evidence: known,
    })),
    unknownCitations: cited.reduce((total, { unknown }) => total + unknown, 0),
  };
}
