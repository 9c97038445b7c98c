import { readSettings } from "@holdfast/service";
import { expect, test } from "vitest";
import { configOf } from "./config.ts";

const TOKEN = { HOLDFAST_INTAKE_TOKEN: "a-token-of-this-test" };
const config = (env: Record<string, string>) => configOf(readSettings("intake", env));

test("the token of the environment overrides the file", () => {
  expect(config({ ...TOKEN, HOLDFAST_INTAKE_TOKEN_FILE: "/nowhere" }).token).toBe("a-token-of-this-test");
});

test("without a token the door stays shut, with a sentence", () => {
  expect(() => config({ HOLDFAST_INTAKE_TOKEN_FILE: "/nowhere/intake.token" })).toThrow(
    /The secret file \/nowhere\/intake\.token does not exist/,
  );
});

test("it polls only when told to: every 10 s, on the sandbox every 2", () => {
  expect(config(TOKEN).poll).toBeUndefined();
  expect(config({ ...TOKEN, HOLDFAST_INTAKE_POLL: "1" }).poll).toEqual({
    url: "http://127.0.0.1:8090/alertmanager",
    everyMs: 2_000,
  });
  const real = { ...TOKEN, HOLDFAST_INTAKE_POLL: "1", HOLDFAST_CLUSTER: "in-cluster" };
  expect(config({ ...real, HOLDFAST_ALERTMANAGER_URL: "http://alertmanager:9093/" }).poll).toEqual({
    url: "http://alertmanager:9093",
    everyMs: 10_000,
  });
  expect(() => config(real)).toThrow(/HOLDFAST_ALERTMANAGER_URL does not say which Alertmanager to poll/);
});
