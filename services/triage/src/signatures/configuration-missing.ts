import type { Pod } from "@holdfast/cluster";
import type { DetailedContainer } from "../details.ts";
import { hasPods, nameOf, titleOf } from "../facts.ts";
import { waitingFor } from "../pulls.ts";
import { kube, named, releaseQuote } from "../quotes.ts";
import { blameRelease, rollback } from "../releases.ts";
import type { Signature } from "../signature.ts";

const WAITING = ["CreateContainerConfigError"];
const ABSENT = /^(configmap|secret) "([a-z0-9][-a-z0-9.]{0,252})" not found$/iu;

export const signature: Signature = {
  name: "configuration-missing",
  row: 10,
  remedies: ["rollback_deployment"],
  order: 1,
  looksAt: hasPods,
  judge: (facts) => {
    const failing = facts.pods.of.filter((pod) => missing(pod) !== undefined);
    const [first] = failing;
    const absent = first === undefined ? undefined : missing(first);
    if (first === undefined || absent === undefined) return undefined;
    const blame = blameRelease(facts, failing);
    return {
      subject: facts.target,
      says: `${absent.kind} ${absent.name} does not exist, so ${named(failing)} of ${titleOf(facts.target)} cannot start${blame === undefined ? "" : `; revision ${blame.newest.revision} asks for it`}.`,
      rank: blame === undefined ? "other" : "release",
      explains: failing.map(nameOf),
      confidence: blame?.olderServes === true ? 95 : 90,
      evidence: [
        kube(facts.pods, `${named(failing)}: ${absent.message}`),
        kube(facts.pods, referenceIn(first, absent)),
        ...(blame === undefined ? [] : [releaseQuote(facts, blame.newest, blame.older), blame.health]),
      ],
      remedies: rollback(facts, blame),
    };
  },
};

type Absent = {
  readonly kind: "ConfigMap" | "Secret";
  readonly name: string;
  readonly message: string;
  readonly container: string;
};

function missing(pod: Pod): Absent | undefined {
  const status = waitingFor(pod, WAITING);
  const message = status?.state?.waiting?.message ?? "";
  const [, kind, name] = ABSENT.exec(message) ?? [];
  if (status === undefined || kind === undefined || name === undefined) return undefined;
  return { kind: kind.toLowerCase() === "secret" ? "Secret" : "ConfigMap", name, message, container: status.name };
}

function referenceIn({ spec }: Pod, { kind, name, container }: Absent): string {
  const containers: readonly DetailedContainer[] = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  const asks = containers
    .filter(({ envFrom }) =>
      (envFrom ?? []).some(
        ({ configMapRef, secretRef }) => (kind === "Secret" ? secretRef : configMapRef)?.name === name,
      ),
    )
    .map((one) => one.name);
  return asks.length === 0
    ? `container ${container} takes one of its variables from it`
    : `envFrom of container ${asks.join(", ")} names it`;
}
