import Connection from "kafkajs/src/network/connection.js";
import RequestQueue from "kafkajs/src/network/requestQueue/index.js";

/** kafkajs's own interval for a look at requests that wait for an answer to one before them. */
const PENDING_LOOK_MS = 10;
const LENGTH_BYTES = 4;

let isPatched = false;

/**
 * Two defects of kafkajs 2.2.4, mended where they are. Its request queue arms a timer every millisecond for ever; and a
 * connection that is opened again goes on reading where the one before it was cut, and takes garbage for an answer.
 */
export function patchKafkajs(): void {
  if (isPatched) return;
  isPatched = true;
  const { connect } = Connection.prototype;
  if (typeof connect !== "function" || typeof RequestQueue.prototype.scheduleCheckPendingRequests !== "function")
    throw new Error("kafkajs is not the version that Holdfast mends: install 2.2.4 exactly.");
  Connection.prototype.connect = function () {
    if (!this.isConnected()) Object.assign(this, { chunks: [], bytesBuffered: 0, bytesNeeded: LENGTH_BYTES });
    return connect.call(this);
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
