import { createHash, timingSafeEqual } from "node:crypto";

/** Whether an Authorization header carries the token. Digests are compared, in constant time, so that the answer's timing tells neither text nor length. */
export function bearerIs(token: string): (authorization: string | undefined) => boolean {
  const wanted = digest(token);
  return (authorization) => {
    const [, given] = /^Bearer +([^\s]+)$/i.exec(authorization ?? "") ?? [];
    return timingSafeEqual(digest(given ?? ""), wanted) && given !== undefined;
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
