import { createHash } from "node:crypto";

export function sha256(bytes: Uint8Array | string): Buffer {
  return createHash("sha256").update(bytes).digest();
}

/** The digest of a proposal: lowercase hex SHA-256 of the whole value of its `proposals.allowed` record. */
export function digestOf(value: Uint8Array): string {
  return sha256(value).toString("hex");
}

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** The first 30 bits of a digest in Crockford's base32, as `7QX4-M2`: the same on page, phone and terminal. */
export function shortCode(digest: string): string {
  const bits = Number.parseInt(digest.slice(0, 8), 16);
  const letters = Array.from({ length: 6 }, (_, index) => CROCKFORD[(bits >>> (27 - 5 * index)) & 31]).join("");
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}
