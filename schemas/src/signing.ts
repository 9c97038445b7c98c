import type { Topic } from "./topics.ts";
import type { ApprovalKind, LetterKind } from "./generated.ts";

/** Who signs. Policy has two keys: the one that opens allows and approves; in mode observe it holds only the one that closes. */
export type SignerName = "approval" | "policy-open" | "policy-close" | "executor";
export const SIGNER_NAMES: readonly SignerName[] = ["approval", "policy-open", "policy-close", "executor"];

/** A kind of signed record: a key signs only its own kinds, so a vote signed by policy is no vote. */
export type Kind = {
  readonly topic: Topic;
  /** Where a topic has records of several kinds, which of them this is. */
  readonly approval?: ApprovalKind;
  readonly letter?: LetterKind;
  readonly payloadType: string;
  readonly signer: SignerName;
};

const type = (name: string): string => `application/vnd.holdfast.${name}.v1`;

/** Every signed kind. What is not here is unsigned. */
export const KINDS: readonly Kind[] = [
  { topic: "proposals.allowed", payloadType: type("proposals.allowed"), signer: "policy-open" },
  { topic: "proposals.approved", payloadType: type("proposals.approved"), signer: "policy-open" },
  { topic: "proposals.denied", payloadType: type("proposals.denied"), signer: "policy-close" },
  { topic: "proposals.rejected", payloadType: type("proposals.rejected"), signer: "policy-close" },
  { topic: "approvals", approval: "vote", payloadType: type("approvals.vote"), signer: "approval" },
  { topic: "approvals", approval: "request", payloadType: type("approvals.request"), signer: "approval" },
  { topic: "approvals", approval: "closing", payloadType: type("approvals.closing"), signer: "policy-close" },
  { topic: "executions", payloadType: type("executions"), signer: "executor" },
  { topic: "dead-letters", letter: "release", payloadType: type("dead-letters.release"), signer: "approval" },
  { topic: "dead-letters", letter: "drop", payloadType: type("dead-letters.drop"), signer: "approval" },
  { topic: "dead-letters", letter: "replay", payloadType: type("dead-letters.replay"), signer: "approval" },
];

/** The signed kinds that a record of this topic may be; empty for an unsigned topic. A letter that is no decision is none. */
export function kindsOf(topic: Topic): readonly Kind[] {
  return KINDS.filter((kind) => kind.topic === topic);
}
