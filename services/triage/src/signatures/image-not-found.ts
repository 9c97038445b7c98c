import type { Pod } from "@holdfast/cluster";
import { isActive, type LiveFacts, nameOf, statusesOf, titleOf } from "../facts.ts";
import { eventQuote, kube, named, newestEvent, releaseQuote } from "../quotes.ts";
import { blameRelease, rollbackTo } from "../releases.ts";
import type { Signature } from "../signature.ts";

const WAITING = ["ErrImagePull", "ImagePullBackOff"];
const ABSENT = /not found|manifest unknown|no such host/iu;
/** The registry answers so when a credential is missing, too: no release is to blame for that. */
const REFUSED = /pull access denied|\b403\b|unauthorized|insufficient_scope/iu;

export const signature: Signature = {
  name: "image-not-found",
  row: 7,
  remedies: ["rollback_deployment"],
  order: 1,
  looksAt: (kind) => ["Deployment", "StatefulSet", "DaemonSet", "Pod"].includes(kind),
  judge: (facts) => {
    const failing = facts.pods.of.filter(
      (pod) =>
        isActive(pod) && waitingMessage(pod) !== undefined && says(facts, pod, ABSENT) && !says(facts, pod, REFUSED),
    );
    const [first] = failing;
    if (first === undefined) return undefined;
    const blame = blameRelease(facts, failing);
    const event = newestEvent(facts, failing, ["Failed"], (message) => ABSENT.test(message));
    const image =
      statusesOf(first).find(({ state }) => WAITING.includes(state?.waiting?.reason ?? ""))?.image ?? "its image";
    return {
      subject: facts.target,
      says: `The image ${image} cannot be pulled because the registry does not have it, so ${named(failing)} of ${titleOf(facts.target)} cannot start.`,
      rank: blame === undefined ? "other" : "release",
      explains: failing.map(nameOf),
      confidence: blame?.olderServes === true ? 97 : 85,
      evidence: [
        kube(facts.pods, `${named(failing)} of ${titleOf(facts.target)}: ${waitingMessage(first)}`),
        ...(event === undefined ? [] : [eventQuote(facts, event, false)]),
        ...(blame === undefined ? [] : [releaseQuote(facts, blame.newest, blame.older), blame.health]),
      ],
      remedy: blame === undefined ? undefined : rollbackTo(facts, blame.older),
    };
  },
};

function waitingMessage(pod: Pod): string | undefined {
  const waiting = statusesOf(pod).find(({ state }) => WAITING.includes(state?.waiting?.reason ?? ""))?.state?.waiting;
  return waiting === null || waiting === undefined
    ? undefined
    : `${waiting.reason ?? ""}: ${(waiting.message ?? "").slice(0, 300)}`;
}

/** The waiting message alone often says only that it backs off; the event says why. */
function says(facts: LiveFacts, pod: Pod, words: RegExp): boolean {
  return (
    words.test(waitingMessage(pod) ?? "") ||
    newestEvent(facts, [pod], ["Failed"], (message) => words.test(message)) !== undefined
  );
}
