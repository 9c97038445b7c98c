import type { ContainerStatus, Pod } from "@holdfast/cluster";
import { crashing, eventsOf, isActive, lastEnd, statusesOf, type LiveFacts } from "./facts.ts";

/** Exit codes of what cannot be executed, is not there, or never began. */
const NEVER_BEGAN = [126, 127, 128];
const NEVER_BEGAN_REASONS = ["StartError", "RunContainerError", "ContainerCannotRun"];
/** Killed, or asked to stop. */
const KILLED = [137, 143];
const KILLS_MIN = 2;

/** A container whose command cannot even begin. */
export function cannotStart(pod: Pod): ContainerStatus | undefined {
  return statusesOf(pod).find((status) => {
    if (status.state?.waiting?.reason === "RunContainerError") return true;
    const end = lastEnd(status);
    if (end === undefined || status.state?.running) return false;
    return NEVER_BEGAN.includes(end.exitCode) || NEVER_BEGAN_REASONS.includes(end.reason);
  });
}

/** A container that its own liveness probe has killed again and again. Between two kills it runs. */
export function livenessKilled(facts: LiveFacts, pod: Pod): ContainerStatus | undefined {
  const events = eventsOf(facts, pod);
  const isKilled =
    events.some(
      ({ reason, message }) => reason === "Unhealthy" && (message ?? "").startsWith("Liveness probe failed"),
    ) && events.some(({ reason }) => reason === "Killing");
  if (!isKilled) return undefined;
  return statusesOf(pod).find((status) => {
    const end = lastEnd(status);
    return end?.reason === "Error" && KILLED.includes(end.exitCode) && (status.restartCount ?? 0) >= KILLS_MIN;
  });
}

/** What keeps ending by itself: neither for want of memory, nor before it began, nor by its probe. */
export function crashesByItself(facts: LiveFacts, pod: Pod): boolean {
  const status = isActive(pod) ? crashing(pod, facts.now) : undefined;
  return (
    status !== undefined &&
    lastEnd(status)?.reason !== "OOMKilled" &&
    cannotStart(pod) === undefined &&
    livenessKilled(facts, pod) === undefined
  );
}
