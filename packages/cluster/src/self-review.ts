import type { Connection } from "./connection.ts";
import type { SelfReview } from "./port.ts";
import { member, parsed, sentence, textIn } from "./status.ts";

/** Questions about one's own credential: they are written as creations and store nothing. */
export function openSelfReview({ call }: Pick<Connection, "call">, timeoutMs: number): SelfReview {
  async function ask(path: string, body: unknown, signal?: AbortSignal): Promise<unknown> {
    const reply = await call(
      { verb: "POST", path, contentType: "application/json", body: JSON.stringify(body) },
      timeoutMs,
      signal,
    );
    if (reply.status !== 201)
      throw new Error(`${sentence(reply)} It happened while asking what this credential may do.`);
    return member(parsed(reply.text), "status");
  }
  return {
    user: async (signal) => {
      const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
      const name = textIn(
        member(await ask("/apis/authentication.k8s.io/v1/selfsubjectreviews", review, signal), "userInfo"),
        "username",
      );
      if (name === "") throw new Error("The API server did not say who this credential is.");
      return name;
    },
    may: async (right, signal) => {
      const review = {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes: right },
      };
      return (
        member(await ask("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review, signal), "allowed") === true
      );
    },
  };
}
