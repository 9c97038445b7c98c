import { timingSafeEqual } from "node:crypto";
import { sha256 } from "@holdfast/log";
import { problem } from "@holdfast/service";
import type { RequestHandler } from "express";

const LOOPBACK = /^(127(\.[0-9]{1,3}){3}|::1|localhost)$/;
const LOOPBACK_HOST = /^(127(\.[0-9]{1,3}){3}|\[::1\]|localhost)(:[0-9]+)?$/;

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** On loopback no token is asked for, so a name that a web page made to lead here is refused. */
export function onLoopback(): RequestHandler {
  return (req, res, next) => {
    if (LOOPBACK_HOST.test(req.headers.host ?? "")) next();
    else
      problem(
        res,
        403,
        "This door answers to localhost and 127.0.0.1 alone. Set HOLDFAST_AUDIT_HOST to open it to the network, with a token.",
      );
  };
}

/** Elsewhere every reader shows a token. */
export function withToken(isKnown: (token: string) => boolean): RequestHandler {
  return (req, res, next) => {
    const [, token] = /^Bearer ([\x21-\x7e]{1,200})$/.exec(req.headers.authorization ?? "") ?? [];
    if (token !== undefined && isKnown(token)) return next();
    res.set("www-authenticate", "Bearer");
    problem(
      res,
      401,
      "Events and receipts are shown to approvers and to the executor. Send the token as: Authorization: Bearer TOKEN.",
    );
  };
}

/** Compared by their hashes, which have one length, in constant time. */
export function sameToken(one: string, other: string): boolean {
  return timingSafeEqual(sha256(Buffer.from(one)), sha256(Buffer.from(other)));
}
