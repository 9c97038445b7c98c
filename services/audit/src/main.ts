import { openLogSigner, sha256 } from "@holdfast/log";
import { signingKey, SIGNER_NAMES } from "@holdfast/schemas";
import { listen, readSecret, runService, sentenceOf } from "@holdfast/service";
import { busOf, codecOf, publicKey } from "@holdfast/wiring";
import type { RequestHandler } from "express";
import { isLoopback, onLoopback, sameToken, withToken } from "./access.ts";
import { openAudit } from "./app.ts";
import { auditConfig, type AuditConfig } from "./config.ts";
import { openDoor } from "./door.ts";
import { standBy } from "./stand-by.ts";

await runService(
  { name: "audit", env: process.env },
  async ({ settings, log, metrics, signal, stack, ready, fatal }) => {
    const config = auditConfig(settings);
    const { files, publicKeys } = config;
    const codec = codecOf({ service: "audit", publicKeys, signing: {} });
    const signer = openLogSigner(signingKey("audit", readSecret(config.keyFile)).key);
    const guard = await guardOf(config);
    const bus = stack.use(await busOf({ service: "audit", settings, codec, log, metrics, fatal }));
    const keys = keysIn(publicKeys);
    let notReady: string | undefined = "The log is still recording what was published while audit was away.";
    const standing = (): void => {
      notReady = "Another audit service writes this log. This one stands by, and takes over when that one ends.";
      log.info("another audit service writes this log; this one stands by");
    };
    ready("log", () => {
      if (notReady !== undefined) throw new Error(notReady);
    });
    const open = () => openAudit({ bus, files, signer, codec, keys, log, metrics, now: Date.now });
    const audit = stack.use(await standBy(open, signal, standing));
    audit.following.ended.catch(fatal);
    ready("bus", bus.writable);
    ready("disk", audit.writable);

    audit.following.caughtUp.then(
      () => (notReady = undefined),
      (error: unknown) => (notReady = sentenceOf(error)),
    );

    const door = openDoor({ ...audit, folder: files.published, vkey: signer.vkey, log, guard });
    const { url } = stack.use(await listen(door, config.place));
    log.info("the log is open", { url, entries: audit.recorder.checkpoint().size, origin: signer.name });
  },
);

/** On loopback nobody is asked; elsewhere people and the executor show their tokens. */
async function guardOf({
  place,
  approvers,
  executorTokenFile,
  sandboxDigestFile,
}: AuditConfig): Promise<RequestHandler> {
  if (isLoopback(place.host)) return onLoopback();
  const { openApprovers, readConfig, withSandboxPerson } = await import("@holdfast/guard");
  const listed = openApprovers(readConfig(approvers), approvers);
  const people = sandboxDigestFile === undefined ? listed : withSandboxPerson(listed, readSecret(sandboxDigestFile));
  const executor = readSecret(executorTokenFile);
  return withToken((token) => sameToken(token, executor) || people.identify(token) !== undefined);
}

function keysIn(folder: string): string {
  const pems = SIGNER_NAMES.map((signer) => `${signer}\n${publicKey(folder, signer) ?? ""}`);
  return sha256(Buffer.from(pems.join("\n"))).toString("hex");
}
