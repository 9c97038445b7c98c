/** Which of these alerts are gone, by the latest of Alertmanager's answers. */
export type Absence = (waited: readonly string[], firing: ReadonlySet<string>, now: number) => ReadonlySet<string>;

/**
 * An alert is gone once Alertmanager has listed it and lists it no more. One that this process never saw listed (it may have
 * been listed to a process that has died since, and its resolve lost with a sender that died too) is gone only after a patience,
 * because an Alertmanager that knows nothing of it may be the wrong one.
 */
export function openAbsence(patienceMs: number): Absence {
  let listed: ReadonlySet<string> = new Set();
  let missing: ReadonlyMap<string, number> = new Map();
  return (waited, firing, now) => {
    const absent = waited.filter((fingerprint) => !firing.has(fingerprint));
    missing = new Map(absent.map((fingerprint) => [fingerprint, missing.get(fingerprint) ?? now]));
    const gone = absent.filter(
      (fingerprint) => listed.has(fingerprint) || (missing.get(fingerprint) ?? now) + patienceMs <= now,
    );
    listed = firing;
    return new Set(gone);
  };
}
