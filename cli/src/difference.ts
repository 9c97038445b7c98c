/** One line of the change: `image  a -> b`. */
export type Line = { readonly field: string; readonly from: string; readonly to: string };

/** Walks two JSON values side by side and tells each leaf that is not the same on both. */
export function differencesOf(before: unknown, after: unknown): readonly Line[] {
  const [old, fresh] = [leaves(before, ""), leaves(after, "")];
  const changed = [...new Set([...old.keys(), ...fresh.keys()])]
    .filter((field) => old.get(field) !== fresh.get(field))
    .map((field) => ({
      field: field === "" ? "(the whole)" : field,
      from: old.get(field) ?? "(absent)",
      to: fresh.get(field) ?? "(absent)",
    }));
  return [...moved(before, after, ""), ...changed];
}

/** What stands on both sides in another order is a change too: init containers run in theirs, and env refers backwards. */
function moved(before: unknown, after: unknown, path: string): readonly Line[] {
  const [old, fresh] = [membersOf(before, path), membersOf(after, path)];
  const inside = [...old].flatMap(([field, value]) => moved(value, fresh.get(field), field));
  if (!Array.isArray(before) || !Array.isArray(after)) return inside;
  const [from, to] = [namesIn(before, fresh, path), namesIn(after, old, path)];
  return from === to ? inside : [{ field: `${path} (order)`, from, to }, ...inside];
}

function namesIn(list: readonly unknown[], other: ReadonlyMap<string, unknown>, path: string): string {
  return list
    .map((item, at) => nameOf(item, list) ?? String(at))
    .filter((name) => other.has(`${path}[${name}]`))
    .join(", ");
}

/** What a value is made of, each under its path. */
function membersOf(value: unknown, path: string): ReadonlyMap<string, unknown> {
  if (typeof value !== "object" || value === null) return new Map();
  if (Array.isArray(value)) return new Map(value.map((item, at) => [`${path}[${nameOf(item, value) ?? at}]`, item]));
  return new Map(Object.entries(value).map(([name, member]) => [path === "" ? name : `${path}.${name}`, member]));
}

/** Every leaf under its path; what is null stands for what is not there, and what is empty is there. */
function leaves(value: unknown, path: string): ReadonlyMap<string, string> {
  if (value === null || value === undefined) return new Map();
  const members = [...membersOf(value, path)];
  if (members.length > 0) return new Map(members.flatMap(([field, member]) => [...leaves(member, field)]));
  return new Map([[path, typeof value === "string" ? value : JSON.stringify(value)]]);
}

/** Containers and env go by their names, where those tell them apart. */
function nameOf(item: unknown, list: readonly unknown[]): string | undefined {
  const name = ownName(item);
  return name !== undefined && list.filter((other) => ownName(other) === name).length === 1 ? name : undefined;
}

function ownName(item: unknown): string | undefined {
  if (typeof item !== "object" || item === null || !("name" in item)) return undefined;
  return typeof item.name === "string" ? item.name : undefined;
}

/** Paths of a pod template are long and all begin alike; the beginning is left out where nothing else could be meant. */
export function shortField(field: string): string {
  return field
    .replace(/^spec\.template\.spec\.containers/, "")
    .replace(/^\[([^\]]+)\]\./, "$1 ")
    .replace(/env\[([^\]]+)\]\.value$/, "env $1");
}
