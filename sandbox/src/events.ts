import { createHash } from "node:crypto";
import { timestamp } from "./kinds.ts";
import type { KubeObject, Reference } from "./kinds.ts";
import type { World } from "./world.ts";

export type Happening = {
  readonly about: KubeObject;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  readonly component: string;
  readonly host?: string;
  readonly fieldPath?: string;
};

const EVENTS_MAX = 1_000;
const EVENT_TTL_MS = 3_600_000;

/** As the real recorders do: the same thing said again about the same object raises the count of the event that is there. */
export function recordEvent({ store, now }: World, happening: Happening): void {
  const { about, type, reason, message, component, host } = happening;
  const involvedObject = referenceTo(about, happening.fieldPath);
  const namespace = about.metadata.namespace ?? "default";
  const identity = JSON.stringify([about.metadata.uid, type, reason, message, component, happening.fieldPath]);
  const name = `${about.metadata.name}.${createHash("sha256").update(identity).digest("hex").slice(0, 16)}`;
  const time = timestamp(now());
  const known = store.get("events", namespace, name);
  if (known !== undefined) {
    store.update("events", known, (event) => {
      event.count += 1;
      event.lastTimestamp = time;
    });
    return;
  }
  const event = {
    metadata: { name, namespace },
    involvedObject,
    reason,
    message,
    type,
    count: 1,
    firstTimestamp: time,
    lastTimestamp: time,
    source: { component, ...(host === undefined ? {} : { host }) },
    reportingComponent: component,
    reportingInstance: host ?? "",
    eventTime: null,
  };
  store.create("events", event);
}

/** A real API server forgets events after an hour. */
export function forgetOldEvents({ store, now }: World): void {
  const events = store.list("events").sort((a, b) => Date.parse(a.lastTimestamp) - Date.parse(b.lastTimestamp));
  for (const [at, event] of events.entries()) {
    const old = Date.parse(event.lastTimestamp) < now() - EVENT_TTL_MS;
    if (!old && events.length - at <= EVENTS_MAX) return;
    store.remove("events", event);
  }
}

function referenceTo(about: KubeObject, fieldPath: string | undefined): Reference {
  const { name, namespace, uid, resourceVersion } = about.metadata;
  return {
    apiVersion: about.apiVersion,
    kind: about.kind,
    name,
    uid,
    resourceVersion,
    ...(namespace === undefined ? {} : { namespace }),
    ...(fieldPath === undefined ? {} : { fieldPath }),
  };
}
