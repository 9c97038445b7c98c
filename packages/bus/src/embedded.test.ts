import { contract } from "./contract.ts";
import embedded from "./contract/embedded-adapter.ts";

contract("embedded", embedded);
