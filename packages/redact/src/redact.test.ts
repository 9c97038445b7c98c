import { visible } from "@holdfast/schemas";
import { describe, expect, test } from "vitest";
import { openRedactor } from "./redact.ts";
import { alnum, CLASSES, leaks } from "./testing-secrets.ts";

const { text: redact, object } = openRedactor([]);

const SAMPLES = 40;

describe("no run of 12 characters is left of", () => {
  test.for(Object.entries(CLASSES))("%s", ([, make]) => {
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      const { secret, line } = make();
      const surrounded = `2026-11-03T02:42:11Z api-7f ${line}\n2026-11-03T02:42:12Z next line`;
      const shown = redact(surrounded);
      expect(leaks(secret, surrounded), "the sample holds the secret").toBe(true);
      expect(leaks(secret, shown), `${surrounded}\nbecame\n${shown}`).toBe(false);
      expect(shown).toContain("next line");
    }
  });
});

describe("redaction", () => {
  test.for([
    "level=info msg=started port=8080 version=2.41.0",
    "FATAL: PAYMENTS_DSN is not set",
    "tokens: 1523, cached_tokens: 900",
    "token_count=52 max_tokens: 4096",
    "Back-off pulling image registry.example/shop/cart:1.9.0@sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9",
    "dial tcp 10.96.14.7:6379: connect: connection refused",
    "GET https://shop.example:8443/users/42?page=3 200 12ms",
    "GET https://registry.example:8443/npm/@scope/package 200",
    "Basic authentication failed for user app",
    "bearer token required",
    "mkdir -p /var/lib/data/cache",
    "docker run -p 8080:80 -u nobody nginx",
    'secret "db" not found',
    "couldn't find key dsn in Secret payments/db",
    "liveness probe failed: HTTP probe failed with statuscode: 503",
    "pod api-7f9c6d5b8-x2x9z restarted 12 times",
    "uid 7f3e9a52-8d34-4c11-9f0a-2b1d6a7c8e90 resourceVersion 184467",
    "password is not set",
    "kubectl -n payments get pods -l app=api",
  ])("leaves a harmless line as it is: %s", (line) => {
    expect(redact(line)).toBe(line);
  });

  test.for(["abc/def+ghijklmnop", "p@ss/word1234567"])(
    "a password in a URL may hold what a URL may not: %s",
    (secret) => {
      expect(redact(`amqp://user:${secret}@host:5672/v`)).toBe("amqp://user:[redacted:url-password]@host:5672/v");
    },
  );

  test("keeps the key, and names the rule in place of the value", () => {
    expect(redact("host=db password=hunter22hunter22 sslmode=require")).toBe(
      "host=db password=[redacted:key-value] sslmode=require",
    );
  });

  test("masks what two rules find once, as a whole", () => {
    const token = `ghp_${alnum(36)}`;
    expect(redact(`token=${token}x!rest`)).toMatch(/^token=\[redacted:[a-z-]+\]$/u);
  });

  test("is done after one pass: redacting again changes nothing", () => {
    for (const make of Object.values(CLASSES)) {
      const once = redact(make().line);
      expect(redact(once)).toBe(once);
    }
  });

  test("masks this process's own secrets literally, in base64 and in a URL", () => {
    const own = "wJalr/XUt+nFEMI=K7MDENG";
    const { text } = openRedactor([own, "short"]);
    const line = `a ${own} b ${Buffer.from(own).toString("base64")} c ${encodeURIComponent(own)} d short`;
    expect(text(line)).toBe("a [redacted:own] b [redacted:own] c [redacted:own] d short");
  });

  test("drops the values of environment variables, the copy of the last apply, and what a name calls secret", () => {
    const pod = {
      metadata: {
        name: "api",
        annotations: { "kubectl.kubernetes.io/last-applied-configuration": '{"env":[{"value":"x"}]}', note: "hi" },
        managedFields: [{ manager: "argocd", fieldsV1: { "f:spec": {} } }],
      },
      spec: { containers: [{ name: "api", env: [{ name: "DSN", value: "whatever-it-is" }] }], clientSecret: "opaque" },
    };
    expect(object(pod)).toEqual({
      metadata: { name: "api", annotations: { note: "hi" }, managedFields: [{ manager: "argocd" }] },
      spec: { containers: [{ name: "api", env: [{ name: "DSN" }] }], clientSecret: "[redacted:name]" },
    });
  });
});

describe("what hides is made visible", () => {
  test.for([
    ["an escape", "\u001b[31mred", "\\u{1b}[31mred"],
    ["a carriage return", "ok\rFAIL", "ok\\u{d}FAIL"],
    ["a bidi override", "a\u202Eb", "a\\u{202e}b"],
    ["a zero-width space", "a\u200Bb", "a\\u{200b}b"],
    ["tag characters", "x\u{E0049}\u{E0067}", "x\\u{e0049}\\u{e0067}"],
    ["a line separator", "a\u2028b", "a\\u{2028}b"],
    ["a lone surrogate", "a\uD800b", "a\\u{d800}b"],
    ["a byte order mark", "\uFEFFa", "\\u{feff}a"],
    ["a variation selector", "a\uFE0Fb", "a\\u{fe0f}b"],
  ])("%s", ([, hidden, shown]) => {
    expect(visible(hidden ?? "")).toBe(shown);
  });

  test("letters of any language, plain emoji, tabs and line feeds stay", () => {
    const text = "Grüße, 你好, مرحبا 🎉\n\tend";
    expect(redact(text)).toBe(text);
  });
});

/** Each a single piece that is repeated, made to send a careless rule back and forth. */
const HOSTILE = [
  "a",
  "A",
  "-----BEGIN RSA PRIVATE KEY-----\n",
  "-----BEGIN PRIVATE KEY-----",
  "eyJ",
  "eyJaaaaaaaa.",
  "://",
  "://a:",
  "://aaaaaaaaaaaaaaaa",
  "password",
  "password=",
  'token: "',
  "authorization: ",
  "Bearer ",
  "cookie=",
  "sk-",
  "mysql ",
  "-p ",
  " -p",
  "--a-a-a-a-",
  "glpat-",
  "SG.",
  '"auth": "',
  "kind: Secret\n",
  "aaaaaaaa: bbbbbbbb\n",
  "a: ",
  "AccountKey=",
  "\u200b",
  "xoxb-",
  "key-",
  '\\"',
  "api_key",
  "p",
  "=",
];

/** The least of some runs, in µs of this thread: what other processes take is no work of ours. */
function cost(input: string): number {
  return Math.min(
    ...Array.from({ length: 3 }, () => {
      const before = process.threadCpuUsage();
      redact(input);
      const { user, system } = process.threadCpuUsage(before);
      return user + system;
    }),
  );
}

/** The processor's clock ticks every 4 ms on some kernels. */
const TICKS = 8_000;

describe("a hostile input costs in proportion to its length", () => {
  test.for(HOSTILE)("%j, over and over", (piece) => {
    const of = (length: number): string => piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
    redact(of(32_768));
    // eight times the input: quadratic work would take sixty-four times as long
    const [short, long] = [cost(of(32_768)), cost(of(262_144))];
    expect(long / Math.max(short, TICKS)).toBeLessThan(32);
  });
});
