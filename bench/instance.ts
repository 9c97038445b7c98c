import { spawn } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { childEnvironment, type ServiceName } from "@holdfast/service";
import { NODE_FLAGS } from "../scripts/child.ts";
import type { Holdfast } from "../scripts/supervisor.ts";

/** One more process of a service beside a Holdfast that runs, on ports of its own. Nobody starts it again. */
export type Instance = AsyncDisposable & {
  readonly pid: number;
  /** The service's own door, where it has one. */
  readonly port: number;
  readonly untilReady: () => Promise<void>;
  /** Whether its group has given it work. */
  readonly isActive: () => Promise<boolean>;
  readonly kill: () => void;
};

const READY_MS_MAX = 90_000;
const ASK_MS_MAX = 5_000;
const LOOK_MS = 100;

export async function startInstance({ env }: Holdfast, service: ServiceName): Promise<Instance> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const upper = service.toUpperCase();
  const ports = { [`HOLDFAST_${upper}_PORT`]: String(port), [`HOLDFAST_${upper}_ADMIN_PORT`]: String(adminPort) };
  const file = join(dirname(import.meta.dirname), "services", service, "src", "main.ts");
  const child = spawn(process.execPath, [...NODE_FLAGS, file], {
    env: childEnvironment(service, { ...env, ...ports }),
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const ended = new Promise<void>((done) => child.once("exit", () => done()));
  const ask = (path: string): Promise<Response | undefined> =>
    fetch(`http://127.0.0.1:${adminPort}${path}`, { signal: AbortSignal.timeout(ASK_MS_MAX) }).catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    port,
    untilReady: async () => {
      const until = performance.now() + READY_MS_MAX;
      while ((await ask("/readyz"))?.ok !== true) {
        if (child.exitCode !== null || performance.now() > until)
          throw new Error(`one more ${service} did not become ready`);
        await sleep(LOOK_MS);
      }
    },
    isActive: async () => {
      const text = (await (await ask("/metrics"))?.text()) ?? "";
      return new RegExp(`^holdfast_bus_active\\{[^}]*group="${service}"[^}]*\\} 1$`, "m").test(text);
    },
    kill: () => void child.kill("SIGKILL"),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  await new Promise<void>((done) => server.close(() => done()));
  return port;
}
