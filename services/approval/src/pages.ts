import { Router, type RequestHandler } from "express";
import type { Desk } from "./desk.ts";

/** placeholder until written below */
export function pages(_desk: Desk, _read: RequestHandler): Router {
  return Router();
}
