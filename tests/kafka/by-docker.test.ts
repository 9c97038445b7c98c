import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { freePort, whyNone } from "../../scripts/kafka/run.ts";
import { hasDocker, IMAGE, startByDocker } from "./by-docker.ts";
import { skipped } from "./testing.ts";

const KAFKA = join(import.meta.dirname, "../../scripts/kafka/kafka");

/**
 * No docker runs where these tests do. So one is put in front that does what the image does with what it is given: each KAFKA_
 * variable becomes a setting of a real broker, and what is executed in the container is executed beside it.
 */
function withDocker(script: string): string {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-docker-"));
  writeFileSync(join(folder, "docker"), `#!/usr/bin/env bash\nset -euo pipefail\nDIR=${folder}\n${script}`);
  chmodSync(join(folder, "docker"), 0o755);
  const before = process.env["PATH"];
  process.env["PATH"] = `${folder}:${before}`;
  onTestFinished(() => {
    process.env["PATH"] = before;
  });
  return folder;
}

const AS_THE_IMAGE = `
case $1 in
  run) echo "$*" > "$DIR/asked"
       for word in "$@"; do case $word in
         127.0.0.1:*:*) port=\${word##*:} ;;
         KAFKA_*=*) name=\${word%%=*}; name=\${name#KAFKA_}; echo "$(tr '[:upper:]_' '[:lower:].' <<< "$name")=\${word#*=}" ;;
       esac; done > "$DIR/properties"
       echo "$port" > "$DIR/port"
       KAFKA_DATA=$DIR/data KAFKA_PORT=$port KAFKA_PROPERTIES=$DIR/properties ${KAFKA} start ;;
  exec) shift 2; exec "$@" ;;
  rm) KAFKA_DATA=$DIR/data KAFKA_PORT=$(cat "$DIR/port") ${KAFKA} stop --purge ;;
esac`;

const missing = whyNone();
if (missing !== undefined) skipped(`A container cannot be played: ${missing}`);
else
  test("who has Docker and no Java gets a broker that answers where it says", { timeout: 120_000 }, async () => {
    const folder = withDocker(AS_THE_IMAGE);
    const port = await freePort();
    const { broker, stop } = await startByDocker(port);
    onTestFinished(stop);
    expect(broker).toBe(`127.0.0.1:${port}`);
    await new Promise((done, failed) => connect(port, "127.0.0.1").once("connect", done).once("error", failed));
    expect(readFileSync(join(folder, "asked"), "utf8")).toContain(`--publish 127.0.0.1:${port}:${port}`);
  });

test("it is the image of docker-compose.yml", () => {
  expect(readFileSync(join(import.meta.dirname, "../../docker-compose.yml"), "utf8")).toContain(`image: ${IMAGE}\n`);
});

test("a client without a daemon is no docker", async () => {
  withDocker("exit 1");
  expect(await hasDocker()).toBe(false);
});

test("what docker refuses is said", async () => {
  withDocker(`echo "no such image" >&2; exit 125`);
  await expect(startByDocker(1)).rejects.toThrow("no such image");
});
