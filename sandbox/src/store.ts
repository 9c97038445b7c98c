import { randomUUID } from "node:crypto";
import { sameJson } from "./json.ts";
import { timestamp } from "./kinds.ts";
import type { Kinds, KubeObject, ManagedFields, Meta } from "./kinds.ts";
import { apiVersionOf, resourceOf } from "./resources.ts";

/** One change of one object, as a watch tells it. `before` lets a watch with a selector see an object come in and go out. */
export type Change = {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly plural: string;
  readonly object: KubeObject;
  readonly before: KubeObject | undefined;
  readonly version: number;
};

export type NewMeta = Partial<Omit<Meta, "uid" | "resourceVersion">> & { name: string };

/**
 * All objects of the simulated cluster. Objects are never changed in place: what was read stays what it was.
 * Every change has the next number of one counter, which is the object's `resourceVersion`.
 */
export type Store = {
  readonly list: <K extends keyof Kinds>(plural: K, namespace?: string) => Kinds[K][];
  readonly get: <K extends keyof Kinds>(plural: K, namespace: string | undefined, name: string) => Kinds[K] | undefined;
  readonly listAny: (plural: string, namespace?: string) => KubeObject[];
  readonly getAny: (plural: string, namespace: string | undefined, name: string) => KubeObject | undefined;
  /** A new object; `undefined` when the name is taken. */
  readonly create: (plural: string, object: Body) => KubeObject | undefined;
  /** Replaces an object; the same content changes nothing, not even the version. */
  readonly replace: (plural: string, object: KubeObject) => KubeObject;
  /** Changes a draft of one object of a kind that has a controller; nothing happens if it is gone. */
  readonly update: <K extends keyof Kinds>(plural: K, object: Kinds[K], change: (draft: Kinds[K]) => void) => Kinds[K];
  readonly remove: (plural: string, object: KubeObject) => void;
  readonly version: () => number;
  /** Changes after `version`; `undefined` when they are no longer remembered. */
  readonly since: (version: number) => Change[] | undefined;
  readonly watch: (listener: (change: Change) => void) => () => void;
  readonly dump: () => StoreDump;
};

export type Body = { metadata: NewMeta; spec?: object; status?: object };

export type StoreDump = { readonly version: number; readonly objects: Record<string, readonly KubeObject[]> };

const CHANGES_REMEMBERED = 5_000;

export function createStore(now: () => number, from?: StoreDump): Store {
  const objects = openShelves(from);
  const log = openLog(from?.version ?? 1_000);
  const { of } = objects;
  const getAny: Store["getAny"] = (plural, namespace, name) => of(plural).get(keyOf(namespace, name));
  const listAny: Store["listAny"] = (plural, namespace) => of(plural).list(namespace);
  const replace: Store["replace"] = (plural, object) => {
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    const before = of(plural).get(key);
    if (before === undefined || sameJson(before, withVersion(object, before.metadata.resourceVersion)))
      return before ?? object;
    return log.append("MODIFIED", plural, before, (version) => {
      const after = withVersion(object, version);
      of(plural).put(after);
      return after;
    });
  };
  return {
    // INVARIANT: what is stored under a plural is of its kind; the API's validation and the seed see to it.
    list: (plural, namespace) => listAny(plural, namespace) as Kinds[typeof plural][],
    get: (plural, namespace, name) => getAny(plural, namespace, name) as Kinds[typeof plural] | undefined,
    listAny,
    getAny,
    create: (plural, body) => {
      const key = keyOf(body.metadata.namespace, body.metadata.name);
      if (of(plural).get(key) !== undefined) return undefined;
      return log.append("ADDED", plural, undefined, (version) => {
        const object = newObject(plural, body, version, now());
        of(plural).put(object);
        return object;
      });
    },
    replace,
    update: (plural, object, change) => {
      const current = getAny(plural, object.metadata.namespace, object.metadata.name);
      if (current?.metadata.uid !== object.metadata.uid) return object;
      const draft = structuredClone(current) as typeof object;
      change(draft);
      return replace(plural, draft) as typeof object;
    },
    remove: (plural, object) => {
      const key = keyOf(object.metadata.namespace, object.metadata.name);
      const before = of(plural).get(key);
      if (before?.metadata.uid !== object.metadata.uid) return;
      of(plural).drop(before);
      log.append("DELETED", plural, before, (version) => withVersion(before, version));
    },
    version: log.version,
    since: log.since,
    watch: log.watch,
    dump: () => ({ version: log.version(), objects: objects.dump() }),
  };
}

/** The objects of one kind, all of them and by namespace: almost every question names one. */
type Shelf = {
  readonly get: (key: string) => KubeObject | undefined;
  readonly list: (namespace?: string) => KubeObject[];
  readonly put: (object: KubeObject) => void;
  readonly drop: (object: KubeObject) => void;
};

function openShelf(): Shelf {
  const all = new Map<string, KubeObject>();
  const within = new Map<string, Map<string, KubeObject>>();
  return {
    get: (key) => all.get(key),
    list: (namespace) => [...(namespace === undefined ? all : (within.get(namespace) ?? NONE)).values()],
    put: (object) => {
      const { namespace = "", name } = object.metadata;
      const neighbours = within.get(namespace) ?? new Map<string, KubeObject>();
      within.set(namespace, neighbours.set(name, object));
      all.set(keyOf(namespace, name), object);
    },
    drop: ({ metadata: { namespace = "", name } }) => {
      within.get(namespace)?.delete(name);
      all.delete(keyOf(namespace, name));
    },
  };
}

const NONE: ReadonlyMap<string, KubeObject> = new Map();

function openShelves(from: StoreDump | undefined): { of: (plural: string) => Shelf; dump: () => StoreDump["objects"] } {
  const shelves = new Map<string, Shelf>();
  for (const [plural, all] of Object.entries(from?.objects ?? {})) {
    const shelf = openShelf();
    for (const object of all) shelf.put(object);
    shelves.set(plural, shelf);
  }
  return {
    of: (plural) => {
      const found = shelves.get(plural) ?? openShelf();
      shelves.set(plural, found);
      return found;
    },
    dump: () => Object.fromEntries([...shelves].map(([plural, shelf]) => [plural, shelf.list()])),
  };
}

type Log = Pick<Store, "version" | "since" | "watch"> & {
  /** Gives the change the next version, makes it, and tells every watch. */
  readonly append: (
    type: Change["type"],
    plural: string,
    before: KubeObject | undefined,
    make: (version: string) => KubeObject,
  ) => KubeObject;
};

function openLog(start: number): Log {
  let version = start;
  let changes: Change[] = [];
  let forgottenUpTo = start;
  const listeners = new Set<(change: Change) => void>();
  return {
    append: (type, plural, before, make) => {
      version += 1;
      const change = { type, plural, object: make(String(version)), before, version };
      changes.push(change);
      if (changes.length > CHANGES_REMEMBERED * 2) {
        changes = changes.slice(-CHANGES_REMEMBERED);
        forgottenUpTo = (changes[0]?.version ?? version) - 1;
      }
      for (const listener of listeners) listener(change);
      return change.object;
    },
    version: () => version,
    since: (from) => (from < forgottenUpTo ? undefined : changes.filter((change) => change.version > from)),
    watch: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function newObject(plural: string, body: Body, version: string, now: number): KubeObject {
  const resource = resourceOf(plural);
  const time = timestamp(now);
  const metadata = {
    creationTimestamp: time,
    ...(COUNTED.has(plural) ? { generation: 1 } : {}),
    managedFields: [firstManager(plural, apiVersionOf(resource), time)],
    ...body.metadata,
    uid: randomUUID(),
    resourceVersion: version,
  };
  return {
    ...structuredClone(body),
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: structuredClone(metadata),
  };
}

/** Kinds whose generation counts what is wanted. */
const COUNTED = new Set([
  "pods",
  "deployments",
  "replicasets",
  "statefulsets",
  "daemonsets",
  "jobs",
  "cronjobs",
  "poddisruptionbudgets",
]);
const MANAGERS: Readonly<Record<string, string>> = {
  deployments: "kubectl-client-side-apply",
  namespaces: "kube-apiserver",
  nodes: "kubelet",
};

function firstManager(plural: string, apiVersion: string, time: string): ManagedFields {
  const manager = MANAGERS[plural] ?? "kube-controller-manager";
  return { manager, operation: "Update", apiVersion, time, fieldsType: "FieldsV1", fieldsV1: {} };
}

function withVersion(object: KubeObject, resourceVersion: string): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}/${name}`;
}
