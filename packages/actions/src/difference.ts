import { isRecord, sameJson } from "./same-json.ts";

export type Difference = { readonly before: unknown; readonly after: unknown };

type Named = { readonly name: string } & Readonly<Record<string, unknown>>;

/**
 * Two JSON values of one shape with only what differs; what one side lacks is null there. Lists whose items have unique
 * names (containers, env) are compared by name; any other list is shown whole, because its order may mean something.
 * @returns undefined where nothing differs.
 */
export function difference(before: unknown, after: unknown): Difference | undefined {
  if (sameJson(before ?? null, after ?? null)) return undefined;
  if (isRecord(before) && isRecord(after)) return ofRecords(before, after);
  if (Array.isArray(before) && Array.isArray(after)) return ofLists(before, after);
  return { before: before ?? null, after: after ?? null };
}

function ofRecords(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): Difference {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return paired(names.map((name) => [name, difference(own(before, name), own(after, name))]));
}

function paired(members: readonly (readonly [string, Difference | undefined])[]): {
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
} {
  const changed = members.flatMap(([name, each]) => (each ? [{ name, each }] : []));
  return {
    before: Object.fromEntries(changed.map(({ name, each }) => [name, each.before])),
    after: Object.fromEntries(changed.map(({ name, each }) => [name, each.after])),
  };
}

function ofLists(before: readonly unknown[], after: readonly unknown[]): Difference {
  if (!allNamed(before) || !allNamed(after) || !sameOrder(before, after)) return { before, after };
  const names = [...new Set([...before, ...after].map((item) => item.name))];
  const changed = names.flatMap((name) => ofItem(name, before, after));
  return { before: changed.map((each) => each.before), after: changed.map((each) => each.after) };
}

function ofItem(name: string, before: readonly Named[], after: readonly Named[]): readonly Difference[] {
  const old = before.find((item) => item.name === name);
  const fresh = after.find((item) => item.name === name);
  if (sameJson(old, fresh)) return [];
  const found = ofRecords(old ?? { name }, fresh ?? { name });
  return [{ before: { name, ...asRecord(found.before) }, after: { name, ...asRecord(found.after) } }];
}

function allNamed(items: readonly unknown[]): items is readonly Named[] {
  const names = items.map((item) => (isRecord(item) && saysMoreThanItsName(item) ? item["name"] : undefined));
  return names.every((name) => typeof name === "string") && new Set(names).size === names.length;
}

/** An item that is there and says nothing but its name, or nulls beside it, differs from no item, and must not look the same. */
function saysMoreThanItsName(item: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(item).some(([member, value]) => member !== "name" && (value ?? null) !== null);
}

function sameOrder(before: readonly Named[], after: readonly Named[]): boolean {
  const common = (items: readonly Named[], others: readonly Named[]) =>
    items.map((item) => item.name).filter((name) => others.some((other) => other.name === name));
  return common(before, after).join("\n") === common(after, before).join("\n");
}

function own(value: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
