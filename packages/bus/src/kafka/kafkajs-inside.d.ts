/** The parts of kafkajs 2.2.4 that its own types leave out and that `patches.ts` mends. */
declare module "kafkajs/src/network/requestQueue/index.js" {
  const RequestQueue: {
    readonly prototype: {
      scheduleCheckPendingRequests: (this: RequestQueueInside) => void;
      readonly checkPendingRequests: () => void;
    };
  };
  export default RequestQueue;
  export type RequestQueueInside = {
    throttleCheckTimeoutId: NodeJS.Timeout | null;
    readonly throttledUntil: number;
    readonly pending: readonly unknown[];
    readonly checkPendingRequests: () => void;
  };
}

declare module "kafkajs/src/network/connection.js" {
  const Connection: { readonly prototype: { connect: (this: ConnectionInside) => Promise<boolean> } };
  export default Connection;
  export type ConnectionInside = {
    readonly isConnected: () => boolean;
    chunks: Buffer[];
    bytesBuffered: number;
    bytesNeeded: number;
  };
}

declare module "kafkajs/src/broker/index.js" {
  const Broker: { readonly prototype: { isConnected: (this: BrokerInside) => boolean } };
  export default Broker;
  /** What a broker understands; nothing before it has said so. */
  export type BrokerInside = { readonly versions: unknown };
}

declare module "kafkajs/src/protocol/decoder.js" {
  const Decoder: { readonly prototype: DecoderInside };
  export default Decoder;
  export type DecodedHeader = { readonly key: string; readonly value: Buffer };
  export type DecoderInside = {
    readVarIntArray: (this: DecoderInside, reader: (decoder: DecoderInside) => DecodedHeader) => DecodedHeader[];
    readonly readVarInt: () => number;
  };
}

declare module "kafkajs/src/errors.js" {
  export class KafkaJSSASLAuthenticationError extends Error {
    constructor(message: string);
  }
}
