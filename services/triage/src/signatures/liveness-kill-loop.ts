import type { Pod } from "@holdfast/cluster";
import { livenessKilled } from "../crashes.ts";
import type { DetailedContainer } from "../details.ts";
import { hasPods, isActive, lastEnd, nameOf, titleOf } from "../facts.ts";
import { eventQuote, kube, named, newestEvent, releaseQuote } from "../quotes.ts";
import { blameRelease, rollback } from "../releases.ts";
import type { Signature } from "../signature.ts";

export const signature: Signature = {
  name: "liveness-kill-loop",
  row: 5,
  remedies: ["rollback_deployment"],
  order: 2,
  looksAt: hasPods,
  judge: (facts) => {
    const killed = facts.pods.of.filter((pod) => isActive(pod) && livenessKilled(facts, pod) !== undefined);
    const [first] = killed;
    const status = first === undefined ? undefined : livenessKilled(facts, first);
    if (first === undefined || status === undefined) return undefined;
    const blame = blameRelease(facts, killed);
    const end = lastEnd(status);
    const ran =
      end?.startedAt === undefined || end.finishedAt === undefined
        ? undefined
        : Math.round((end.finishedAt - end.startedAt) / 1000);
    const event = newestEvent(facts, killed, ["Unhealthy"], (message) => message.startsWith("Liveness probe failed"));
    return {
      subject: facts.target,
      says: `The liveness probe of container ${status.name} of ${titleOf(facts.target)} fails, so it is killed again and again${blame === undefined ? "" : `, since revision ${blame.newest.revision}`}.`,
      rank: blame === undefined ? "other" : "release",
      explains: killed.map(nameOf),
      confidence: blame?.olderServes === true ? 92 : 80,
      evidence: [
        kube(
          facts.pods,
          `${named(killed)}: exit ${end?.exitCode ?? "unknown"} (${end?.reason ?? "Error"})${ran === undefined ? "" : ` after ${ran} s`}, ${status.restartCount ?? 0} restarts`,
        ),
        kube(facts.pods, probeOf(first, status.name)),
        ...(event === undefined ? [] : [eventQuote(facts, event, true)]),
        ...(blame === undefined ? [] : [releaseQuote(facts, blame.newest, blame.older), blame.health]),
      ],
      remedies: rollback(facts, blame),
    };
  },
};

function probeOf({ spec }: Pod, name: string): string {
  const containers: readonly DetailedContainer[] = spec?.containers ?? [];
  const probe = containers.find((one) => one.name === name)?.livenessProbe;
  if (probe === null || probe === undefined) return `the pod of container ${name} names no liveness probe any more`;
  const { initialDelaySeconds, periodSeconds, timeoutSeconds, failureThreshold } = probe;
  return `the liveness probe of container ${name} asks after ${initialDelaySeconds ?? 0} s and then every ${periodSeconds ?? 10} s, waits ${timeoutSeconds ?? 1} s, and kills after ${failureThreshold ?? 3} failures`;
}
