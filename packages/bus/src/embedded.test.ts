import { contract } from "./contract.ts";

contract("embedded", new URL("./contract/embedded-adapter.ts", import.meta.url).href);
