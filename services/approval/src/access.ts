import type { Approvers, Person } from "@holdfast/guard";
import { problem } from "@holdfast/service";
import type { Request, RequestHandler } from "express";

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;
const LOOPBACK_HOST = /^(127(\.\d{1,3}){3}|\[::1\]|localhost)(:\d+)?$/;

/** Who may read, by the address that the door is bound to: on loopback whoever is on this machine, elsewhere an approver. */
export function readers(boundTo: string, approvers: Approvers): RequestHandler {
  return LOOPBACK.test(boundTo) ? onLoopback : withToken(approvers);
}

/** The approver whose token came with the request, and nobody for any other reason: no name in a header is believed. */
export function personOf(approvers: Approvers, req: Request): Person | undefined {
  const [, token] = /^Bearer +([\x21-\x7e]{1,200})$/i.exec(req.headers.authorization ?? "") ?? [];
  return token === undefined ? undefined : approvers.identify(token);
}

/** No token is asked for here, so a name that some web page made to lead to this machine is refused. */
const onLoopback: RequestHandler = (req, res, next) => {
  if (LOOPBACK_HOST.test(req.headers.host ?? "")) next();
  else
    problem(
      res,
      403,
      "This door answers to localhost and 127.0.0.1 alone. Set HOLDFAST_APPROVAL_HOST to open it to the network, with a token.",
    );
};

function withToken(approvers: Approvers): RequestHandler {
  return (req, res, next) => {
    if (personOf(approvers, req) !== undefined || byPassword(approvers, req)) return next();
    res.set("www-authenticate", 'Bearer, Basic realm="Holdfast: your token is the password", charset="UTF-8"');
    problem(
      res,
      401,
      "Approvers alone read here. Send your token as: Authorization: Bearer TOKEN; in a browser it is the password, with any name.",
    );
  };
}

/** A browser can carry a token only as a password. It lets read, and never vote: a vote takes the token itself. */
function byPassword(approvers: Approvers, req: Request): boolean {
  const [, encoded] = /^Basic +([A-Za-z0-9+/=]{1,400})$/i.exec(req.headers.authorization ?? "") ?? [];
  if (encoded === undefined || req.method !== "GET") return false;
  const token = Buffer.from(encoded, "base64").toString().split(":").slice(1).join(":");
  return approvers.identify(token) !== undefined;
}

/**
 * A form may only be sent by a page of this very door. Browsers say which page sent it, and no page can make them lie; our
 * pages send no referrer, so Origin is "null" where Sec-Fetch-Site speaks, and only where it is silent does Origin count.
 */
export const fromOwnPage: RequestHandler = (req, res, next) => {
  const { origin, host, "sec-fetch-site": site } = req.headers;
  const isOwn = site === undefined ? origin !== undefined && URL.parse(origin)?.host === host : site === "same-origin";
  if (isOwn) next();
  else
    problem(
      res,
      403,
      "This form was not sent by a page of this door, so nothing was done. Open the proposal here and vote there.",
    );
};
