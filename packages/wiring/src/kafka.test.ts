import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSettings } from "@holdfast/service";
import { expect, onTestFinished, test } from "vitest";
import { isKafka, kafkaConnection } from "./kafka.ts";

const FAR = { HOLDFAST_BUS: "kafka://kafka-1.prod:9092,kafka-2.prod:9092" };

function connection(env: Readonly<Record<string, string>>): ReturnType<typeof kafkaConnection> {
  return kafkaConnection(readSettings("policy", env), "POLICY_KAFKA");
}

test("which adapter it is, the address says", () => {
  expect(isKafka(readSettings("policy", {}))).toBe(false);
  expect(isKafka(readSettings("policy", FAR))).toBe(true);
});

test("brokers on this machine need neither TLS nor a password", () => {
  expect(connection({ HOLDFAST_BUS: "kafka://127.0.0.1:9092,localhost:9093" })).toMatchObject({
    brokers: ["127.0.0.1:9092", "localhost:9093"],
  });
});

test("a broker elsewhere that one on this machine names is not spoken to in the clear either", () => {
  const { socketFactory } = connection({ HOLDFAST_BUS: "kafka://127.0.0.1:9092" });
  const to = (host: string) => () => socketFactory?.({ host, port: 9092, ssl: {}, onConnect: () => undefined });
  expect(to("kafka-2.prod")).toThrow(/kafka-2.prod:9092 is not on this machine/);
  expect(connection({ ...FAR, HOLDFAST_KAFKA_PLAINTEXT: "1" })).not.toHaveProperty("socketFactory");
});

test("brokers elsewhere are not spoken to in the clear", () => {
  expect(() => connection(FAR)).toThrow(/kafka-1.prod:9092 is not on this machine.*Set HOLDFAST_KAFKA_TLS=1/);
  const mixed = { HOLDFAST_BUS: "kafka://127.0.0.1:9092,127.evil.example:9092" };
  expect(() => connection(mixed)).toThrow(/127\.evil\.example:9092 is not on this machine/);
});

test("brokers elsewhere are not spoken to without a password", () => {
  expect(() => connection({ ...FAR, HOLDFAST_KAFKA_TLS: "1" })).toThrow(/Set HOLDFAST_POLICY_KAFKA_PASSWORD_FILE/);
});

test("a network that nobody else reaches is said to be one", () => {
  expect(connection({ ...FAR, HOLDFAST_KAFKA_PLAINTEXT: "1" })).toEqual({
    brokers: ["kafka-1.prod:9092", "kafka-2.prod:9092"],
  });
});

test("a service connects as itself, with the password of its file or its setting", () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-kafka-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "password"), "swordfish\n", { mode: 0o600 });
  writeFileSync(join(folder, "ca.pem"), "the certificate");
  const env = {
    ...FAR,
    HOLDFAST_KAFKA_TLS: "1",
    HOLDFAST_KAFKA_CA: join(folder, "ca.pem"),
    HOLDFAST_POLICY_KAFKA_PASSWORD_FILE: join(folder, "password"),
  };
  expect(connection(env)).toMatchObject({
    tls: { ca: "the certificate" },
    user: { name: "policy", password: "swordfish" },
  });
  const other = { ...env, HOLDFAST_POLICY_KAFKA_USERNAME: "p", HOLDFAST_POLICY_KAFKA_PASSWORD: "other" };
  expect(connection(other)["user"]).toEqual({ name: "p", password: "other" });
});

test("a certificate without TLS is a mistake, and is told", () => {
  expect(() => connection({ HOLDFAST_BUS: "kafka://127.0.0.1:9092", HOLDFAST_KAFKA_CA: "/ca.pem" })).toThrow(
    /Set HOLDFAST_KAFKA_TLS=1 as well/,
  );
});
