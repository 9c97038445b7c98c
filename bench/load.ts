import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** One request, all of it: written as it is. */
export type NextRequest = () => Buffer;
export type Answered = { readonly status: number; readonly ms: number };

const ANSWER_MS_MAX = 30_000;
/** Shorter than a server keeps a connection on which nothing comes. */
const IDLE_MS_MAX = 3_000;
const LOOPBACK = "127.0.0.1";

/** A load test sends to this machine alone, a bounded number of requests for a bounded time. */
export type Bounds = { readonly requestsMax: number; readonly msMax: number };

/** A kept connection that asks one thing at a time. It is small on purpose: the client shares the machine with what it measures. */
type Connection = { readonly ask: (request: Buffer) => Promise<number>; readonly close: () => void };

export function post(path: string, port: number, body: string, token?: string): Buffer {
  const authorization = token === undefined ? "" : `authorization: Bearer ${token}\r\n`;
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nhost: ${LOOPBACK}:${port}\r\ncontent-type: application/json\r\n${authorization}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** Closed loop: so many connections, each asks again as soon as it is answered. */
export async function atOnce(port: number, connections: number, next: NextRequest, bounds: Bounds): Promise<Load> {
  const answers: Answered[] = [];
  const start = performance.now();
  let left = bounds.requestsMax;
  const work = async (): Promise<void> => {
    const connection = await open(port);
    try {
      while (left > 0 && performance.now() - start < bounds.msMax) {
        left -= 1;
        const request = next();
        const asked = performance.now();
        const status = await connection.ask(request);
        answers.push({ status, ms: performance.now() - asked });
      }
    } finally {
      connection.close();
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  return { answers, seconds: (performance.now() - start) / 1000 };
}

export type Load = { readonly answers: readonly Answered[]; readonly seconds: number };

/** Open loop: each request goes out at its time, whether the ones before it are answered or not, and its wait counts from that time. */
export async function paced(
  port: number,
  perSecond: number,
  requests: number,
  send: (index: number) => Buffer,
  connections = 32,
): Promise<Load> {
  const free: { readonly connection: Connection; readonly since: number }[] = [];
  const waiting: (() => void)[] = [];
  let opened = 0;
  const take = async (): Promise<Connection> => {
    for (;;) {
      const last = free.pop();
      if (last !== undefined && performance.now() - last.since < IDLE_MS_MAX) return last.connection;
      last?.connection.close();
      if (last !== undefined) opened -= 1;
      if (opened < connections) {
        opened += 1;
        return open(port);
      }
      await new Promise<void>((done) => waiting.push(done));
    }
  };
  const answers: Answered[] = [];
  const start = performance.now();
  const one = async (index: number): Promise<void> => {
    const due = start + (index * 1000) / perSecond;
    const request = send(index);
    const connection = await take();
    const status = await connection.ask(request);
    answers.push({ status, ms: performance.now() - due });
    free.push({ connection, since: performance.now() });
    waiting.shift()?.();
  };
  const sent: Promise<void>[] = [];
  for (let index = 0; index < requests; index += 1) {
    const waitMs = start + (index * 1000) / perSecond - performance.now();
    if (waitMs > 1) await sleep(waitMs);
    sent.push(one(index));
  }
  await Promise.all(sent);
  for (const { connection } of free) connection.close();
  return { answers, seconds: (performance.now() - start) / 1000 };
}

async function open(port: number): Promise<Connection> {
  const socket = connect({ host: LOOPBACK, port, noDelay: true });
  await new Promise<void>((done, failed) => socket.once("connect", done).once("error", failed));
  return { ask: (request) => ask(socket, request), close: () => socket.destroy() };
}

/** Both servers say how long their answer is. */
function ask(socket: Socket, request: Buffer): Promise<number> {
  return new Promise((done, failed) => {
    let text = "";
    const timer = setTimeout(() => end(() => failed(new Error("no answer came in time"))), ANSWER_MS_MAX);
    const end = (then: () => void): void => {
      clearTimeout(timer);
      socket.off("data", take).off("close", closed);
      then();
    };
    const closed = (): void => end(() => failed(new Error("the connection was closed before the answer")));
    const take = (bytes: Buffer): void => {
      text += bytes.toString("latin1");
      const head = text.indexOf("\r\n\r\n");
      if (head < 0) return;
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0);
      if (text.length >= head + 4 + length) end(() => done(Number(text.slice(9, 12))));
    };
    socket.on("data", take).once("close", closed);
    socket.write(request);
  });
}
