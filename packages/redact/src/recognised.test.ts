import { describe, expect, test } from "vitest";
import { secretsIn } from "./recognised.ts";
import { CLASSES } from "./testing-secrets.ts";

const template = (container: object): unknown => ({
  template: { spec: { containers: [{ name: "api", ...container }] } },
});
const env = (name: string, value: string): unknown => template({ env: [{ name, value }] });
const AT = "template.spec.containers[api]";

describe("in a variable of a pod template is found, by its path alone,", () => {
  test.for(Object.entries(CLASSES))("%s", ([, make]) => {
    const { line } = make();
    expect(secretsIn(env("NOTE", line))).toEqual([`${AT}.env[NOTE].value`]);
  });

  test.for([
    ["DB_PASSWORD", "hunter2"],
    ["PGPASSWORD", "x"],
    ["DATABASE_PASS", "hunter2hunter2"],
    ["SESSION_SECRET", "correct horse battery"],
    ["AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"],
    ["CONFIG", '{"password":"hunter2"}'],
    ["DSN", "postgres://api:hunter2hunter2@db:5432/api"],
    ["TOKEN_URL", "https://user:hunter2hunter2@login.example/"],
  ])("a value that its name calls secret, or that says so itself: %s", ([name = "", value = ""]) => {
    expect(secretsIn(env(name, value))).toEqual([`${AT}.env[${name}].value`]);
  });
});

test("it is found in arguments, in one item or in two, and in a header of a probe", () => {
  expect(secretsIn(template({ args: ["--port=80", "--password=hunter2"] }))).toEqual([`${AT}.args[1]`]);
  expect(secretsIn(template({ args: ["--port=80", "--password", "hunter2"] }))).toEqual([`${AT}.args`]);
  const httpGet = { httpHeaders: [{ name: "Authorization", value: "Bearer abcdefgh12345678" }] };
  expect(secretsIn(template({ livenessProbe: { httpGet } }))).toEqual([
    `${AT}.livenessProbe.httpGet.httpHeaders[Authorization].value`,
  ]);
});

describe("what only names a secret, or points to one, is none", () => {
  test.for([
    ["PORT", "8080"],
    ["PASSWORD_FILE", "/run/secrets/password"],
    ["DB_PASSWORD", "$(OTHER)"],
    ["SECRET_NAME", "db-credentials"],
    ["TOKEN_TTL", "3600s"],
    ["TOKEN_TIMEOUT", "15"],
    ["TOKEN_URL", "https://login.example/oauth/token"],
    ["ALLOW_EMPTY_PASSWORD", "yes"],
    ["MAX_TOKENS", "4096"],
    ["LOG_LEVEL", "info"],
    ["SECRET", ""],
  ])("%s=%s", ([name = "", value = ""]) => expect(secretsIn(env(name, value))).toEqual([]));

  test("a reference to a Secret, and Kubernetes' own fields that are called after one", () => {
    const pod = {
      spec: {
        automountServiceAccountToken: false,
        imagePullSecrets: [{ name: "registry" }],
        volumes: [
          { name: "tls", secret: { secretName: "api-tls" } },
          {
            name: "token",
            projected: { sources: [{ serviceAccountToken: { path: "token", expirationSeconds: 3600 } }] },
          },
        ],
        containers: [
          {
            name: "api",
            image:
              "registry.example/shop/cart:1.9.0@sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9",
            args: [
              "--tls-private-key-file=/etc/tls/private/tls.key",
              "--password=$(DB_PASSWORD)",
              "--token-file",
              "/run/t/x",
            ],
            env: [{ name: "DB_PASSWORD", valueFrom: { secretKeyRef: { name: "db", key: "password" } } }],
            envFrom: [{ secretRef: { name: "db" } }],
          },
        ],
      },
      metadata: {
        annotations: { "checksum/secret": "0a1b2c3d4e5f6071", "kubectl.kubernetes.io/restartedAt": "2026-11-22" },
      },
    };
    expect(secretsIn(pod)).toEqual([]);
  });
});
