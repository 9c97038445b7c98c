import express from "express";
import { expect, onTestFinished, test } from "vitest";
import { readFirst } from "./read-first.ts";
import { served } from "./testing.ts";

async function ask(isCaughtUp: boolean, init: RequestInit = {}): Promise<Response> {
  const app = express().use(readFirst({ isCaughtUp: () => isCaughtUp }));
  const { url, close } = await served(app.use((_, res) => void res.send("all of it")));
  onTestFinished(close);
  return await fetch(url, init);
}

test("before the topics were read to their end nothing is shown, and who asks is told to ask again", async () => {
  const answer = await ask(false);
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "2"]);
  expect(await answer.json()).toMatchObject({
    detail: expect.stringMatching(/is still reading its records.*\/readyz/),
  });
});

test("nor is anything taken, and the answer says so", async () => {
  const answer = await ask(false, { method: "POST" });
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ detail: expect.stringMatching(/^Nothing was recorded\./) });
});

test("a person sees a page that looks again by itself, but never one that would send their form again", async () => {
  const headers = { accept: "text/html,*/*;q=0.8" };
  const looked = await ask(false, { headers });
  expect([looked.status, looked.headers.get("content-type")]).toEqual([503, "text/html; charset=utf-8"]);
  expect(await looked.text()).toMatch(/http-equiv="refresh" content="2"[^]*still reading its records/);
  expect(await (await ask(false, { headers, method: "POST" })).text()).not.toContain("refresh");
});

test("after that everything is", async () => expect(await (await ask(true)).text()).toBe("all of it"));
