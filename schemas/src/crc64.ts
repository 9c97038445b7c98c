/** CRC-64-AVRO: the fingerprint of a schema's canonical form (Avro specification, "Schema Fingerprints"). */
const EMPTY = 0xc15d213aa4d7a795n;

const TABLE = Array.from({ length: 256 }, (_, index) => {
  let value = BigInt(index);
  for (let bit = 0; bit < 8; bit++) value = (value >> 1n) ^ (value & 1n ? EMPTY : 0n);
  return value;
});

/** @returns 8 bytes, little-endian, as single-object encoding carries them. */
export function fingerprint(canonicalForm: string): Buffer {
  let crc = EMPTY;
  for (const byte of Buffer.from(canonicalForm))
    crc = (crc >> 8n) ^ (TABLE[Number((crc ^ BigInt(byte)) & 0xffn)] ?? 0n);
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(crc);
  return bytes;
}
