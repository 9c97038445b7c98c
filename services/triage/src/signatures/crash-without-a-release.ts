import { nameValues } from "@holdfast/schemas";
import { unreachableLine } from "../dependencies.ts";
import { ago, crashing, isActive, lastEnd, nameOf, previousLogOf, releasesOf, titleOf } from "../facts.ts";
import { crashQuote, kube, logLine } from "../quotes.ts";
import { blameRelease } from "../releases.ts";
import type { Signature } from "../signature.ts";

export const signature: Signature = {
  name: "crash-without-a-release",
  row: 3,
  remedies: ["restart_deployment"],
  order: 2,
  looksAt: (kind) => kind === "Deployment",
  judge: (facts) => {
    const active = facts.pods.of.filter(isActive);
    const crashed = active.filter((pod) => {
      const status = crashing(pod, facts.now);
      return status !== undefined && lastEnd(status)?.exitCode === 1;
    });
    if (crashed.length === 0 || crashed.length < active.length || blameRelease(facts, crashed) !== undefined)
      return undefined;
    const log = previousLogOf(facts, crashed);
    const line = log === undefined ? undefined : unreachableLine(log.of);
    if (log === undefined || line === undefined) return undefined;
    const [newest] = releasesOf(facts);
    const { restartedAt, now } = facts;
    const why =
      restartedAt === undefined ? undefined : `it was restarted ${ago(restartedAt, now)} ago, and once a day is enough`;
    return {
      subject: facts.target,
      says: `All ${active.length} pods of ${titleOf(facts.target)} crash, no new release came before it, and its log says that something it needs does not answer${why === undefined ? "" : `; no restart is proposed, because ${why}`}.`,
      rank: "other",
      explains: crashed.map(nameOf),
      confidence: 60,
      evidence: [
        crashQuote(facts, crashed),
        ...(newest === undefined
          ? []
          : [
              kube(
                facts.replicaSets,
                `the ReplicaSet of the newest revision, ${newest.revision}, is ${ago(newest.createdAt, now)} old`,
              ),
            ]),
        ...logLine(log, line.slice(0, 400)),
      ],
      remedies:
        why !== undefined
          ? []
          : [
              {
                action: "restart_deployment",
                arguments: nameValues({ deployment: facts.target.name, namespace: facts.target.namespace ?? "" }),
              },
            ],
    };
  },
};
