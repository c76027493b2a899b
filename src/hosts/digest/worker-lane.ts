import { Worker } from "node:worker_threads";
import type { DigestLane } from "../../adapters/digest/lane.ts";
import { RemoteCaller, type RemoteObject } from "../../adapters/remote/channel.ts";
import { CatalogError } from "../../errors.ts";
import type { DigestRequest, FileDigest } from "../../ports/digest-pool.ts";
import type { FilesOf } from "./node-thread-lane.ts";
import type { DigestService } from "./serve-digests.ts";
import { portOf } from "./thread-port.ts";

/** Options of {@link openWorkerLane}. */
export interface WorkerLaneOptions {
  /** What the worker runs: a CommonJS script that serves {@link DigestService} at its `parentPort`. */
  readonly script: string;
  /** Whose calls on files it uses. */
  readonly filesOf: FilesOf;
}

/**
 * Starts a worker, and waits until it works; `undefined` where it does not: a runtime may permit none. Its script is a
 * text, so that no file of it has to be found or may have to be read.
 */
export async function openWorkerLane({ script, filesOf }: WorkerLaneOptions): Promise<DigestLane | undefined> {
  let lane: WorkerLane | undefined;
  try {
    // Flags of the program, such as a module that is loaded before all others, are none of its business.
    lane = new WorkerLane(new Worker(script, { eval: true, execArgv: [], workerData: filesOf }));
    await lane.digest([], new AbortController().signal);
    return lane;
  } catch {
    return undefined;
  }
}

class WorkerLane implements DigestLane {
  readonly #worker: Worker;
  readonly #caller: RemoteCaller;
  readonly #remote: RemoteObject<DigestService>;
  #jobs = 0;
  isAlive = true;

  constructor(worker: Worker) {
    this.#worker = worker;
    this.#caller = new RemoteCaller(portOf(worker));
    this.#remote = this.#caller.object<DigestService>();
    worker.on("error", (error) => this.#fail(workerEnded(error)));
    worker.on("exit", (exitCode) => this.#fail(workerEnded(exitCode)));
    worker.unref();
  }

  /** The program goes on while it waits for digests, and not for a worker that has nothing to do. */
  async digest(requests: readonly DigestRequest[], signal: AbortSignal): Promise<readonly FileDigest[]> {
    this.#jobs += 1;
    this.#worker.ref();
    try {
      return await this.#remote.call("digest", [requests], { signal });
    } finally {
      this.#jobs -= 1;
      if (this.#jobs === 0) this.#worker.unref();
    }
  }

  async close(reason: unknown): Promise<void> {
    this.#fail(reason);
    await this.#worker.terminate();
  }

  #fail(reason: unknown): void {
    this.isAlive = false;
    this.#caller.fail(reason);
  }
}

function workerEnded(why: unknown): CatalogError<"BACKEND"> {
  const what = why instanceof Error ? why.message : `exit code ${why}`;
  return new CatalogError("BACKEND", `Cannot read files: a thread that does so ended: ${what}`, {
    details: { what: "worker thread" },
    cause: why,
    hint: "Run the same again; what it had read is not lost.",
  });
}
