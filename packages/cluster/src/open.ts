import { openClaims } from "./claims.ts";
import { connect, type Access, type Connection } from "./connection.ts";
import type { Claims, ClusterReader, DryRunner, SelfReview, Sender } from "./port.ts";
import { openReader } from "./reader.ts";
import { openDryRunner, openSender } from "./sealed.ts";
import { openSelfReview } from "./self-review.ts";

export type ClusterOptions = {
  readonly access: Access;
  /** Both stand in the User-Agent of every request, and so in the API server's audit log. */
  readonly service: string;
  readonly version: string;
  readonly timeoutMs: number;
};

export type ObservedCluster = AsyncDisposable & {
  readonly reader: ClusterReader;
  readonly selfReview: SelfReview;
  readonly close: () => Promise<void>;
};

export type Cluster = ObservedCluster & {
  readonly dryRunner: DryRunner;
  readonly sender: Sender;
  readonly claims: Claims;
};

/** @throws a sentence where the credential cannot be used or the server cannot be trusted; nothing is sent before the first call. */
export function openCluster(options: ClusterOptions): Cluster {
  const connection = connect(options.access, userAgent(options));
  return {
    ...observed(connection, options.timeoutMs),
    dryRunner: openDryRunner(connection, options.timeoutMs),
    sender: openSender(connection),
    claims: openClaims(connection, options.timeoutMs),
  };
}

/** For mode observe: what it returns can read and ask about itself, and holds nothing that writes. */
export function openReadOnlyCluster(options: ClusterOptions): ObservedCluster {
  return observed(connect(options.access, userAgent(options)), options.timeoutMs);
}

function observed(connection: Connection, timeoutMs: number): ObservedCluster {
  const { close } = connection;
  return {
    reader: openReader(connection, timeoutMs),
    selfReview: openSelfReview(connection, timeoutMs),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function userAgent({ service, version }: ClusterOptions): string {
  return `holdfast-${service}/${version}`;
}
