import type { Evidence } from "@holdfast/schemas";
import type { Analyst, Case, Draft, Opinion } from "./analyst.ts";
import { isActive, isReady, titleOf } from "./facts.ts";
import { objectKey } from "./state.ts";

const NO_COST = {
  toolCalls: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  microUsd: 0,
  milliseconds: 0,
};

/** Puts what the signatures found into words. The first finding is the one to act on; the others are reported. */
export function signatureAnalyst(now: () => number): Analyst {
  return {
    name: "signatures",
    analyse: async (about) => {
      const opinion = opinionOf(about);
      return {
        ...opinion,
        cost: {
          ...NO_COST,
          milliseconds: about.facts === undefined ? 0 : Math.max(0, Math.round(now() - about.facts.now)),
        },
      };
    },
  };
}

function opinionOf({ facts, findings, incident, target }: Case): Omit<Opinion, "cost"> {
  const evidence: Evidence[] = [];
  const cited = findings.map((finding) =>
    finding.evidence.map((quote) => {
      const known = evidence.find(({ says, query }) => says === quote.says && query === quote.query);
      const id = known?.id ?? `e${evidence.length + 1}`;
      if (known === undefined) evidence.push({ id, ...quote });
      return id;
    }),
  );
  const [first] = findings;
  const draft = first?.remedy === undefined ? undefined : draftOf(first.remedy, first, cited[0] ?? []);
  for (const { query, why } of facts?.gaps ?? [])
    evidence.push({
      id: `e${evidence.length + 1}`,
      source: "kube",
      query,
      readAt: facts?.now ?? 0,
      says: `not known: ${why}`,
      outsideWritable: false,
    });
  return {
    outcome: first === undefined ? "nothing" : "found",
    summary:
      first === undefined
        ? nothingFound({ facts, incident, target })
        : [first.says, ...findings.slice(1).map(({ says }) => `Also: ${says}`)].join(" "),
    hypotheses: findings.map(({ says, confidence }, index) => ({
      cause: says,
      confidence,
      evidence: cited[index] ?? [],
    })),
    evidence,
    findings: findings.map(({ signature, subject, says, remedy }) => ({
      signature,
      subject: objectKey(subject),
      says,
      action: remedy?.action ?? null,
    })),
    drafts: draft === undefined ? [] : [draft],
    model: null,
    promptDigest: null,
  };
}

function draftOf(
  remedy: NonNullable<Case["findings"][number]["remedy"]>,
  { signature, subject, says, confidence }: Case["findings"][number],
  evidence: readonly string[],
): Draft {
  return {
    ...remedy,
    by: "signature",
    author: signature,
    target: subject,
    because: says,
    words: "",
    confidence,
    evidence,
  };
}

function nothingFound({ facts, incident, target }: Pick<Case, "facts" | "incident" | "target">): string {
  if (target === null || facts === undefined)
    return `No object to look at: ${incident.because}. No signature can judge it, and nothing is proposed.`;
  const what = `${target.kind} ${titleOf(target)}`;
  if (facts.deployment === undefined && facts.object === undefined)
    return `${what} could not be read${facts.gaps.length === 0 ? ": it does not exist" : ""}. Nothing is proposed.`;
  const active = facts.pods.of.filter(isActive);
  const ready = active.filter(isReady).length;
  return `No signature matches what was read of ${what}: ${ready} of ${active.length} pods are Ready${facts.gaps.length > 0 ? `, and ${facts.gaps.length} reads failed` : ""}. Nothing is proposed.`;
}
