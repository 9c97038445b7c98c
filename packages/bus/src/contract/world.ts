import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Codec } from "@holdfast/schemas";
import type { Bus } from "../port.ts";
import { codecOf, newPems, type Pems } from "./events.ts";
import type { Adapter } from "./place.ts";

/** What a child process does: see `child.ts`. */
export type Role =
  | { readonly does: "publish" }
  | {
      readonly does: "work";
      readonly group: string;
      readonly exclusive: boolean;
      readonly concurrency: number;
      readonly on: Readonly<Record<string, "exit" | "throw" | "kill" | "never">>;
    };

export type Task = { readonly place: string; readonly pems: Pems; readonly role: Role };

export type Child = {
  /** Lines that the child has printed so far. */
  readonly lines: readonly string[];
  /** Resolves with the first line that matches, printed before or later. */
  readonly line: (matches: (line: string) => boolean) => Promise<string>;
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
  readonly ended: Promise<void>;
};

/** One place and whoever opens it, taken down after the test in the order that hurts least. */
export type World = AsyncDisposable & {
  readonly codec: Codec;
  readonly clock: Adapter["clock"];
  readonly open: (options?: { readonly codec?: Codec; readonly now?: () => number }) => Promise<Bus>;
  readonly child: (role: Role) => Child;
  readonly place: string;
};

/** Opens a fresh place for one test. */
export type NewWorld = () => Promise<World>;

export async function openWorld(adapter: Adapter): Promise<World> {
  const place = await adapter.newPlace();
  const pems = newPems();
  const codec = codecOf(pems);
  const buses: Bus[] = [];
  const children: Child[] = [];
  return {
    codec,
    clock: adapter.clock,
    place,
    open: async (options = {}) => {
      const bus = await adapter.open({ place, codec, service: "contract", ...options });
      buses.push(bus);
      return bus;
    },
    child: (role) => {
      const child = startChild(adapter.child, { place, pems, role });
      children.push(child);
      return child;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(children.map((child) => child.kill("SIGKILL")));
      await Promise.all(buses.map((bus) => bus[Symbol.asyncDispose]()));
      await adapter.removePlace(place);
    },
  };
}

function startChild(file: string, task: Task): Child {
  const child = spawn(process.execPath, [file, JSON.stringify(task)], { stdio: ["pipe", "pipe", "pipe"] });
  const lines: string[] = [];
  const hearers = new Set<() => void>();
  const hear = (line: string): void => {
    lines.push(line);
    hearers.forEach((hearer) => hearer());
  };
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", hear);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    lines,
    ended,
    line: async (matches) => {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const look = (): void => {
        const found = lines.find(matches);
        if (found !== undefined) resolve(found);
      };
      hearers.add(look);
      look();
      void ended.then(() =>
        setTimeout(
          () => reject(new Error(`the child ended without that line; it said:\n${lines.slice(-20).join("\n")}`)),
          200,
        ),
      );
      return await promise;
    },
    signal: (signal) => void child.kill(signal),
    kill: async (signal) => {
      child.kill(signal);
      await ended;
    },
  };
}

/** Waits until something is so. */
export async function until(isSo: () => boolean | Promise<boolean>, withinMs = 15_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`still not so after ${withinMs} ms: ${isSo.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
