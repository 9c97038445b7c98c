import { crashesByItself } from "../crashes.ts";
import { nameOf, titleOf } from "../facts.ts";
import { crashQuote, logTail, releaseQuote } from "../quotes.ts";
import { blameRelease, rollback } from "../releases.ts";
import type { Signature } from "../signature.ts";

export const signature: Signature = {
  name: "crash-after-a-release",
  row: 2,
  remedies: ["rollback_deployment"],
  order: 2,
  looksAt: (kind) => kind === "Deployment",
  judge: (facts) => {
    const crashed = facts.pods.of.filter((pod) => crashesByItself(facts, pod));
    const blame = blameRelease(facts, crashed);
    if (blame === undefined) return undefined;
    const { newest, older, olderServes, health } = blame;
    return {
      subject: facts.target,
      says: `${titleOf(facts.target)} crashes since its release of ${newest.image} (revision ${newest.revision}); revision ${older.revision} ${olderServes ? "still serves" : "ran before it"}.`,
      rank: "release",
      explains: crashed.map(nameOf),
      confidence: olderServes ? 95 : 80,
      evidence: [releaseQuote(facts, newest, older), crashQuote(facts, crashed), health, ...logTail(facts, crashed)],
      remedies: rollback(facts, blame),
    };
  },
};
