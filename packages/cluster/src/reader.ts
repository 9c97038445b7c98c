import type { Connection } from "./connection.ts";
import { ForbiddenError } from "./forbidden.ts";
import type { KubeObject } from "./objects.ts";
import { collectionPath, objectPath } from "./places.ts";
import type { ClusterReader, Kind, ListOptions, LogOptions, Ref } from "./port.ts";
import { isObject, member, objectOf, parsed, sentence, textIn, type Reply } from "./status.ts";

const PAGE_OBJECTS = 250;
const LIST_OBJECTS_MAX = 10_000;

/** Where there is a pod and no log: nothing ran before, or nothing runs yet. */
const NO_LOG = /previous terminated container .* not found|is waiting to start|ContainerCreating|PodInitializing/;

/** Reads through raw JSON: what this client does not know stays in the object. */
export function openReader({ call }: Pick<Connection, "call">, timeoutMs: number): ClusterReader {
  const read = (path: string, signal?: AbortSignal) => call({ verb: "GET", path }, timeoutMs, signal);

  async function get<T extends KubeObject>(ref: Ref, signal?: AbortSignal): Promise<T | undefined> {
    const reply = await read(objectPath(ref), signal);
    if (reply.status === 404) return undefined;
    const object = objectOf(ok(reply, `reading ${ref.kind} ${ref.name}`));
    if (object?.metadata?.name !== ref.name)
      throw new Error(`The API server sent something else than ${ref.kind} ${ref.name}.`);
    return object as T;
  }

  async function list<T extends KubeObject>(
    kind: Kind,
    options: ListOptions,
    signal?: AbortSignal,
  ): Promise<readonly T[]> {
    const most = options.limit ?? LIST_OBJECTS_MAX;
    const found: T[] = [];
    let next = "";
    do {
      const reply = await read(
        `${collectionPath(kind, options.namespace)}?${listQuery(options, most - found.length, next)}`,
        signal,
      );
      const page = pageOf<T>(ok(reply, `listing ${kind}s`), kind);
      found.push(...page.items);
      next = page.next;
    } while (next !== "" && found.length < most);
    if (next !== "" && options.limit === undefined)
      throw new Error(`There are more than ${LIST_OBJECTS_MAX} ${kind}s: ask for fewer, by a label or a field.`);
    return found.slice(0, most);
  }

  async function logs(options: LogOptions, signal?: AbortSignal): Promise<string | undefined> {
    const reply = await read(logPath(options), signal);
    if (reply.status === 404 || (reply.status === 400 && NO_LOG.test(textIn(parsed(reply.text), "message"))))
      return undefined;
    return ok(reply, `reading the log of ${options.pod}`);
  }

  async function identity(signal?: AbortSignal): Promise<string> {
    const uid = (await get({ kind: "Namespace", namespace: null, name: "kube-system" }, signal))?.metadata?.uid;
    if (!uid) throw new Error("The cluster has no namespace kube-system, so nobody can say which cluster it is.");
    return uid;
  }

  return { identity, get, list, logs };
}

function ok(reply: Reply, doing: string): string {
  if (reply.status === 200) return reply.text;
  if (reply.status === 403) throw new ForbiddenError(`${sentence(reply)} It happened while ${doing}.`);
  throw new Error(`${sentence(reply)} It happened while ${doing}.`);
}

function listQuery({ labelSelector, fieldSelector }: ListOptions, left: number, next: string): string {
  const query = new URLSearchParams({ limit: String(Math.min(PAGE_OBJECTS, left)) });
  if (labelSelector) query.set("labelSelector", labelSelector);
  if (fieldSelector) query.set("fieldSelector", fieldSelector);
  if (next) query.set("continue", next);
  return query.toString();
}

function pageOf<T extends KubeObject>(
  text: string,
  kind: Kind,
): { readonly items: readonly T[]; readonly next: string } {
  const body = parsed(text);
  const items = member(body, "items") ?? [];
  if (!isObject(body) || !Array.isArray(items) || !items.every(isObject))
    throw new Error(`The API server sent no list of ${kind}s.`);
  return { items: items as readonly object[] as readonly T[], next: textIn(member(body, "metadata"), "continue") };
}

function logPath({ namespace, pod, container, previous, tailLines, limitBytes }: LogOptions): string {
  const query = new URLSearchParams({
    container,
    previous: String(previous),
    tailLines: String(tailLines),
    limitBytes: String(limitBytes),
  });
  return `${objectPath({ kind: "Pod", namespace, name: pod })}/log?${query.toString()}`;
}
