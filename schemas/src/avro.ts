import avro from "avsc";
import { readFileSync, readdirSync } from "node:fs";
import { fingerprint } from "./crc64.ts";
import { guardDecoder } from "./decoder-guard.ts";

guardDecoder();

const MAGIC = Buffer.from([0xc3, 0x01]);
const HEADER_BYTES = 10;

/** One schema version: its type, and the ten bytes that every value written with it begins with. */
export type Version = { readonly version: number; readonly type: avro.Type; readonly header: Buffer };

/** Why bytes are not a value: permanent, so the record is parked and never retried. The text holds none of the bytes. */
export class UndecodableError extends Error {
  override readonly name = "UndecodableError";
}

const folder = new URL("../", import.meta.url);

function loadVersion(subject: string, file: string): Version {
  const schema: unknown = JSON.parse(readFileSync(new URL(`${subject}/${file}`, folder), "utf8"));
  const type = avro.Type.forSchema(schema as avro.Schema);
  const canonical = JSON.stringify(type.schema());
  return {
    version: Number(file.slice(1, -".avsc".length)),
    type,
    header: Buffer.concat([MAGIC, fingerprint(canonical)]),
  };
}

/** Every version of a subject, oldest first. The last one is what we write; all of them can be read, for ever. */
export function loadVersions(subject: string): readonly Version[] {
  const files = readdirSync(new URL(`${subject}/`, folder)).filter((file) => /^v\d+\.avsc$/.test(file));
  const versions = files.map((file) => loadVersion(subject, file)).toSorted((a, b) => a.version - b.version);
  if (versions.length === 0) throw new Error(`no schema version of ${subject} in schemas/${subject}`);
  return versions;
}

/** Avro single-object encoding: C3 01, CRC-64-AVRO of the writer's schema, body. */
export function wrap(version: Version, value: unknown): Buffer {
  if (!version.type.isValid(value, { noUndeclaredFields: true })) {
    throw new TypeError(`not a value of the schema ${version.type.name ?? "?"}: ${invalidPath(version.type, value)}`);
  }
  return Buffer.concat([version.header, version.type.toBuffer(value)]);
}

function invalidPath(type: avro.Type, value: unknown): string {
  let where = "its fields are wrong or unknown";
  type.isValid(value, {
    noUndeclaredFields: true,
    errorHook: (path: string[]) => {
      where = `wrong at ${path.join(".")}`;
    },
  });
  return where;
}

/** @throws UndecodableError when the bytes are no value of any of these versions. */
export function unwrap(versions: readonly Version[], value: Buffer): unknown {
  const writer = writerOf(versions, value);
  const reader = versions.at(-1) ?? writer;
  try {
    const resolver = reader === writer ? undefined : reader.type.createResolver(writer.type);
    return plain(reader.type.fromBuffer(value.subarray(HEADER_BYTES), resolver));
  } catch (cause) {
    // avsc quotes the bad value in its message, so only its kind goes on
    throw new UndecodableError("the body is damaged, or is not what its schema says", { cause });
  }
}

function writerOf(versions: readonly Version[], value: Buffer): Version {
  if (value.length < HEADER_BYTES || !value.subarray(0, 2).equals(MAGIC)) {
    const confluent = value[0] === 0 ? " It looks like Confluent framing, which Holdfast does not read." : "";
    throw new UndecodableError(`the value does not begin with the Avro single-object marker C3 01.${confluent}`);
  }
  const writer = versions.find(({ header }) => header.equals(value.subarray(0, HEADER_BYTES)));
  if (writer !== undefined) return writer;
  throw new UndecodableError(
    `the value was written with a schema that this topic does not have (fingerprint ${value.subarray(2, HEADER_BYTES).toString("hex")})`,
  );
}

/** avsc's records are instances of generated classes; what leaves this file is plain. */
function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  if (Buffer.isBuffer(value)) return Buffer.from(value);
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) copy[name] = plain(member); // the names are the schemas' own
  return copy;
}
