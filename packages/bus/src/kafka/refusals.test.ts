import { KafkaJSSASLAuthenticationError } from "kafkajs/src/errors.js";
import { expect, test } from "vitest";
import { isRefused } from "./refusals.ts";

const login = (why: string): Error =>
  new KafkaJSSASLAuthenticationError(`SASL SCRAM SHA512 authentication failed: ${why}`);

test("a wrong password is refused for good", () => {
  const why =
    "Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512";
  expect(isRefused(login(why))).toBe(true);
});

test.each([
  "Closed connection",
  "Connection error: write after end",
  "Request SaslAuthenticate(key: 36, version: 1) timed out",
])("a connection that breaks during the login may pass: %s", (why) => {
  expect(isRefused(login(why))).toBe(false);
});
