import { DatabaseSync } from "node:sqlite";
import type { AddressInfo } from "node:net";
import express from "express";
import { taskOf } from "./child.ts";

/** The least that a durable webhook can be: express reads the JSON, and one insert reaches the disk before the answer. */
const { file } = taskOf<{ readonly file: string }>();
const database = new DatabaseSync(file);
database.exec(
  "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE webhook(id INTEGER PRIMARY KEY, body TEXT)",
);
const insert = database.prepare("INSERT INTO webhook(body) VALUES(?)");

const app = express();
app.use(express.json());
app.post("/", (request, response) => {
  insert.run(JSON.stringify(request.body));
  response.status(202).json({ accepted: 1 });
});
/** What it would be without the disk: the same, and nothing is kept. */
app.post("/forgotten", (_request, response) => {
  response.status(202).json({ accepted: 1 });
});
const server = app.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
