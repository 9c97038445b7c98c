export type * from "./port.ts";
export { again, REPLAY_OF } from "./again.ts";
export { agrees, placeIn } from "./agreement.ts";
export { openLetters, withoutRecord, type Hold, type Letter, type Letters } from "./letters.ts";
export { deadLetter } from "./parking.ts";
export { narrowed, readsOf, type Role } from "./role.ts";
