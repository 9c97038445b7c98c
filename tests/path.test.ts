import { wholePath } from "./contract/path.ts";

wholePath(async () => ({}));
