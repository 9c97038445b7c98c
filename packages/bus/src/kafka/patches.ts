import Broker from "kafkajs/src/broker/index.js";
import Connection from "kafkajs/src/network/connection.js";
import Decoder, { type DecodedHeader } from "kafkajs/src/protocol/decoder.js";
import RequestQueue from "kafkajs/src/network/requestQueue/index.js";

/** kafkajs's own interval for a look at requests that wait for an answer to one before them. */
const PENDING_LOOK_MS = 10;
const LENGTH_BYTES = 4;

let isPatched = false;

/**
 * Four defects of kafkajs 2.2.4, mended where they are. Its request queue arms a timer every millisecond for ever; a
 * connection that is opened again goes on reading where the one before it was cut, and takes garbage for an answer; it
 * copies all headers of a record for each of them, so that one record of eight thousand stops every reader for half a minute;
 * and it takes a broker that hung when it was first asked what it understands for connected, and for unusable, until the
 * connection ends.
 */
export function patchKafkajs(): void {
  if (isPatched) return;
  isPatched = true;
  const { connect } = Connection.prototype;
  const { readVarIntArray } = Decoder.prototype;
  const { isConnected } = Broker.prototype;
  if (
    typeof isConnected !== "function" ||
    typeof readVarIntArray !== "function" ||
    typeof connect !== "function" ||
    typeof RequestQueue.prototype.scheduleCheckPendingRequests !== "function"
  )
    throw new Error("kafkajs is not the version that Holdfast mends: install 2.2.4 exactly.");
  Connection.prototype.connect = function () {
    if (!this.isConnected()) Object.assign(this, { chunks: [], bytesBuffered: 0, bytesNeeded: LENGTH_BYTES });
    return connect.call(this);
  };
  Broker.prototype.isConnected = function () {
    return isConnected.call(this) && Boolean(this.versions);
  };
  // What it reads so are headers alone, and all that is done with them is to reduce them to this.
  Decoder.prototype.readVarIntArray = function (reader) {
    const headers = readVarIntArray.call(this, reader);
    return Object.assign(headers, { reduce: () => byName(headers) });
  };
  RequestQueue.prototype.scheduleCheckPendingRequests = function () {
    if (this.throttleCheckTimeoutId !== null) return;
    const throttledMs = this.throttledUntil - Date.now();
    if (throttledMs <= 0 && this.pending.length === 0) return;
    const look = (): void => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    };
    this.throttleCheckTimeoutId = setTimeout(look, throttledMs > 0 ? throttledMs : PENDING_LOOK_MS);
  };
}

/** Under each name what stands there, in order. */
function byName(headers: readonly DecodedHeader[]): Readonly<Record<string, readonly Buffer[]>> {
  const named = new Map<string, Buffer[]>();
  for (const { key, value } of headers) {
    const known = named.get(key);
    if (known === undefined) named.set(key, [value]);
    else known.push(value);
  }
  return Object.fromEntries(named);
}
