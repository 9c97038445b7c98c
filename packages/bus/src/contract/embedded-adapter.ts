import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Adapter } from "./place.ts";
import { openEmbedded } from "../embedded.ts";

const embedded: Adapter = {
  child: fileURLToPath(new URL("./embedded-child.ts", import.meta.url)),
  clock: "given",
  newPlace: () => mkdtemp(join(tmpdir(), "holdfast-bus-")),
  removePlace: (place) => rm(place, { recursive: true, force: true }),
  open: ({ place, ...options }) => openEmbedded({ file: join(place, "bus.sqlite"), ...options }),
};

export default embedded;
