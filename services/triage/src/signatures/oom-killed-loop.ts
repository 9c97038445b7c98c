import type { ContainerStatus, Pod } from "@holdfast/cluster";
import { clock, isActive, lastEnd, nameOf, statusesOf, titleOf } from "../facts.ts";
import { kube, named, releaseQuote } from "../quotes.ts";
import { blameRelease, rollback } from "../releases.ts";
import type { Signature } from "../signature.ts";

const RESTARTS_MIN = 2;

export const signature: Signature = {
  name: "oom-killed-loop",
  row: 1,
  remedies: ["rollback_deployment"],
  order: 2,
  looksAt: (kind) => ["Deployment", "StatefulSet", "DaemonSet", "Pod"].includes(kind),
  judge: (facts) => {
    const killed = facts.pods.of.filter((pod) => isActive(pod) && killedContainer(pod) !== undefined);
    const [first] = killed;
    const container = first === undefined ? undefined : killedContainer(first);
    if (first === undefined || container === undefined) return undefined;
    const blame = blameRelease(facts, killed);
    const ended = lastEnd(container.status)?.finishedAt;
    return {
      subject: facts.target,
      says: `The kernel kills container ${container.status.name} of ${titleOf(facts.target)} again and again because it uses more than its ${container.limit} of memory${blame === undefined ? "" : `, since revision ${blame.newest.revision}`}.`,
      rank: blame === undefined ? "other" : "release",
      explains: killed.map(nameOf),
      confidence: blame?.olderServes === true ? 92 : 80,
      evidence: [
        kube(
          facts.pods,
          `${named(killed)}: container ${container.status.name} was OOMKilled (exit 137)${ended === undefined ? "" : ` at ${clock(ended)}`}, ${container.status.restartCount ?? 0} restarts, memory limit ${container.limit}`,
        ),
        ...(blame === undefined ? [] : [releaseQuote(facts, blame.newest, blame.older), blame.health]),
      ],
      remedies: rollback(facts, blame),
    };
  },
};

type Killed = { readonly status: ContainerStatus; readonly limit: string };

/** Without a limit of its own, the container is the victim of a node that is full. */
function killedContainer(pod: Pod): Killed | undefined {
  for (const status of statusesOf(pod)) {
    if (lastEnd(status)?.reason !== "OOMKilled" || (status.restartCount ?? 0) < RESTARTS_MIN) continue;
    const limit = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find(
      ({ name }) => name === status.name,
    )?.resources?.limits?.["memory"];
    if (limit !== undefined) return { status, limit };
  }
  return undefined;
}
