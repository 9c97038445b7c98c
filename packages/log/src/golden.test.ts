import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openCheckpoint, signCheckpoint } from "./checkpoint.ts";
import { EMPTY_ROOT, growing, inclusionPath, leafHash, nodesCompletedBy, type NodeAt } from "./merkle.ts";
import { openNote, openSigner, parseVkey } from "./note.ts";
import { logVerifier, logVkey, openLogSigner } from "./origin.ts";
import { checkProof, formatProof, parseProof } from "./proof.ts";
import { encodeBundle, encodeTile, isTilePath, tilePath, tilesAdded } from "./tiles.ts";

/** Made with Go's sumdb/note and sumdb/tlog, which accept this log and this proof. */
const VKEY = "example.com/holdfast/audit+6b1dec33+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
const PROOF = readFileSync(new URL("../golden/entry-2.tlog-proof", import.meta.url), "utf8");
const CHECKPOINT = Buffer.from(PROOF.slice(PROOF.indexOf("\n\n") + 2));

const seed = createPrivateKey({
  key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, 7)]),
  format: "der",
  type: "pkcs8",
});
const signer = openSigner("example.com/holdfast/audit", seed);
const verifier = parseVkey(VKEY);
const entries = Array.from({ length: 5 }, (_, i) => Buffer.from(`entry-${i}`));
const leaves = entries.map(leafHash);

describe("the golden vector", () => {
  test("leaf and roots", () => {
    expect(leaves[0]?.toString("hex")).toBe("40766b2033429026f53d54502679a839706b4741f8dcaf3a8bba5f41b5ffe075");
    expect(EMPTY_ROOT.toString("base64")).toBe("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    const tree = growing();
    const roots = leaves.map((leaf) => (tree.add(leaf), tree.root().toString("base64")));
    expect(roots).toEqual([
      "QHZrIDNCkCb1PVRQJnmoOXBrR0H43K86i7pfQbX/4HU=",
      "LyelCCwdQq+kiKw1Cp/EOQwIT1T3Hs3/hZ6Y24QptHk=",
      "pkvybgkSj2/i/m+LLYyAHhZrV8BHp82bK4Ceepai8cs=",
      "JWueiCXl03CkrgBdCQHqKRl34pJ/XPjj5yZg3QlRnts=",
      "GqaNMHSQWlgfhMu9D3U3lJBP2ARRvEwT5p2aU7xZUCw=",
    ]);
  });

  test("verifier key and checkpoint, byte for byte", () => {
    expect(signer.vkey).toBe(VKEY);
    const tree = growing();
    for (const leaf of leaves) tree.add(leaf);
    expect(signCheckpoint({ size: 5, root: tree.root() }, signer).toString()).toBe(CHECKPOINT.toString());
    expect(openCheckpoint(CHECKPOINT, verifier)).toEqual({
      outcome: "verified",
      origin: "example.com/holdfast/audit",
      size: 5,
      root: tree.root(),
    });
  });

  test("tile and bundle", () => {
    expect(tilesAdded(0, 5).map(tilePath)).toEqual(["tile/entries/000.p/5", "tile/0/000.p/5"]);
    expect(encodeTile(leaves)).toHaveLength(160);
    expect(encodeBundle(entries).toString("latin1")).toBe(
      "\0\u0007entry-0\0\u0007entry-1\0\u0007entry-2\0\u0007entry-3\0\u0007entry-4",
    );
  });

  test("the proof of entry 2, byte for byte, and it proves nothing else", () => {
    const nodes = new Map<string, Buffer>();
    const nodeAt: NodeAt = (level, index) => nodes.get(`${level}/${index}`) ?? EMPTY_ROOT;
    for (const [index, leaf] of leaves.entries())
      for (const node of nodesCompletedBy(leaf, index, nodeAt)) nodes.set(`${node.level}/${node.index}`, node.hash);
    expect(formatProof({ index: 2, path: inclusionPath(2, 5, nodeAt), checkpoint: CHECKPOINT })).toBe(PROOF);
    expect(checkProof(PROOF, Buffer.from("entry-2"), verifier)).toEqual({ outcome: "proven", index: 2, size: 5 });
    expect(checkProof(PROOF, Buffer.from("entry-3"), verifier)).toMatchObject({ outcome: "refused" });
    expect(checkProof(PROOF.replace("index 2", "index 3"), Buffer.from("entry-2"), verifier)).toMatchObject({
      outcome: "refused",
    });
    expect(checkProof(PROOF.replace("\n5\n", "\n6\n"), Buffer.from("entry-2"), verifier)).toEqual({
      outcome: "refused",
      because: "the signature of example.com/holdfast/audit is wrong",
    });
  });

  test("an extra line is allowed and carries no weight; other lines are not", () => {
    expect(checkProof(PROOF.replace("\nindex", "\nextra AAAA\nindex"), Buffer.from("entry-2"), verifier)).toMatchObject(
      { outcome: "proven" },
    );
    for (const damaged of [
      PROOF.replace("@v1", "@v2"),
      PROOF.replace("index 2", "index 02"),
      PROOF.replace("J0eb", "J0e"),
      "",
    ])
      expect(parseProof(damaged)).toBeUndefined();
  });
});

describe("a signed note", () => {
  const stranger = openSigner("example.com/stranger", seed);
  const text = CHECKPOINT.toString();

  test("is good with unknown signatures beside the known one, and refused without the known one", () => {
    const strange = stranger.sign(text.slice(0, text.indexOf("\n\n") + 1)).split("\n\n")[1] ?? "";
    expect(openNote(Buffer.from(text + strange), verifier)).toMatchObject({ outcome: "verified" });
    expect(openNote(Buffer.from(stranger.sign("hello\n")), verifier)).toMatchObject({ outcome: "refused" });
  });

  test("is refused when one signature of the known key is wrong, though another is good", () => {
    const wrong = signer.sign("something else\n").split("\n\n")[1] ?? "";
    expect(openNote(Buffer.from(text + wrong), verifier)).toEqual({
      outcome: "refused",
      because: "the signature of example.com/holdfast/audit is wrong",
    });
  });

  test.each([
    ["no signatures", "hello\n"],
    ["a control character", text.replace("5\n", "5\u0000\n")],
    ["a carriage return", text.replaceAll("\n", "\r\n")],
    ["no last newline", text.slice(0, -1)],
    ["a signature that is not base64", text.replace("ax3s", "a!3s")],
    ["another spelling of the same base64", text.replace("EwI=", "EwJ=")],
  ])("is refused with %s", (_, damaged) => {
    expect(openNote(Buffer.from(damaged), verifier)).toMatchObject({ outcome: "refused" });
  });

  test("is refused where it is not UTF-8", () => {
    expect(openNote(Buffer.concat([Buffer.of(0xff), CHECKPOINT]), verifier)).toMatchObject({ outcome: "refused" });
  });

  test("a checkpoint of another origin is refused although the key is the same", () => {
    expect(
      openCheckpoint(
        Buffer.from(signer.sign("example.com/other\n5\nGqaNMHSQWlgfhMu9D3U3lJBP2ARRvEwT5p2aU7xZUCw=\n")),
        verifier,
      ),
    ).toMatchObject({ outcome: "refused" });
    expect(
      openCheckpoint(
        Buffer.from(signer.sign("example.com/holdfast/audit\n05\nGqaNMHSQWlgfhMu9D3U3lJBP2ARRvEwT5p2aU7xZUCw=\n")),
        verifier,
      ),
    ).toMatchObject({ outcome: "refused" });
  });

  test("the name of a log follows from its public key alone", () => {
    const ours = openLogSigner(seed);
    expect(logVkey(createPublicKey(seed))).toBe(ours.vkey);
    expect(openNote(Buffer.from(ours.sign("hello\n")), logVerifier(createPublicKey(seed)))).toMatchObject({
      outcome: "verified",
    });
    expect(logVkey(generateKeyPairSync("ed25519").publicKey).split("+")[0]).not.toBe(ours.name);
  });

  test("a damaged verifier key is refused with a sentence", () => {
    expect(() => parseVkey(VKEY.replace("6b1dec33", "6b1dec34"))).toThrow("its id does not fit its bytes");
    expect(() => parseVkey("nonsense")).toThrow("not a verifier key");
  });
});

describe("tile paths", () => {
  test.each([
    [{ level: 0, index: 1_234_067, width: 256 }, "tile/0/x001/x234/067"],
    [{ level: 1, index: 0, width: 17 }, "tile/1/000.p/17"],
    [{ level: "entries", index: 999, width: 256 }, "tile/entries/999"],
    [{ level: "entries", index: 1000, width: 1 }, "tile/entries/x001/000.p/1"],
  ] as const)("%o", (tile, path) => {
    expect(tilePath(tile)).toBe(path);
    expect(isTilePath(path)).toBe(true);
  });

  test("a size of 70,000 has 274 tiles at level 0, two at level 1 and one at level 2", () => {
    const tiles = tilesAdded(0, 70_000);
    const widths = (level: number): readonly number[] =>
      tiles.filter((tile) => tile.level === level).map(({ width }) => width);
    expect(widths(0)).toHaveLength(274);
    expect(widths(0).at(-1)).toBe(112);
    expect(widths(1)).toEqual([256, 17]);
    expect(widths(2)).toEqual([1]);
    expect(tilesAdded(0, 256).map(tilePath)).toEqual(["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]);
  });

  test("growing publishes only what changed", () => {
    expect(tilesAdded(254, 257).map(tilePath)).toEqual([
      "tile/entries/000",
      "tile/entries/001.p/1",
      "tile/0/000",
      "tile/0/001.p/1",
      "tile/1/000.p/1",
    ]);
    expect(tilesAdded(257, 258).map(tilePath)).toEqual(["tile/entries/001.p/2", "tile/0/001.p/2"]);
    expect(tilesAdded(258, 258)).toEqual([]);
  });

  test.each([
    "tile/0/../../secret",
    "tile/0/000.p/256",
    "tile/0/000.p/0",
    "tile/64/000",
    "tile/00/000",
    "checkpoint",
    "tile/0/1",
    "tile/0/000\n",
  ])("%j is no tile", (path) => {
    expect(isTilePath(path)).toBe(false);
  });
});
