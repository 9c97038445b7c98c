import type { ContainerStatus, Pod } from "@holdfast/cluster";
import { isActive, type LiveFacts, statusesOf } from "./facts.ts";
import { newestEvent } from "./quotes.ts";

const WAITING = ["ErrImagePull", "ImagePullBackOff"];
export const ABSENT = /not found|manifest unknown|no such host/iu;
/** The registry answers so when a credential is missing, too: no release is to blame for that. */
export const REFUSED = /pull access denied|\b403\b|unauthorized|insufficient_scope/iu;
const MESSAGE_CHARACTERS_MAX = 300;

/** A container that waits for one of these reasons. */
export function waitingFor(pod: Pod, reasons: readonly string[]): ContainerStatus | undefined {
  return isActive(pod)
    ? statusesOf(pod).find(({ state }) => reasons.includes(state?.waiting?.reason ?? ""))
    : undefined;
}

/** What Kubernetes says of why it waits. */
export function waitingMessage({ state }: ContainerStatus): string {
  const { reason, message } = state?.waiting ?? {};
  return `${reason ?? ""}: ${(message ?? "").slice(0, MESSAGE_CHARACTERS_MAX)}`;
}

export function unpulled(pod: Pod): ContainerStatus | undefined {
  return waitingFor(pod, WAITING);
}

/** The waiting message alone often says only that it backs off; the event says why. */
export function pullSays(facts: LiveFacts, pod: Pod, words: RegExp): boolean {
  const status = unpulled(pod);
  return (
    status !== undefined &&
    (words.test(waitingMessage(status)) ||
      newestEvent(facts, [pod], ["Failed"], (message) => words.test(message)) !== undefined)
  );
}

/** Of pods that wait for several images, those that wait for the one that most of them wait for: they are one failure. */
export function ofOneImage(pods: readonly Pod[], waits: (pod: Pod) => ContainerStatus | undefined): readonly Pod[] {
  const groups = Map.groupBy(pods, (pod) => waits(pod)?.image ?? "");
  return [...groups.values()].toSorted((a, b) => b.length - a.length)[0] ?? [];
}
