import type { Deployment } from "../kinds.ts";

/** How many pods a rollout may have too many and too few; a surge is rounded up, what may be missing is rounded down. */
export function bounds({ spec }: Deployment): { replicas: number; surge: number; unavailable: number } {
  const replicas = spec.replicas ?? 1;
  const surge = countOf(spec.strategy?.rollingUpdate?.maxSurge ?? "25%", replicas, Math.ceil);
  const unavailable = countOf(spec.strategy?.rollingUpdate?.maxUnavailable ?? "25%", replicas, Math.floor);
  return { replicas, surge, unavailable: surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, replicas) };
}

/** A number, or a share of all in percent. */
export function countOf(value: number | string, replicas: number, round: (n: number) => number): number {
  return typeof value === "number" ? value : round((Number.parseFloat(value) / 100) * replicas);
}
