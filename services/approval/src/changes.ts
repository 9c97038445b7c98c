/** One field that changes, in JSON; null where it is not there. */
export type Changed = { readonly path: string; readonly before: unknown; readonly after: unknown };

/** The fields that differ between two JSON values. Nothing is left out: what cannot be taken apart is shown whole. */
export function changesOf(before: unknown, after: unknown, path = ""): readonly Changed[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (isRecord(before) && isRecord(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => changesOf(before[name], after[name], path === "" ? name : `${path}.${name}`));
  }
  const pairs = pairedByName(before, after);
  if (pairs !== undefined)
    return [
      ...moved(before, after, path),
      ...pairs.flatMap(([name, old, fresh]) => changesOf(old, fresh, `${path}[${name}]`)),
    ];
  return [{ path: path === "" ? "the whole object" : path, before: before ?? null, after: after ?? null }];
}

/** Two lists of things with unique names, such as containers and env. */
function pairedByName(before: unknown, after: unknown): readonly (readonly [string, unknown, unknown])[] | undefined {
  const [old, fresh] = [byName(before), byName(after)];
  if (old === undefined || fresh === undefined) return undefined;
  return [...new Set([...old.keys(), ...fresh.keys()])].map((name) => [name, old.get(name), fresh.get(name)]);
}

/** What stands on both sides in another order is a change too: init containers run in theirs, and env refers backwards. */
function moved(before: unknown, after: unknown, path: string): readonly Changed[] {
  const [old, fresh] = [before, after].map((list) => [...(byName(list)?.keys() ?? [])]);
  const was = old?.filter((name) => fresh?.includes(name)) ?? [];
  const is = fresh?.filter((name) => old?.includes(name)) ?? [];
  return JSON.stringify(was) === JSON.stringify(is) ? [] : [{ path: `${path} (order)`, before: was, after: is }];
}

function byName(list: unknown): ReadonlyMap<string, unknown> | undefined {
  if (!Array.isArray(list)) return undefined;
  const named = new Map<string, unknown>();
  for (const item of list) {
    if (!isRecord(item) || typeof item["name"] !== "string" || named.has(item["name"])) return undefined;
    named.set(item["name"], item);
  }
  return named;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
