import { describe, expect, test } from "vitest";
import { openRedactor } from "@holdfast/redact";
import { factsOf, noImage, pods } from "../testing-facts.ts";
import { names, NEW, OLD, only, remedy, shown } from "../testing-signatures.ts";

const because = (message: string, spec = {}) =>
  factsOf({
    releases: [{ ...NEW, pods: pods("new", 2, noImage(message)).map((pod) => ({ ...pod, spec })) }, OLD],
  });

describe("the registry refuses us", () => {
  test.for([
    "failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized",
    "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope",
    'unexpected status from HEAD request to https://registry.example.com/v2/api: 403 Forbidden, "not found"',
  ])("it is reported and nothing is proposed, whatever release it began with: %s", (raw) => {
    // as it is read: words like these look like a credential to the redactor
    const message = openRedactor([]).text(raw);
    expect(names(because(message))).toEqual(["registry-refuses"]);
    expect(remedy(because(message))).toBeUndefined();
    expect(only(because(message)).explains).toEqual(["new-0", "new-1"]);
  });

  test("the pull secrets are named, and no content of one is shown", () => {
    const facts = because("401 Unauthorized", { imagePullSecrets: [{ name: "registry-login" }, {}] });
    expect(shown(facts)).toContain("pull secrets, whose content nobody read: registry-login, ?");
    expect(shown(because("401 Unauthorized"))).toContain("names no pull secret");
  });

  test.for(["manifest unknown: not found", "net/http: TLS handshake timeout", "blob size 1403 mismatch"])(
    "not when the registry answers otherwise: %s",
    (message) => {
      expect(names(because(message))).not.toContain("registry-refuses");
    },
  );
});
