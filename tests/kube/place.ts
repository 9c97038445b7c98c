import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Claims, ClusterReader, DryRunner, SelfReview, Sender } from "@holdfast/cluster";
import { openSandbox } from "@holdfast/sandbox";
import { openClaims } from "../../packages/cluster/src/claims.ts";
import { connect, type Access, type Connection, type Request } from "../../packages/cluster/src/connection.ts";
import { openReader } from "../../packages/cluster/src/reader.ts";
import { openDryRunner, openSender } from "../../packages/cluster/src/sealed.ts";
import { openSelfReview } from "../../packages/cluster/src/self-review.ts";
import type { Reply } from "../../packages/cluster/src/status.ts";
import { requestsSince, sizeNow } from "./audit-log.ts";
import { kubelab, type Paths } from "./kubelab.ts";
import { accountOf, buildWorld, sandboxApps } from "./world.ts";

/** Somewhere that says it is a Kubernetes API: the sandbox, or the real one. What is asked and answered is written down. */

export const SERVICES = ["triage", "policy", "executor"] as const;
/** Besides the services: who may everything, and whose token nobody knows. */
export type Who = (typeof SERVICES)[number] | "admin" | "stranger";

export type Exchange = { readonly step: string; readonly who: Who; readonly request: Request; readonly reply: Reply };

/** The ports of one credential, as its service has them, and the connection under them. */
export type Client = {
  readonly reader: ClusterReader;
  readonly sender: Sender;
  readonly dryRunner: DryRunner;
  readonly claims: Claims;
  readonly selfReview: SelfReview;
  readonly call: (request: Request) => Promise<Reply>;
};

export type Place = AsyncDisposable & {
  readonly name: string;
  readonly as: (who: Who) => Client;
  /** The administrator, not written down: for waiting, and for what is no request of ours. */
  readonly unseen: Client;
  readonly exchanges: readonly Exchange[];
  readonly begin: (step: string) => void;
  /** A release of payments/api that crashes. */
  readonly breakRelease: () => Promise<void>;
  /** A release of shop/cart whose image does not exist. */
  readonly breakImage: () => Promise<void>;
  /** Who asked, as the API server itself wrote it down. */
  readonly askedBy: () => readonly { readonly user: string; readonly userAgent: string }[];
};

const TIMEOUT_MS = 30_000;
const STRANGE = "nobody-knows-this-token";
export const VERSION = "conformance";

export async function sandboxPlace(): Promise<Place> {
  const sandbox = await openSandbox();
  const access = (who: Who): Access => ({
    kind: "loopback",
    server: sandbox.url,
    token: who === "stranger" ? STRANGE : sandbox.tokens[who],
  });
  return openPlace("sandbox", access, {
    breakRelease: async () => void (await sandbox.break("bad-rollout")),
    breakImage: async () => void (await sandbox.break("image-not-found")),
    askedBy: () => sandbox.requests().map(({ user = "", userAgent }) => ({ user, userAgent })),
    close: async () => await sandbox[Symbol.asyncDispose](),
  });
}

export async function kubernetesPlace(paths: Paths): Promise<Place> {
  const lab = kubelab(paths);
  await buildWorld(lab, sandboxApps());
  const since = sizeNow(paths.data);
  const files = new Map<Who, string>([["admin", join(paths.data, "admin.kubeconfig")]]);
  for (const name of SERVICES) files.set(name, await accountOf(lab, name));
  files.set("stranger", strangeFile(paths.data, files.get("triage") ?? ""));
  const setImage = (namespace: string, name: string, image: string): Promise<string> =>
    lab.run("ctl", "-n", namespace, "set", "image", `deployment/${name}`, `${name}=${image}`);
  const place = openPlace("kubernetes", (who) => ({ kind: "kubeconfig", path: files.get(who) ?? "" }), {
    breakRelease: async () => void (await setImage("payments", "api", "registry.example/payments/api:2.41.0-crash")),
    breakImage: async () => void (await setImage("shop", "cart", "registry.example/shop/cart:1.9.0-nopull")),
    askedBy: () => requestsSince(paths.data, since),
    close: async () => undefined,
  });
  await policyIsHeld(place);
  return place;
}

function strangeFile(data: string, known: string): string {
  const file = join(data, "stranger.kubeconfig");
  writeFileSync(file, readFileSync(known, "utf8").replace(/token: [^}]+/, `token: ${STRANGE}`), { mode: 0o600 });
  return file;
}

type Hands = Pick<Place, "breakRelease" | "breakImage" | "askedBy"> & { readonly close: () => Promise<void> };

function openPlace(name: string, access: (who: Who) => Access, { close, ...hands }: Hands): Place {
  const exchanges: Exchange[] = [];
  const connections: Connection[] = [];
  let step = "";
  const open = (who: Who, isSeen: boolean): Client => {
    const connection = connect(access(who), `holdfast-${who}/${VERSION}`);
    connections.push(connection);
    const call: Connection["call"] = async (request, timeoutMs, signal) => {
      const asked = step;
      const reply = await connection.call(request, timeoutMs, signal);
      if (isSeen) exchanges.push({ step: asked, who, request, reply });
      return reply;
    };
    return {
      reader: openReader({ call }, TIMEOUT_MS),
      sender: openSender({ call }),
      dryRunner: openDryRunner({ call }, TIMEOUT_MS),
      claims: openClaims({ call }, TIMEOUT_MS),
      selfReview: openSelfReview({ call }, TIMEOUT_MS),
      call: (request) => call(request, TIMEOUT_MS),
    };
  };
  const clients: Readonly<Record<Who, Client>> = {
    triage: open("triage", true),
    policy: open("policy", true),
    executor: open("executor", true),
    admin: open("admin", true),
    stranger: open("stranger", true),
  };
  return {
    name,
    as: (who) => clients[who],
    unseen: open("admin", false),
    exchanges,
    begin: (next) => void (step = next),
    ...hands,
    [Symbol.asyncDispose]: async () => {
      for (const connection of connections) await connection.close();
      await close();
    },
  };
}

/** An admission policy acts some seconds after it is made. */
async function policyIsHeld({ as, exchanges }: Place): Promise<void> {
  const path = "/apis/apps/v1/namespaces/shop/deployments/web";
  const touch: Request = { verb: "PATCH", path, contentType: "application/json-patch+json", body: "[]" };
  while ((await as("policy").call(touch)).status !== 403) await sleep(200);
  (exchanges as Exchange[]).length = 0;
}

/** Waits for what a controller or a kubelet does in its own time. */
export async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`${what} did not come in 60 s`);
    await sleep(250);
  }
}
