export { nextOf, whyNot } from "./again.ts";
export { isOwnId } from "./own-id.ts";
export { isOutcome, outcomeOf } from "./outcome.ts";
export { openProposals, PROPOSAL_TOPICS, type Proposal, type Proposals, type ProposalTopic } from "./proposals.ts";
export { isFinished, isOpen, stateOf, type ProposalState } from "./state.ts";
export { verdictOf, type Recorded, type VerdictOf } from "./verdict-of.ts";
