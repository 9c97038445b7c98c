export { openCheckpoint, signCheckpoint, type Checkpoint } from "./checkpoint.ts";
export { WHOLE_HEADER, commitTo, nextOffset, readEntry, wholeOf } from "./entry.ts";
export {
  EMPTY_ROOT,
  consistencyPath,
  growing,
  inclusionPath,
  isConsistent,
  leafHash,
  nodeHash,
  nodesCompletedBy,
  rootAt,
  rootFromInclusion,
  sha256,
  type Growing,
  type Node,
  type NodeAt,
  type Tree,
} from "./merkle.ts";
export { openNote, openSigner, parseVkey, type Refused, type Signer, type Verifier } from "./note.ts";
export { logVerifier, logVkey, openLogSigner } from "./origin.ts";
export { openPositions, type Position } from "./positions.ts";
export { checkProof, formatProof, parseProof, type Proof, type Proven } from "./proof.ts";
export { checkReceipt, type Held, type Receipt, type Receipted } from "./receipt.ts";
export {
  CHECKPOINT_PATH,
  ENTRY_BYTES_MAX,
  TILE_WIDTH,
  decodeBundle,
  encodeBundle,
  encodeTile,
  isTilePath,
  tilePath,
  tilesAdded,
  type Tile,
} from "./tiles.ts";
export {
  broken,
  type Broken,
  type Gap,
  type LogCheck,
  type Nothing,
  type ReadFile,
  type ReadValue,
  type Verified,
} from "./verdict.ts";
export { verifyLog } from "./verify-log.ts";
