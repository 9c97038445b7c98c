import { playRole } from "./child.ts";
import embedded from "./embedded-adapter.ts";

await playRole(embedded);
