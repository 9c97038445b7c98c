import { expect, test } from "vitest";
import { openLog, plainLine, sentenceOf, type LogLevel } from "./log.ts";

function written(level: LogLevel = "info"): { readonly lines: string[]; readonly log: ReturnType<typeof openLog> } {
  const lines: string[] = [];
  return { lines, log: openLog({ service: "intake", level, to: { write: (line) => void lines.push(line) } }) };
}

test("a line is JSON with the service, the level as a word, and the sentence", () => {
  const { lines, log } = written();
  log.warn("something", { alerts: 3 });
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: "warn", service: "intake", msg: "something", alerts: 3 });
});

test("a secret is never written, at the top nor one level below", () => {
  const { lines, log } = written();
  log.info("asked", { token: "swordfish", headers: { authorization: "Bearer swordfish" } });
  expect(lines[0]).not.toContain("swordfish");
  expect(lines[0]).toContain("[secret]");
});

test("a secret that is known by its value is never written, whatever it stands under and however an error quotes it", () => {
  const lines: string[] = [];
  const secrets = ["sword/fish", 'a"b\\c-quoted'];
  const log = openLog({ service: "approval", level: "debug", to: { write: (line) => void lines.push(line) }, secrets });
  log.error("POST https://hooks.example/sword/fish failed", {
    deep: { under: { any: { name: secrets[1] } } },
    error: new Error("connect", { cause: new Error("https://hooks.example/sword/fish") }),
  });
  expect(lines[0]).not.toContain("sword/fish");
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ deep: { under: { any: { name: "[secret]" } } } });
});

test("an error is written with its causes, and with its stack only when debugging", () => {
  const error = new Error("reading rules", { cause: new Error("no such file") });
  const { lines, log } = written();
  log.error("failed", { error });
  expect(lines[0]).toContain("reading rules: no such file");
  expect(lines[0]).not.toContain("log.test.ts");
  const debugging = written("debug");
  debugging.log.error("failed", { error });
  expect(debugging.lines[0]).toContain("log.test.ts");
});

test("a person reads one plain line, in which control characters are visible", () => {
  const line = JSON.stringify({
    level: "info",
    time: "2026-11-22T03:02:01.000Z",
    service: "intake",
    msg: "accepted\u001b[2J",
    alerts: 3,
  });
  expect(plainLine(line)).toBe("03:02:01 intake   info  accepted\\x1b[2J alerts=3");
  expect(plainLine('{"level":"info","msg":"of another program"}')).toBe("          info  of another program");
  expect(plainLine("not of the log\n")).toBe("not of the log");
});

test("a sentence is found in whatever was thrown", () => {
  expect(sentenceOf("broken")).toBe("broken");
  expect(sentenceOf(new TypeError("", { cause: { code: 3 } }))).toBe('TypeError: {"code":3}');
});

test("a cause that its error has told already is not told twice, and one behind a full sentence stands in brackets", () => {
  const cause = new Error("no such file");
  expect(sentenceOf(new Error("/x cannot be read: no such file. Name another.", { cause }))).toBe(
    "/x cannot be read: no such file. Name another.",
  );
  expect(sentenceOf(new Error("/x cannot be read.", { cause }))).toBe("/x cannot be read. (no such file)");
});
