import { describe, expect, test } from "vitest";
import type { LiveFacts } from "../facts.ts";
import { factsOf, noImage, pods } from "../testing-facts.ts";
import { names, NEW, OLD, only, remedy, ROLLBACK } from "../testing-signatures.ts";

const NOT_FOUND = 'Failed to pull image "acme/api:2.41.0": manifest unknown: not found';

describe("image not found", () => {
  const absent = (message: string, old = OLD): LiveFacts =>
    factsOf({ releases: [{ ...NEW, pods: pods("new", 1, noImage(message)) }, old] });

  test("the registry does not have it, as the event says: roll back", () => {
    expect(names(absent(NOT_FOUND))).toEqual(["image-not-found"]);
    expect(remedy(absent(NOT_FOUND))).toEqual(ROLLBACK);
    expect(only(absent(NOT_FOUND)).says).toContain("acme/api:2.41.0");
  });

  test.for([
    [
      "the registry refuses us",
      "pull access denied, repository does not exist or may require authorization: not found",
    ],
    ["the registry answers 403", 'failed to authorize: 403 Forbidden, "not found"'],
    ["the reason is another one", "net/http: TLS handshake timeout"],
  ])("not when %s", ([, message]) => {
    expect(names(absent(message ?? ""))).not.toContain("image-not-found");
  });

  test("without an older release it is reported, and nothing is proposed", () => {
    const facts = factsOf({ releases: [{ ...NEW, pods: pods("new", 1, noImage(NOT_FOUND)) }] });
    expect(names(facts)).toEqual(["image-not-found"]);
    expect(remedy(facts)).toBeUndefined();
  });
});
