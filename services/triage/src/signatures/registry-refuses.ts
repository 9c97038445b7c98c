import type { DetailedPodSpec } from "../details.ts";
import { hasPods, nameOf, titleOf } from "../facts.ts";
import { ofOneImage, pullSays, REFUSED, unpulled, waitingMessage } from "../pulls.ts";
import { eventQuote, kube, named, newestEvent } from "../quotes.ts";
import type { Signature } from "../signature.ts";

export const signature: Signature = {
  name: "registry-refuses",
  row: 8,
  remedies: [],
  order: 1,
  looksAt: hasPods,
  judge: (facts) => {
    const failing = ofOneImage(
      facts.pods.of.filter((pod) => pullSays(facts, pod, REFUSED)),
      unpulled,
    );
    const [first] = failing;
    const status = first === undefined ? undefined : unpulled(first);
    if (first === undefined || status === undefined) return undefined;
    const event = newestEvent(facts, failing, ["Failed"], (message) => REFUSED.test(message));
    const spec: DetailedPodSpec | null | undefined = first.spec;
    const secrets = (spec?.imagePullSecrets ?? []).map(({ name }) => name ?? "?");
    return {
      subject: facts.target,
      says: `The registry refuses to hand out the image ${status.image ?? "of its container"}, so ${named(failing)} of ${titleOf(facts.target)} cannot start: its pull secret is missing, wrong or expired.`,
      rank: "other",
      explains: failing.map(nameOf),
      confidence: 85,
      evidence: [
        kube(facts.pods, `${named(failing)} of ${titleOf(facts.target)}: ${waitingMessage(status)}`),
        ...(event === undefined ? [] : [eventQuote(facts, event, false)]),
        kube(
          facts.pods,
          secrets.length === 0
            ? "the pod names no pull secret"
            : `the pod names these pull secrets, whose content nobody read: ${secrets.join(", ")}`,
        ),
      ],
      remedies: [],
    };
  },
};
