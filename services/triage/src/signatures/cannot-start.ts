import type { Pod } from "@holdfast/cluster";
import { cannotStart } from "../crashes.ts";
import type { DetailedContainer } from "../details.ts";
import { hasPods, isActive, lastEnd, nameOf, titleOf } from "../facts.ts";
import { kube, named, releaseQuote } from "../quotes.ts";
import { blameRelease, rollback } from "../releases.ts";
import type { Signature } from "../signature.ts";

const TEXT_CHARACTERS_MAX = 200;

export const signature: Signature = {
  name: "cannot-start",
  row: 4,
  remedies: ["rollback_deployment"],
  order: 2,
  looksAt: hasPods,
  judge: (facts) => {
    const failing = facts.pods.of.filter((pod) => isActive(pod) && cannotStart(pod) !== undefined);
    const [first] = failing;
    const status = first === undefined ? undefined : cannotStart(first);
    if (first === undefined || status === undefined) return undefined;
    const blame = blameRelease(facts, failing);
    const end = lastEnd(status);
    const message = status.state?.terminated?.message ?? status.lastState?.terminated?.message ?? "";
    return {
      subject: facts.target,
      says: `Container ${status.name} of ${titleOf(facts.target)} cannot begin: what it is told to run cannot be executed or is not in the image${blame === undefined ? "" : `, since revision ${blame.newest.revision}`}.`,
      rank: blame === undefined ? "other" : "release",
      explains: failing.map(nameOf),
      confidence: blame?.olderServes === true ? 95 : 85,
      evidence: [
        kube(
          facts.pods,
          `${named(failing)}: ${end === undefined ? (status.state?.waiting?.reason ?? "") : `exit ${end.exitCode} (${end.reason})`}${message === "" ? "" : `: ${message.slice(0, TEXT_CHARACTERS_MAX)}`}`,
        ),
        kube(facts.pods, commandOf(first, status.name)),
        ...(blame === undefined ? [] : [releaseQuote(facts, blame.newest, blame.older), blame.health]),
      ],
      remedies: rollback(facts, blame),
    };
  },
};

function commandOf({ spec }: Pod, name: string): string {
  const containers: readonly DetailedContainer[] = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  const container = containers.find((one) => one.name === name);
  const words = [...(container?.command ?? []), ...(container?.args ?? [])].join(" ");
  return `container ${name} runs ${words === "" ? "the image's own command" : `"${words.slice(0, TEXT_CHARACTERS_MAX)}"`} of image ${container?.image ?? "?"}`;
}
