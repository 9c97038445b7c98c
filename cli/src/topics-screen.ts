import type { Compared, Difference, Right } from "@holdfast/bus/kafka/topology";
import { visibleLine } from "@holdfast/schemas";
import { row, WIDTH, wrapped } from "./line.ts";
import type { Paint } from "./world.ts";

export type Place = { readonly brokers: string; readonly prefix: string; readonly replication: number };

type Of<K extends Difference["kind"]> = Extract<Difference, { readonly kind: K }>;

const NAME = 21;
const DAY_MS = 24 * 60 * 60 * 1000;

/** What differs, grouped by what a person does about it, and the command that does it. */
export function planLines({ differences, wanted, actual }: Compared, place: Place, paint: Paint): readonly string[] {
  const of = <K extends Difference["kind"]>(kind: K): readonly Of<K>[] =>
    differences.filter((each): each is Of<K> => each.kind === kind);
  const short = (name: string): string => (name.startsWith(place.prefix) ? name.slice(place.prefix.length) : name);
  const line = (name: string, says: string): readonly string[] => entry(short(name), says);
  const sections = [
    section("TOPICS TO CREATE", of("topic-missing"), ({ topic: { name, partitions, configs } }) =>
      line(name, `${partitions} partitions, kept for ${Number(configs["retention.ms"]) / DAY_MS} days`),
    ),
    rightsToGive(of("right-missing"), short),
    section("SETTINGS THAT DIFFER", of("setting"), ({ topic, name, have = "not set", want }) =>
      line(topic, `${name} is ${have}, should be ${want}`),
    ),
    section("NUMBERS THAT DIFFER", [...of("partitions"), ...of("replication")], (each) =>
      line(each.topic, `${each.kind}: ${each.have}, should be ${each.want}. ${BY_HAND[each.kind]}`),
    ),
    section("RIGHTS TOO MANY", of("right-extra"), ({ right, isRemovable }) =>
      entry(
        userOf(right),
        `${phraseOf(right, short)}${isRemovable ? "" : ". It reaches beyond Holdfast: remove it by hand"}`,
      ),
    ),
    section("UNKNOWN TOPICS", of("topic-unknown"), ({ topic }) =>
      entry(topic, "is none of Holdfast's, and is left alone: move it out of the prefix"),
    ),
  ];
  const enforced =
    actual.rights === undefined
      ? paint("warn", "not enforced: whoever reaches these brokers may read and write everything")
      : `${wanted.rights.length} for ${new Set(wanted.rights.map(({ principal }) => principal)).size} users`;
  return [
    `KAFKA    ${visibleLine(place.brokers)}`,
    `TOPICS   ${wanted.topics.length}, called ${place.prefix}NAME, each record on ${place.replication} ${place.replication === 1 ? "broker" : "brokers"}`,
    `RIGHTS   ${enforced}`,
    ...sections.flatMap(({ title, lines }) => (lines.length === 0 ? [] : ["", paint("strong", title), ...lines])),
    "",
    ...nextLines(differences, paint),
  ];
}

/** What was done, in a sentence. */
export function doneLines(done: readonly Difference[]): readonly string[] {
  const verbs: readonly (readonly [Difference["kind"], string])[] = [
    ["topic-missing", "topics created"],
    ["right-missing", "rights given"],
    ["setting", "settings set"],
    ["right-extra", "rights removed"],
  ];
  const counts = verbs.flatMap(([kind, says]) => {
    const count = done.filter((each) => each.kind === kind).length;
    return count === 0 ? [] : [`${count} ${says}`];
  });
  return counts.length === 0 ? [] : [...row("DONE", counts.join(", ")), ""];
}

type Section = { readonly title: string; readonly lines: readonly string[] };

function section<T>(title: string, all: readonly T[], says: (one: T) => readonly string[]): Section {
  return { title, lines: all.flatMap(says) };
}

/** A line for each service and operation rather than one for each entry of the list. */
function rightsToGive(missing: readonly Of<"right-missing">[], short: (name: string) => string): Section {
  const rights = missing.map(({ right }) => right).filter(({ operation }) => operation !== "DescribeConfigs");
  const groups = Map.groupBy(rights, ({ principal, resource, operation }) => `${principal} ${resource} ${operation}`);
  let before = "";
  const lines = [...groups.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const [user, last] = [userOf(first), before];
    before = user;
    const says = [phraseOf(first, short), ...others.map(({ name }) => short(name))].join(", ");
    return entry(user === last ? "" : user, says);
  });
  const seen = missing.length - rights.length;
  const settings = seen === 0 ? [] : entry("", `and to see the settings of each, ${seen} in all`);
  return { title: "RIGHTS TO GIVE", lines: [...lines, ...settings] };
}

function userOf({ principal }: Right): string {
  return principal.replace(/^User:/, "");
}

/** What only Kafka has a word for keeps it. */
const VERBS: Partial<Readonly<Record<Right["operation"], string>>> = {
  All: "do everything with",
  Read: "read",
  Write: "write",
  Describe: "see",
  DescribeConfigs: "see the settings of",
};

function phraseOf(right: Right, short: (name: string) => string): string {
  const { resource, name, pattern, operation, permission, host } = right;
  const may = permission === "deny" ? "is denied to " : "";
  const verb = resource === "group" && operation === "Read" ? "join" : (VERBS[operation] ?? operation);
  const on = `${resource === "topic" ? "" : `${resource} `}${short(name)}${pattern === "prefixed" ? "…" : ""}`;
  return `${may}${verb} ${on}${host === "*" ? "" : ` from ${host}`}`;
}

function entry(name: string, says: string): readonly string[] {
  const seen = visibleLine(name);
  const head = `  ${seen.padEnd(NAME)}`;
  const room = WIDTH - NAME - 2;
  const lines = wrapped(visibleLine(says), room, seen.length > NAME - 1 ? 1 : room);
  return lines.map((text, at) => `${at === 0 ? head : " ".repeat(NAME + 2)}${text}`.trimEnd());
}

const BY_HAND = {
  partitions: "That cannot be changed under records: one incident would be torn apart",
  replication: "Kafka's own kafka-reassign-partitions moves it",
} as const;

function nextLines(differences: readonly Difference[], paint: Paint): readonly string[] {
  if (differences.length === 0) return [paint("go", "Nothing differs.")];
  const kinds = new Set(differences.map(({ kind }) => kind));
  const isRemovable = differences.some((each) => each.kind === "right-extra" && each.isRemovable);
  return [
    ...(kinds.has("topic-missing") || kinds.has("right-missing")
      ? ["holdfast topics apply                   creates what is missing"]
      : []),
    ...(kinds.has("setting") ? ["holdfast topics apply --mend            sets the settings that differ"] : []),
    ...(isRemovable ? ["holdfast topics apply --remove-extra    removes the rights that are too many"] : []),
    ...(kinds.has("partitions") || kinds.has("replication") || kinds.has("topic-unknown")
      ? ["What no command above mends is for a person who knows these brokers."]
      : []),
  ];
}
