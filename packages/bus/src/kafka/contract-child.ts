import { playRole } from "../contract/child.ts";
import { kafkaAt } from "./contract-adapter.ts";

await playRole(kafkaAt("")); // its place says where the broker is
