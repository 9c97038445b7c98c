import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Kafka's number for a request that writes records. */
export const PRODUCE = 0;

/**
 * What becomes of one request: all is well; it is done and nobody hears of it, or half of it; the connection is cut before or
 * after it is done; its answer is late, and with it all that come after it on the connection.
 */
export type Fate = "pass" | "lose-answer" | "halve-answer" | "cut-before" | "cut-after" | { readonly lateMs: number };

/** Stands between clients on this machine and brokers on it, and decides the fate of each request. */
export type Proxy = AsyncDisposable & {
  /** For kafkajs: every connection to a broker goes through here, whatever address the broker says it has. */
  readonly socketFactory: (to: { readonly port: number; readonly onConnect: () => void }) => Socket;
};

/** @param fateOf is asked once for each request, with Kafka's number of what it asks for and the broker's port. */
export async function openProxy(ports: readonly number[], fateOf: (api: number, port: number) => Fate): Promise<Proxy> {
  const servers = new Map<number, { readonly server: Server; readonly port: number }>();
  const sockets = new Set<Socket>();
  for (const port of ports) {
    const server = createServer((client) => {
      const broker = connect({ host: "127.0.0.1", port });
      for (const socket of [client, broker]) sockets.add(socket);
      link(client, broker, (api) => fateOf(api, port));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.set(port, { server, port: (server.address() as AddressInfo).port }); // it listens on TCP
  }
  return {
    socketFactory: ({ port, onConnect }) =>
      connect({ host: "127.0.0.1", port: servers.get(port)?.port ?? port }, onConnect),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all(
        [...servers.values()].map(({ server }) => new Promise<void>((resolve) => server.close(() => resolve()))),
      );
    },
  };
}

function link(client: Socket, broker: Socket, fateOf: (api: number) => Fate): void {
  const fates = new Map<number, Fate>();
  const cut = (): void => {
    client.destroy();
    broker.destroy();
  };
  client.on(
    "data",
    frames((frame) => {
      const fate = fateOf(frame.readInt16BE(4));
      fates.set(frame.readInt32BE(8), fate);
      if (fate === "cut-before") cut();
      else broker.write(frame);
    }),
  );
  let turn = Promise.resolve();
  const answer = (frame: Buffer, fate: Fate): void => {
    if (fate === "cut-after") cut();
    else if (fate === "halve-answer") client.write(frame.subarray(0, frame.length >> 1), cut);
    else if (fate !== "lose-answer") client.write(frame);
  };
  broker.on(
    "data",
    frames((frame) => {
      const fate = fates.get(frame.readInt32BE(4)) ?? "pass";
      fates.delete(frame.readInt32BE(4));
      if (typeof fate === "object") turn = turn.then(() => sleep(fate.lateMs));
      turn = turn.then(() => answer(frame, fate));
    }),
  );
  for (const socket of [client, broker]) socket.on("close", cut).on("error", cut);
}

/** Every request and every answer begins with its length. */
function frames(take: (frame: Buffer) => void): (bytes: Buffer) => void {
  let held = Buffer.alloc(0);
  return (bytes) => {
    held = Buffer.concat([held, bytes]);
    while (held.length >= 4 && held.length >= 4 + held.readInt32BE(0)) {
      const frame = held.subarray(0, 4 + held.readInt32BE(0));
      held = held.subarray(frame.length);
      take(frame);
    }
  };
}
