import { expect, onTestFinished, test } from "vitest";
import type { Desk } from "./desk.ts";
import { openDoor } from "./door.ts";
import { people, served } from "./testing.ts";

const { approvers } = people();

async function ask(isCaughtUp: boolean, path = "/", init: RequestInit = {}): Promise<Response> {
  const desk: Partial<Desk> = { approvers, boundTo: "127.0.0.1", isCaughtUp: () => isCaughtUp };
  const { url, close } = await served(openDoor(desk as Desk)); // the rest of it is asked for later
  onTestFinished(close);
  return await fetch(`${url}${path}`, init);
}

test("before the topics were read to their end nothing is shown, and who asks is told to ask again", async () => {
  const answer = await ask(false, "/v1/proposals");
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "2"]);
  expect(await answer.json()).toMatchObject({
    detail: expect.stringMatching(/is still reading its records.*\/readyz/),
  });
});

test("nor is anything taken, and the answer says so", async () => {
  const answer = await ask(false, "/v1/approvals", { method: "POST" });
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ detail: expect.stringMatching(/^Nothing was recorded\./) });
});

test("a person sees a page that looks again by itself, but never one that would send their form again", async () => {
  const headers = { accept: "text/html,*/*;q=0.8" };
  const looked = await ask(false, "/", { headers });
  expect([looked.status, looked.headers.get("content-type")]).toEqual([503, "text/html; charset=utf-8"]);
  expect(await looked.text()).toMatch(/http-equiv="refresh" content="2"[^]*still reading its records/);
  expect(await (await ask(false, "/proposals/one/votes", { headers, method: "POST" })).text()).not.toContain("refresh");
});

test("after that the door answers", async () => expect((await ask(true, "/v1/me")).status).toBe(401));
