import { existsSync } from "node:fs";
import { join } from "node:path";
import { logVkey, verifyLog, type ReadFile, type Verified } from "@holdfast/log";
import { logFiles, openValues, readFolder } from "@holdfast/log/files";
import { openCodec, publicKeys, trustedKeys, visibleLine } from "@holdfast/schemas";
import { call, need, tokenOf } from "./door.ts";
import { EXIT, Stopped, type ExitCode } from "./exit.ts";
import { publicKey } from "./signed.ts";
import { checkSignatures, type SignaturesChecked } from "./signatures.ts";
import type { World } from "./world.ts";

const SHOWN_MAX = 10;

type Result = {
  readonly outcome: string;
  readonly isPinned: boolean;
  readonly log?: Verified;
  readonly signatures?: SignaturesChecked;
  readonly says: string;
};

/** Verifies the whole log from its public files, and whatever values are on this machine. */
export async function verify(world: World, folder: string | undefined, asJson: boolean): Promise<ExitCode> {
  if (folder !== undefined) requirePublished(world, folder);
  const read = folder === undefined ? fromDoor(world) : readFolder(folder);
  const pinned = pinnedVkey(world);
  const vkey =
    pinned ??
    (folder === undefined
      ? (await need(world, "audit", `${world.settings.HOLDFAST_AUDIT_URL}/vkey`)).text.trim()
      : undefined);
  if (vkey === undefined)
    throw new Stopped(
      EXIT.usage,
      `There is no audit.pub in ${world.settings.HOLDFAST_PUBLIC_KEYS}, so nothing could be verified. Set HOLDFAST_PUBLIC_KEYS to the folder that has it.`,
    );
  const result = await checked(world, read, vkey, pinned !== undefined, folder === undefined);
  if (asJson) world.say(JSON.stringify(asPlain(result)));
  else for (const line of lines(world, result)) world.say(line);
  const isWhole = result.outcome === "verified" && (result.signatures?.refused.length ?? 0) === 0;
  return isWhole ? EXIT.done : EXIT.refused;
}

/** An operator's own mistake is no broken log. */
function requirePublished(world: World, folder: string): void {
  if (existsSync(join(folder, "checkpoint"))) return;
  const { published } = logFiles(folder);
  const inside = existsSync(join(published, "checkpoint")) ? ` Did you mean ${published}?` : "";
  throw new Stopped(
    EXIT.refused,
    `There is no checkpoint in ${folder}, so there is nothing to verify. Name the folder of the published log, which holds checkpoint and tile/: here that is ${logFiles(world.settings.HOLDFAST_DATA).published}.${inside}`,
  );
}

async function checked(
  world: World,
  read: ReadFile,
  vkey: string,
  isPinned: boolean,
  isOwnLog: boolean,
): Promise<Result> {
  using values = isOwnLog ? valuesHere(world) : undefined;
  const verdict = await verifyLog({ read, vkey, ...(values && { values: values.read }) });
  switch (verdict.outcome) {
    case "verified": {
      const signatures =
        values === undefined ? undefined : await checkSignatures(read, values.read, codecOf(world), verdict.size);
      return { outcome: "verified", isPinned, log: verdict, says: "", ...(signatures && { signatures }) };
    }
    case "broken":
      return { outcome: "broken", isPinned, says: `${verdict.where}: ${verdict.because}` };
    case "nothing":
      return { outcome: "nothing", isPinned, says: verdict.because };
  }
}

function fromDoor(world: World): ReadFile {
  return async (path) => {
    const answer = await call(world, "audit", `${world.settings.HOLDFAST_AUDIT_URL}/${path}`, {
      token: tokenOf(world),
    });
    return answer.status === 200 ? answer.bytes : undefined;
  };
}

function pinnedVkey({ settings }: World): string | undefined {
  const pem = publicKey(settings.HOLDFAST_PUBLIC_KEYS, "audit");
  const [key] = pem === undefined ? [] : publicKeys("audit", pem);
  return key === undefined ? undefined : logVkey(key);
}

/** The values lie beside the log; a terminal elsewhere verifies the log without them, and says so. */
function valuesHere({ settings }: World): ReturnType<typeof openValues> | undefined {
  const { store } = logFiles(settings.HOLDFAST_DATA);
  const { hostname } = new URL(settings.HOLDFAST_AUDIT_URL);
  const isHere = /^(127\.|localhost$|\[::1\]$)/.test(hostname);
  return isHere && existsSync(store) ? openValues(store) : undefined;
}

function codecOf({ settings }: World): ReturnType<typeof openCodec> {
  return openCodec({
    service: "cli",
    trusted: trustedKeys((signer) => publicKey(settings.HOLDFAST_PUBLIC_KEYS, signer)),
    signing: {},
  });
}

function lines({ paint }: World, { outcome, isPinned, log, signatures, says }: Result): readonly string[] {
  const key = isPinned
    ? []
    : [
        "The key came from the door itself: this shows that the log is whole, and not whose it is. Pin audit.pub in HOLDFAST_PUBLIC_KEYS.",
      ];
  if (log === undefined)
    return [
      paint("stop", outcome === "nothing" ? `NOTHING TO VERIFY: ${visibleLine(says)}` : `BROKEN: ${visibleLine(says)}`),
      ...key,
    ];
  const values =
    signatures === undefined
      ? ["The values are not on this machine, so neither they nor their signatures were checked."]
      : [
          `${log.valuesChecked} values fit what the log commits to; ${signatures.verified} signed records bear a signature that may sign them.`,
        ];
  const gaps = log.gaps.map(
    ({ topic, partition, offset, until }) =>
      `GAP ${topic}/${partition}: ${offset} to ${until - 1} were never recorded.`,
  );
  const refused = signatures?.refused ?? [];
  return [
    refused.length === 0
      ? paint("go", `VERIFIED ${log.size} entries, ${log.records} records, ${log.gaps.length} gaps`)
      : paint("stop", `THE LOG IS WHOLE, AND ${refused.length} OF ITS RECORDS ARE NOT SIGNED AS THEY MUST BE`),
    `root ${log.root.toString("base64")} of ${log.origin}`,
    ...values,
    ...gaps.slice(0, SHOWN_MAX),
    ...refused.slice(0, SHOWN_MAX).map(visibleLine),
    ...key,
  ];
}

function asPlain({ outcome, isPinned, log, signatures, says }: Result): unknown {
  if (log === undefined) return { outcome, isPinned, because: says };
  const { origin, size, root, records, gaps, valuesChecked } = log;
  return {
    outcome,
    isPinned,
    origin,
    size,
    root: root.toString("base64"),
    records,
    gaps,
    valuesChecked,
    ...(signatures && { signatures }),
  };
}
