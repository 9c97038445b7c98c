// node deploy/grafana/write.ts: writes holdfast.json from the code beside it.
import { writeFileSync } from "node:fs";
import { boardJson } from "./board.ts";

writeFileSync(new URL("holdfast.json", import.meta.url), boardJson());
