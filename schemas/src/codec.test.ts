import { describe, expect, test } from "vitest";
import { openBundle } from "./bundle.ts";
import { encode, openCodec, type Codec } from "./codec.ts";
import { digestOf } from "./digest.ts";
import { pae, seal } from "./dsse.ts";
import type { Approved } from "./generated.ts";
import { kindsOf, type SignerName } from "./signing.ts";
import { fixtureNames, sample, sealedEnvelope, testCodec, testKeys } from "./testing.ts";
import { TOPICS, type Events } from "./topics.ts";

const keys = testKeys();
const codec = testCodec(keys);

test("DSSE's own example of the pre-authentication encoding is reproduced", () => {
  expect(pae("http://example.com/HelloWorld", Buffer.from("hello world")).toString()).toBe(
    "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
  );
});

test.each(TOPICS.filter((topic) => kindsOf(topic).length > 0 && topic !== "dead-letters"))(
  "a record of %s is read back as written, and not without its signature",
  (topic) => {
    const [name = ""] = fixtureNames(topic, "valid");
    const event = sample(topic, name);
    const { value, headers } = codec.write(topic, event);
    expect(codec.read(topic, value, headers)).toEqual({ outcome: "valid", event });
    expect(codec.read(topic, value, []).outcome).toBe("unverified");
    const changed = Buffer.from(value);
    changed[value.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    expect(codec.read(topic, changed, headers).outcome).toBe("unverified");
  },
);

describe("a key signs only its own kinds", () => {
  const vote = sample("approvals", "vote");
  const without = (signer: SignerName): Codec => {
    const { [signer]: _, ...signing } = keys.signing;
    return openCodec({ service: "test", trusted: keys.trusted, signing });
  };
  test.each([
    ["approvals", "vote", "approval"],
    ["approvals", "closing", "policy-close"],
    ["proposals.allowed", "rollback", "policy-open"],
    ["proposals.approved", "by-one-person", "policy-open"],
    ["proposals.rejected", "expired", "policy-close"],
    ["executions", "succeeded", "executor"],
  ] as const)("%s %s is not written without the key of %s", (topic, name, signer) => {
    expect(() => without(signer).write(topic, sample(topic, name) as Events[typeof topic])).toThrow(/holds no key/);
  });
  test("a vote that policy signed as a closing is no vote", () => {
    const closer = openCodec({
      service: "test",
      trusted: keys.trusted,
      signing: { approval: keys.signing["policy-close"] },
    });
    const { value, headers } = closer.write("approvals", vote);
    expect(codec.read("approvals", value, headers).outcome).toBe("unverified");
    const relabelled = headers.map(({ name, value: text }) => ({
      name,
      value: Buffer.from(text.toString().replace("approvals.vote", "approvals.closing")),
    }));
    expect(codec.read("approvals", value, relabelled).outcome).toBe("unverified");
  });
  test("a vote that is signed under a closing's type, with the key of closings, is no vote", () => {
    const { value } = codec.write("approvals", vote);
    const signed = seal("application/vnd.holdfast.approvals.closing.v1", value, keys.signing["policy-close"]);
    expect(codec.open("approvals", signed)).toEqual({ outcome: "unverified", why: "a vote was signed as a closing" });
  });
  test.each([
    ["a closing that carries a vote", "closing", { kind: "closing" }, "a closing carries a vote"],
    [
      "a closing that carries a vote beside its own",
      "closing",
      { kind: "closing", closing: sample("approvals", "closing").closing },
      "a closing carries a vote and a closing",
    ],
    [
      "a vote that carries a closing beside its own",
      "vote",
      { closing: sample("approvals", "closing").closing },
      "a vote carries a vote and a closing",
    ],
    ["a vote that carries none", "vote", { vote: null }, "a vote carries nothing"],
  ] as const)("%s is neither, whoever signed it", (_, type, changed, why) => {
    const key = keys.signing[type === "vote" ? "approval" : "policy-close"];
    const signed = seal(
      `application/vnd.holdfast.approvals.${type}.v1`,
      encode("approvals", { ...vote, ...changed }),
      key,
    );
    expect(codec.open("approvals", signed)).toEqual({ outcome: "unverified", why });
  });
  test("a signature of one record is none of another, whatever type it was made under", () => {
    const { signatures } = sealedEnvelope(codec, "approvals", sample("approvals", "closing"));
    const { value } = codec.write("approvals", vote);
    const envelope = { payloadType: "application/vnd.holdfast.approvals.closing.v1", payload: value, signatures };
    expect(codec.open("approvals", envelope).outcome).toBe("unverified");
  });
});

describe("a bundle", () => {
  const allowed = sealedEnvelope(codec, "proposals.allowed", sample("proposals.allowed", "rollback"));
  const digest = digestOf(allowed.payload);
  const vote = sealedEnvelope(codec, "approvals", sample("approvals", "vote", { allowed, digest }));
  const approved = (changed: Partial<Approved> = {}): Approved =>
    sample("proposals.approved", "by-one-person", {
      allowed,
      digest,
      votes: [{ envelope: vote, partition: 0, offset: 0, time: 1 }],
      ...changed,
    });

  test("opens where everything inside it verifies", () => expect(openBundle(codec, approved()).outcome).toBe("valid"));
  test("is forged where its digest is another", () =>
    expect(openBundle(codec, approved({ digest: "0".repeat(64) })).outcome).toBe("forged"));
  test("is forged where its proposal was changed", () => {
    const payload = Buffer.concat([allowed.payload, Buffer.from([0])]);
    expect(openBundle(codec, approved({ allowed: { ...allowed, payload } })).outcome).toBe("forged");
  });
  test("is forged where it names another proposal than it carries", () =>
    expect(openBundle(codec, approved({ proposal: "another" })).outcome).toBe("forged"));
  test("is forged where its proposal is of another incident than it names", () =>
    expect(openBundle(codec, approved({ incident: "another" })).outcome).toBe("forged"));
  test("is forged where its proposal has a signature of somebody else", () => {
    const stranger = sealedEnvelope(testCodec(), "proposals.allowed", sample("proposals.allowed", "rollback"));
    expect(openBundle(codec, approved({ allowed: stranger })).outcome).toBe("forged");
  });
  test("is forged where one of its votes has a signature of somebody else", () => {
    const stranger = sealedEnvelope(testCodec(), "approvals", sample("approvals", "vote", { allowed, digest }));
    expect(
      openBundle(codec, approved({ votes: [{ envelope: stranger, partition: 0, offset: 0, time: 1 }] })).outcome,
    ).toBe("forged");
  });
  test("is forged where a closing stands among its votes", () => {
    const closing = sealedEnvelope(codec, "approvals", sample("approvals", "closing", { allowed, digest }));
    expect(
      openBundle(codec, approved({ votes: [{ envelope: closing, partition: 0, offset: 0, time: 1 }] })).outcome,
    ).toBe("forged");
  });
});

describe("a decision about a dead letter", () => {
  const release = sample("dead-letters", "release");
  const { value, headers } = codec.write("dead-letters", release);
  const sealed = (event: Events["dead-letters"], kind: string, key = keys.signing.approval): string => {
    const payload = encode("dead-letters", event);
    return codec.open("dead-letters", seal(`application/vnd.holdfast.dead-letters.${kind}.v1`, payload, key)).outcome;
  };

  test("is believed by approval's signature alone, and a parked record by none", () => {
    expect(codec.read("dead-letters", value, headers)).toEqual({ outcome: "valid", event: release });
    expect(codec.read("dead-letters", value, []).outcome).toBe("unverified");
    expect(sealed(release, "release", keys.signing["policy-close"])).toBe("unverified");
    const parked = codec.write("dead-letters", sample("dead-letters", "undecodable-bundle"));
    expect(parked.headers.map(({ name }) => name)).not.toContain("holdfast-signature");
    expect(codec.read("dead-letters", parked.value, parked.headers).outcome).toBe("valid");
  });
  test("is what was signed: a release is no drop, and one of a kind that is not known is nothing", () => {
    expect(sealed(release, "release")).toBe("valid");
    expect(sealed(release, "drop")).toBe("unverified");
    expect(sealed({ ...release, kind: "UNKNOWN" }, "release")).toBe("unverified");
    const unknown = encode("dead-letters", { ...release, kind: "UNKNOWN" });
    expect(codec.read("dead-letters", unknown, headers).outcome).toBe("unverified");
  });
  test.each(["letter", "person", "reason"] as const)("is none without its %s", (member) =>
    expect(sealed({ ...release, [member]: null }, "release")).toBe("unverified"),
  );
});
