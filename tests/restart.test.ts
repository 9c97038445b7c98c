import { restartsHold } from "./contract/restarts.ts";

/**
 *     ROUNDS=100 npm test -- tests/restart.test.ts
 *     SEED=12345 npm test -- tests/restart.test.ts
 */
restartsHold(async () => ({}));
