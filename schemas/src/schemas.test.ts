import avro from "avsc";
import fc from "fast-check";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { generateTypes } from "../../scripts/generate-types.ts";
import { loadVersions, UndecodableError } from "./avro.ts";
import { decode, encode } from "./codec.ts";
import { fingerprint } from "./crc64.ts";
import { sha256, shortCode } from "./digest.ts";
import { fixtureNames, readFixture } from "./testing.ts";
import { TOPICS, type Events, type Topic } from "./topics.ts";

const root = new URL("../", import.meta.url);
const schemaOf = (subject: string, file = "v1.avsc"): unknown =>
  JSON.parse(readFileSync(new URL(`${subject}/${file}`, root), "utf8"));
const SUBJECTS = [...TOPICS, "audit-entry"];

test("the fingerprint is CRC-64-AVRO, little-endian", () => {
  const vectors = {
    '"null"': "63dd24e7cc258f8a",
    '"int"': "7275d51a3f395c8f",
    '"string"': "8f014872634503c7",
    '{"name":"foo","type":"record","fields":[{"name":"f1","type":"boolean"}]}': "6cd8eaf1c968a33b",
  };
  for (const [form, hex] of Object.entries(vectors))
    expect(Buffer.from(fingerprint(form)).reverse().toString("hex")).toBe(hex);
});

test("the types are those of the schemas as they stand", () => {
  expect(readFileSync(new URL("src/generated.ts", root), "utf8")).toBe(generateTypes());
});

describe.each(TOPICS)("%s", (topic) => {
  test.each(fixtureNames(topic, "valid"))("%s survives encoding and decoding", (name) => {
    const event = readFixture(topic, "valid", name) as Events[Topic];
    expect(decode(topic, encode(topic, event))).toEqual(event);
  });
  test.each(fixtureNames(topic, "invalid"))("%s is refused", (name) => {
    expect(() => encode(topic, readFixture(topic, "invalid", name) as Events[Topic])).toThrow(TypeError);
  });
});

describe.each(SUBJECTS)("the schema of %s", (subject) => {
  test("is never edited after its release: its hash is on the list", () => {
    const released = JSON.parse(readFileSync(new URL("released.json", root), "utf8")) as Record<string, string>;
    for (const file of readdirSync(new URL(`${subject}/`, root)).filter((name) => name.endsWith(".avsc"))) {
      expect(
        released[`${subject}/${file}`],
        `${subject}/${file} is new: add its hash to schemas/released.json; if it was edited, make a new version`,
      ).toBe(sha256(readFileSync(new URL(`${subject}/${file}`, root))).toString("hex"));
    }
  });
  test("uses only the subset of Avro that survives", () => expect(faultsOf(schemaOf(subject))).toEqual([]));
  test("reads every older version, and is read by it", () => {
    const versions = loadVersions(subject);
    for (const older of versions)
      for (const newer of versions) expect(() => newer.type.createResolver(older.type)).not.toThrow();
  });
});

test("a letter of the first version is read as one that is parked and holds its key", () => {
  const hex =
    "c301f5949a23f5868a364835353336333635662d663030332d356165642d623833382d3962393264616362656135384865616535363833622d313866642d353163362d396635372d3563636334303333633737312470726f706f73616c732e617070726f7665640602d0c1d792c06802186e6f742061207265636f7264020a63655f6964027800106578656375746f7216756e6465636f6461626c6584017468652076616c756520646f6573206e6f7420626567696e207769746820746865204176726f2073696e676c652d6f626a656374206d61726b65722043332030312e02e4c1d792c068";
  expect(decode("dead-letters", Buffer.from(hex, "hex"))).toEqual({
    ...(readFixture("dead-letters", "valid", "undecodable-bundle") as object),
    kind: "parked",
    letter: null,
    person: null,
    reason: null,
    holds: true,
  });
});

/** No maps, no unions but with null, no enum without UNKNOWN, no logical types, no array of nothing. */
function faultsOf(schema: unknown, at = ""): readonly string[] {
  if (typeof schema === "string")
    return ["string", "bytes", "boolean", "int", "long"].includes(schema) || schema.startsWith("holdfast.")
      ? []
      : [`${at}: ${schema}`];
  if (Array.isArray(schema))
    return schema.length === 2 && schema[0] === "null"
      ? faultsOf(schema[1], at)
      : [`${at}: a union that is not ["null", X]`];
  const named = schema as {
    readonly type: string;
    readonly items?: unknown;
    readonly name?: string;
    readonly symbols?: readonly string[];
    readonly default?: string;
    readonly size?: number;
    readonly fields?: readonly { readonly name: string; readonly type: unknown }[];
  };
  if ("logicalType" in named) return [`${at}: a logical type`];
  switch (named.type) {
    case "array":
      return faultsOf(named.items, `${at}[]`);
    case "fixed":
      return (named.size ?? 0) > 0 ? [] : [`${at}: a fixed of nothing`];
    case "enum":
      return named.symbols?.[0] === "UNKNOWN" && named.default === "UNKNOWN"
        ? []
        : [`${at}: an enum that cannot be extended`];
    case "record":
      return (named.fields ?? []).length === 0
        ? [`${at}: an empty record`]
        : (named.fields ?? []).flatMap((field) => faultsOf(field.type, `${at}.${field.name}`));
    default:
      return [`${at}: ${named.type}`];
  }
}

test("the lint of the subset can fail", () => {
  const planted = [
    { type: "map", values: "string" },
    ["string", "null"],
    { type: "enum", name: "E", symbols: ["A"] },
    "double",
    { type: "record", name: "R", fields: [] },
    { type: "long", logicalType: "timestamp-millis" },
  ];
  for (const schema of planted) expect(faultsOf(schema)).not.toEqual([]);
});

describe("hostile bytes", () => {
  const alert = encode("alerts", readFixture("alerts", "valid", "firing") as Events["alerts"]);
  const refused = (value: Buffer): void => expect(() => decode("alerts", value)).toThrow(UndecodableError);

  test("another marker, another schema and a cut or lengthened body are undecodable", () => {
    refused(Buffer.alloc(0));
    refused(Buffer.concat([Buffer.from([0, 0, 0, 0, 1]), alert.subarray(10)]));
    refused(Buffer.concat([alert.subarray(0, 2), Buffer.alloc(8), alert.subarray(10)]));
    refused(alert.subarray(0, -1));
    refused(Buffer.concat([alert, Buffer.from([0])]));
  });
  test("a record of one topic is no record of another", () =>
    expect(() => decode("incidents", alert)).toThrow(UndecodableError));
  test("no damaged byte ends the process or escapes as another error", () => {
    fc.assert(
      fc.property(fc.nat(alert.length - 1), fc.nat(255), (at, byte) => {
        const damaged = Buffer.from(alert);
        damaged[at] = byte;
        try {
          decode("alerts", damaged);
        } catch (cause) {
          expect(cause).toBeInstanceOf(UndecodableError);
        }
      }),
    );
  });
  test("five bytes that claim a billion items are refused at once, where the unguarded decoder ends the process", () => {
    const bomb = (guard: string): string => `
      import avro from "avsc";
      ${guard}
      const type = avro.Type.forSchema({ type: "array", items: "int" });
      try { type.fromBuffer(Buffer.from([0x80, 0xa8, 0xd6, 0xb9, 0x07])); } catch { process.exitCode = 7; }`;
    const run = (source: string): number | null =>
      spawnSync(process.execPath, ["--max-old-space-size=64", "--input-type=module", "-e", source], {
        cwd: new URL(".", import.meta.url),
      }).status;
    expect(run(bomb(`import { guardDecoder } from "./decoder-guard.ts"; guardDecoder();`))).toBe(7);
    expect(run(bomb(""))).not.toBe(7);
  });
  test("a count beyond the bytes that are left is refused before anything is read, and so is one that is skipped", () => {
    const [bytes, writer] = [Buffer.from([0xd0, 0x0f, 0]), avro.Type.forSchema({ type: "array", items: "int" })];
    expect(() => writer.fromBuffer(bytes)).toThrow(/claims more items/);
    const fields = [
      { name: "gone", type: { type: "array", items: "int" } },
      { name: "kept", type: "int" },
    ];
    const before = avro.Type.forSchema({ type: "record", name: "R", fields } as never);
    const now = avro.Type.forSchema({ type: "record", name: "R", fields: fields.slice(1) } as never);
    expect(() => now.fromBuffer(bytes, now.createResolver(before))).toThrow(/claims more items/);
  });
  test("avsc still has the methods that the guard replaces", () =>
    expect(avro.types.ArrayType.prototype).toHaveProperty("_read"));
});

test("a short code is the first 30 bits of the digest", () => {
  expect(shortCode("00000000")).toBe("0000-00");
  expect(shortCode("ffffffff")).toBe("ZZZZ-ZZ");
  expect(shortCode("084210840")).toBe("1111-11");
});
