import { expect, test } from "vitest";
import { notUndone } from "./not-undone.ts";

test("what the template only refers to is named, wherever it refers to it", () => {
  const spec = {
    initContainers: [{ name: "db-migrate", image: "api:2@sha256:0", command: ["migrate", "up"] }],
    containers: [
      {
        name: "api",
        image: "registry:5000/acme/api",
        envFrom: [{ configMapRef: { name: "api-env" } }, { secretRef: { name: "api-keys" } }],
        env: [{ name: "DSN", valueFrom: { secretKeyRef: { name: "dsn", key: "url" } } }],
      },
      { name: "side", image: "side:1.2" },
    ],
    volumes: [
      { name: "c", configMap: { name: "api-config" } },
      { name: "s", secret: { secretName: "tls" } },
      { name: "p", projected: { sources: [{ secret: { name: "joined" } }] } },
      { name: "d", persistentVolumeClaim: { claimName: "uploads" } },
    ],
  };
  expect(notUndone([{ spec }, { spec }])).toEqual([
    "ConfigMap api-config",
    "ConfigMap api-env",
    "Secret api-keys",
    "Secret dsn",
    "Secret joined",
    "Secret tls",
    "data in PersistentVolumeClaim uploads",
    "image registry:5000/acme/api (its tag moves)",
    "what init container db-migrate did (migrations)",
  ]);
});
