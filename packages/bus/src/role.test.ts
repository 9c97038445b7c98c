import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { codecOf, incident, incidentNamed, newPems } from "./contract/events.ts";
import { openEmbedded } from "./embedded.ts";
import { narrowed, readsOf, type Role } from "./role.ts";

const ROLE: Role = {
  service: "desk",
  consumes: ["incidents"],
  views: ["incidents", "alerts"],
  follows: ["analyses"],
  produces: ["incidents"],
};
const SHARED = { concurrency: 1, exclusive: false, parked: "go-on" } as const;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "role-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test("a bus of a role does what stands in its row", async () => {
  const options = { file: join(folder(), "bus.sqlite"), codec: codecOf(newPems()), service: "desk" };
  await using bus = narrowed(await openEmbedded(options), ROLE);
  const seen: string[] = [];
  await using view = bus.view(["incidents"], ({ event }) => void seen.push(`viewed ${event.because}`));
  const handled = Promise.withResolvers<void>();
  await bus.subscribe(["incidents"], "desk", async () => handled.resolve(), SHARED);
  const published = await bus.publish("incidents", incidentNamed("a"), incident("a", "1", "one"));
  await Promise.all([view.reached(published), handled.promise]);
  await bus.follow(["analyses"], [], async () => undefined)[Symbol.asyncDispose]();
  expect(seen).toEqual(["viewed one"]);
});

test("a bus of a role refuses what does not, with a sentence, and writes nothing", async () => {
  const options = { file: join(folder(), "bus.sqlite"), codec: codecOf(newPems()), service: "desk" };
  await using whole = await openEmbedded(options);
  const bus = narrowed(whole, { ...ROLE, produces: ["alerts"] });
  await expect(bus.publish("incidents", incidentNamed("a"), incident("a", "1"))).rejects.toThrow(
    "desk may not publish incidents: by the table of roles it may publish only alerts.",
  );
  await expect(bus.subscribe(["alerts", "incidents"], "desk", async () => undefined, SHARED)).rejects.toThrow(
    "desk may not consume alerts: by the table of roles it may consume only incidents.",
  );
  await expect(bus.subscribe(["incidents"], "other", async () => undefined, SHARED)).rejects.toThrow(
    "desk may not join the group other: its own is desk.",
  );
  expect(() => bus.view(["analyses"], () => undefined)).toThrow("desk may not view analyses");
  expect(() => narrowed(whole, { ...ROLE, follows: [] }).follow(["analyses"], [], async () => undefined)).toThrow(
    "desk may not follow analyses: by the table of roles it may follow none.",
  );
  await using view = whole.view(["incidents"], () => expect.unreachable("nothing was published"));
  await view.caughtUp;
});

test("what a role reads is what it consumes, views and follows, each once", () => {
  expect(readsOf(ROLE)).toEqual(["incidents", "alerts", "analyses"]);
});
