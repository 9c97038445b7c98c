import { hasPods, nameOf, titleOf } from "../facts.ts";
import { ABSENT, ofOneImage, pullSays, REFUSED, unpulled, waitingMessage } from "../pulls.ts";
import { eventQuote, kube, named, newestEvent, releaseQuote } from "../quotes.ts";
import { blameRelease, rollback } from "../releases.ts";
import type { Signature } from "../signature.ts";

export const signature: Signature = {
  name: "image-not-found",
  row: 7,
  remedies: ["rollback_deployment"],
  order: 1,
  looksAt: hasPods,
  judge: (facts) => {
    const failing = ofOneImage(
      facts.pods.of.filter((pod) => pullSays(facts, pod, ABSENT) && !pullSays(facts, pod, REFUSED)),
      unpulled,
    );
    const [first] = failing;
    const status = first === undefined ? undefined : unpulled(first);
    if (status === undefined) return undefined;
    const blame = blameRelease(facts, failing);
    const event = newestEvent(facts, failing, ["Failed"], (message) => ABSENT.test(message));
    return {
      subject: facts.target,
      says: `The image ${status.image ?? "of its container"} cannot be pulled because the registry does not have it, so ${named(failing)} of ${titleOf(facts.target)} cannot start.`,
      rank: blame === undefined ? "other" : "release",
      explains: failing.map(nameOf),
      confidence: blame?.olderServes === true ? 97 : 85,
      evidence: [
        kube(facts.pods, `${named(failing)} of ${titleOf(facts.target)}: ${waitingMessage(status)}`),
        ...(event === undefined ? [] : [eventQuote(facts, event, false)]),
        ...(blame === undefined ? [] : [releaseQuote(facts, blame.newest, blame.older), blame.health]),
      ],
      remedies: rollback(facts, blame),
    };
  },
};
