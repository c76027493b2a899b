import { availableParallelism } from "node:os";
import { createLanePool } from "../../adapters/digest/lane-pool.ts";
import type { DigestPool } from "../../ports/digest-pool.ts";
import { DIGEST_WORKER } from "./digest-worker.gen.ts";
import { type FilesOf, openThreadLane } from "./node-thread-lane.ts";
import { openWorkerLane } from "./worker-lane.ts";

/** Options of {@link openDigests}. */
export interface OpenDigestsOptions {
  /** How many files are read at once. @default as many as there are processors, at most four */
  readonly jobs?: number | undefined;
  /** Whose calls on files are used. */
  readonly filesOf: FilesOf;
  /** What the workers run. @default what this package brings along */
  readonly script?: string | undefined;
}

/** More would wait for the device, for all that is known about it. */
const MOST_JOBS = 4;

/** In the program's own thread a pause is made after each read, and after each file. */
const ALWAYS = 0;

/**
 * Starts threads that read and hash the files of the machine. Where none can be started the same is done in this thread,
 * which does something else in between.
 */
export async function openDigests({
  jobs = Math.min(availableParallelism(), MOST_JOBS),
  filesOf,
  script = DIGEST_WORKER,
}: OpenDigestsOptions): Promise<DigestPool> {
  const started = await Promise.all(Array.from({ length: jobs }, () => openWorkerLane({ script, filesOf })));
  const workers = started.filter((lane) => lane !== undefined);
  return createLanePool({ workers, openInThread: () => openThreadLane(filesOf, ALWAYS) });
}
