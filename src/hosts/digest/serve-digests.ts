import { servePort } from "../../adapters/remote/channel.ts";
import type { DigestRequest, FileDigest } from "../../ports/digest-pool.ts";
import { type FilesOf, openThreadLane } from "./node-thread-lane.ts";
import { portOf, type ThreadEnd } from "./thread-port.ts";

/** The methods of a worker, as they travel. */
export interface DigestService {
  /** As the lane: the files of one job. */
  digest(
    values: readonly [requests: readonly DigestRequest[]],
    call: { readonly signal: AbortSignal },
  ): Promise<readonly FileDigest[]>;
}

/** A worker reads so many bytes, which takes some milliseconds, before it hears whether its signal was aborted. */
const PAUSE_BYTES = 4 * 1024 * 1024;

/** What a worker does: it reads files in its thread, for whoever is at the other end. */
export function serveDigests(end: ThreadEnd, filesOf: FilesOf): void {
  const lane = openThreadLane(filesOf, PAUSE_BYTES);
  servePort<DigestService>(portOf(end), { digest: ([requests], { signal }) => lane.digest(requests, signal) });
}
