import type { Exchange } from "./place.ts";

/** Where two places answer the same request differently, in what the client relies on. */

/** The fields that the client's types name, maps and quantities as one field each; the rest of an object is carried and never read. */
const RELIED = [
  /^(apiVersion|kind)$/,
  /^metadata\.(name|namespace|uid|resourceVersion|generation|creationTimestamp|deletionTimestamp|deletionGracePeriodSeconds|labels|annotations)$/,
  /^metadata\.(ownerReferences\[\]\.(kind|name|uid|controller)|managedFields\[\]\.(manager|operation|time))$/,
  /^spec\.(replicas|paused|nodeName|unschedulable|holderIdentity|progressDeadlineSeconds|strategy\.type)$/,
  /^spec\.selector\.match(Labels|Expressions)$/,
  /^spec\.(template\.(metadata\.(labels|annotations)|spec\.)|)containers\[\]\.(name|image|env\[\]\.(name|value)|resources\.(limits|requests))$/,
  /^status\.(observedGeneration|replicas|updatedReplicas|readyReplicas|availableReplicas|unavailableReplicas|phase|startTime|selector)$/,
  /^status\.conditions\[\]\.(type|status|reason|message|lastTransitionTime|lastUpdateTime)$/,
  /^status\.containerStatuses\[\]\.(name|ready|restartCount|image|(state|lastState)\.(waiting|running|terminated)\.(reason|message|startedAt|exitCode|finishedAt))$/,
  /^(reason|message|type|count|firstTimestamp|lastTimestamp|eventTime|involvedObject\.(kind|namespace|name|uid))$/,
  /^status\.(allowed|userInfo\.username)$/,
];
const MAPS = /^(metadata|spec\.template\.metadata)\.(labels|annotations)$|\.(matchLabels|limits|requests|fieldsV1)$/;

export function differences(one: readonly Exchange[], other: readonly Exchange[]): readonly string[] {
  const [left, right] = [byStep(one), byStep(other)];
  const steps = [...new Set([...left.keys(), ...right.keys()])];
  return steps.flatMap((step) => {
    const [a, b] = [left.get(step) ?? [], right.get(step) ?? []];
    const count = a.length === b.length ? [] : [`${step}: ${a.length} requests here, ${b.length} there`];
    return [...count, ...a.flatMap((exchange, at) => between(step, exchange, b[at]))];
  });
}

function byStep(exchanges: readonly Exchange[]): ReadonlyMap<string, readonly Exchange[]> {
  return Map.groupBy(exchanges.toSorted(byWhatIsAsked), ({ step }) => step);
}

/** What is asked at once has no order. */
function byWhatIsAsked(one: Exchange, other: Exchange): number {
  return keyOf(one) < keyOf(other) ? -1 : Number(keyOf(one) !== keyOf(other));
}

function keyOf(exchange: Exchange): string {
  const { verb, path, body = "" } = exchange.request;
  const question = path.includes("/selfsubject") ? body : "";
  return `${exchange.who} ${verb} ${pathOf(exchange)} ${exchange.reply.status} ${question}`;
}

function pathOf({ request: { path } }: Exchange): string {
  return plain(decodeURIComponent(path.replaceAll("+", " ")));
}

function between(step: string, one: Exchange, other: Exchange | undefined): readonly string[] {
  if (other === undefined) return [];
  const asked = `${one.who} ${one.request.verb} ${pathOf(one)}`;
  if (asked !== `${other.who} ${other.request.verb} ${pathOf(other)}`)
    return [`${step}: ${asked} here, ${other.who} ${other.request.verb} ${pathOf(other)} there`];
  const [a, b] = [answer(one), answer(other)];
  const parts = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((part) => a[part] !== b[part]);
  return parts.map((part) => `${step}: ${asked}: ${part}: ${a[part] ?? "absent"} | ${b[part] ?? "absent"}`);
}

/** An answer as a flat record: the status, and of a body what the client relies on. */
function answer(exchange: Exchange): Readonly<Record<string, string>> {
  const { status, text } = exchange.reply;
  const body = parsed(text);
  if (!isObject(body)) return { status: String(status), body: text === "" ? "empty" : "text" };
  if (body["kind"] === "Status") return { status: String(status), ...refusal(body) };
  const found: Record<string, string> = { status: String(status) };
  if (said(body["kind"]).endsWith("Review")) {
    collect({ status: body["status"] }, "", found);
    return found;
  }
  const items = body["items"];
  if (!Array.isArray(items)) collect(body, "", found);
  else {
    found["list"] = said(body["kind"]);
    found["continues"] = String(isObject(body["metadata"]) && typeof body["metadata"]["continue"] === "string");
    found["empty"] = String(items.length === 0);
    for (const item of items) collect(item, "", found);
    // Which of many is on its way out is a matter of the moment.
    delete found["metadata.deletionTimestamp"];
    delete found["metadata.deletionGracePeriodSeconds"];
  }
  // A phase of nodes is the simulated kubelets' own word; nobody has written one for years.
  if (exchange.request.path.includes("/nodes")) delete found["status.phase"];
  return found;
}

function refusal(body: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const { reason, message, details, status } = body;
  const causes = isObject(details) && Array.isArray(details["causes"]) ? details["causes"] : [];
  return {
    outcome: said(status),
    reason: said(reason),
    message: plain(said(message)),
    causes: plain(
      causes
        .map((cause: unknown) => (isObject(cause) ? `${said(cause["reason"])} ${said(cause["field"])}` : ""))
        .join(", "),
    ),
  };
}

function said(value: unknown): string {
  return typeof value === "string" ? value : value === undefined ? "none" : JSON.stringify(value);
}

function collect(value: unknown, path: string, found: Record<string, string>): void {
  if (Array.isArray(value)) for (const item of value) collect(item, `${path}[]`, found);
  else if (isObject(value) && !MAPS.test(path))
    for (const [key, inner] of Object.entries(value)) collect(inner, path === "" ? key : `${path}.${key}`, found);
  else if (RELIED.some((relied) => relied.test(path)))
    found[path] = path === "status.allowed" ? String(value) : kindOf(value);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value))
    return value.includes(".") ? "time with fractions" : "time";
  return typeof value;
}

/** Without what no two places have in common: uids, versions, times, and the random ends of names. */
export function plain(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uid>")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
    .replaceAll(/\b(web|cart|api)-[a-z0-9]{6,10}-[a-z0-9]{5}\b/g, "$1-<pod>")
    .replaceAll(/\b(web|cart|api)-[a-z0-9]{6,10}\b/g, "$1-<revision>")
    .replaceAll(/pod-template-hash=\w+/g, "pod-template-hash=<hash>")
    .replaceAll(/nodeName=node-\d/g, "nodeName=<node>")
    .replaceAll(/"\{(?:[^"\\]|\\.){200,}"/g, "<the whole object>")
    .replaceAll(/Go struct field \S+ of type \S+/g, "Go struct field <field>")
    .replaceAll(/resourceVersion=\d+/g, "resourceVersion=<version>")
    .replaceAll(/continue=[^&]+/g, "continue=<place>")
    .replaceAll(/holdfast-run\w+/g, "holdfast-<run>");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
