/** One line of the change: `image  a -> b`. */
export type Line = { readonly field: string; readonly from: string; readonly to: string };

/** Walks two JSON values side by side and tells each leaf that is not the same on both. */
export function differencesOf(before: unknown, after: unknown): readonly Line[] {
  const [old, fresh] = [leaves(before, ""), leaves(after, "")];
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .filter((field) => old.get(field) !== fresh.get(field))
    .map((field) => ({
      field: field === "" ? "(the whole)" : field,
      from: old.get(field) ?? "(absent)",
      to: fresh.get(field) ?? "(absent)",
    }));
}

/** Every leaf under its path; what is null stands for what is not there. */
function leaves(value: unknown, path: string): ReadonlyMap<string, string> {
  if (value === null || value === undefined) return new Map();
  if (Array.isArray(value))
    return together(value.map((item, at) => leaves(item, `${path}[${nameOf(item, value) ?? at}]`)));
  if (typeof value === "object")
    return together(
      Object.entries(value).map(([name, member]) => leaves(member, path === "" ? name : `${path}.${name}`)),
    );
  return new Map([[path, typeof value === "string" ? value : JSON.stringify(value)]]);
}

function together(maps: readonly ReadonlyMap<string, string>[]): ReadonlyMap<string, string> {
  return new Map(maps.flatMap((map) => [...map]));
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
