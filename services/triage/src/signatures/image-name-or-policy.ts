import type { DetailedContainer } from "../details.ts";
import { hasPods, nameOf, titleOf } from "../facts.ts";
import { waitingFor, waitingMessage } from "../pulls.ts";
import { kube, named, releaseQuote } from "../quotes.ts";
import { blameRelease, rollback } from "../releases.ts";
import type { Signature } from "../signature.ts";

const WAITING = ["InvalidImageName", "ErrImageNeverPull"];

export const signature: Signature = {
  name: "image-name-or-policy",
  row: 9,
  remedies: ["rollback_deployment"],
  order: 1,
  looksAt: hasPods,
  judge: (facts) => {
    const failing = facts.pods.of.filter((pod) => waitingFor(pod, WAITING) !== undefined);
    const [first] = failing;
    const status = first === undefined ? undefined : waitingFor(first, WAITING);
    if (first === undefined || status === undefined) return undefined;
    const blame = blameRelease(facts, failing);
    const containers: readonly DetailedContainer[] = [
      ...(first.spec?.containers ?? []),
      ...(first.spec?.initContainers ?? []),
    ];
    const container = containers.find(({ name }) => name === status.name);
    const image = container?.image ?? status.image ?? "?";
    return {
      subject: facts.target,
      says:
        status.state?.waiting?.reason === "InvalidImageName"
          ? `"${image}" is no name that an image can have, so ${named(failing)} of ${titleOf(facts.target)} cannot start.`
          : `The image ${image} may never be pulled and is not on the node, so ${named(failing)} of ${titleOf(facts.target)} cannot start.`,
      rank: blame === undefined ? "other" : "release",
      explains: failing.map(nameOf),
      confidence: blame?.olderServes === true ? 97 : 90,
      evidence: [
        kube(
          facts.pods,
          `${named(failing)}: ${waitingMessage(status)}; image ${image}, imagePullPolicy ${container?.imagePullPolicy ?? "not set"}`,
        ),
        ...(blame === undefined ? [] : [releaseQuote(facts, blame.newest, blame.older), blame.health]),
      ],
      remedies: rollback(facts, blame),
    };
  },
};
