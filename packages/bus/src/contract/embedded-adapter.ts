import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Adapter } from "./place.ts";
import { openEmbedded } from "../embedded.ts";

const embedded: Adapter = {
  newPlace: () => mkdtemp(join(tmpdir(), "holdfast-bus-")),
  removePlace: (place) => rm(place, { recursive: true, force: true }),
  open: ({ place, ...options }) => openEmbedded({ file: join(place, "bus.sqlite"), ...options }),
};

export default embedded;
