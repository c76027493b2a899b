import { CatalogError } from "../../errors.ts";
import type { DigestOptions, DigestPool, DigestRequest, FileDigest } from "../../ports/digest-pool.ts";
import { dealOut } from "./deal-out.ts";
import type { DigestLane } from "./lane.ts";

/** What a pool deals its jobs out to. */
export interface PoolLanes {
  /** Threads of their own; where there are none, or none is left, jobs are done in this thread. */
  readonly workers: readonly DigestLane[];
  /** Makes the lane of this thread, when it is needed. */
  readonly openInThread: () => DigestLane;
}

/** A pool over some lanes, which it closes when it is closed. */
export function createLanePool(lanes: PoolLanes): DigestPool {
  return new LanePool(lanes);
}

/** A worker has its next job before it is done with the one at hand, so that it never waits for this thread. */
const WORKER_JOBS = 2;

/** A lane, and how many jobs it has. */
interface Place {
  readonly lane: DigestLane;
  readonly mostJobs: number;
  jobs: number;
}

interface Job {
  readonly requests: readonly DigestRequest[];
  /** Aborted when nobody waits for it any more. */
  readonly over: AbortController;
}

class LanePool implements DigestPool {
  readonly #workers: readonly Place[];
  readonly #openInThread: () => DigestLane;
  #inThread: Place | undefined;
  readonly #waiting: ((place: Place) => void)[] = [];
  /** Ends each call that is under way. */
  readonly #calls = new Set<(reason: unknown) => void>();
  #closed: { readonly reason: unknown; readonly done: Promise<unknown> } | undefined;

  constructor({ workers, openInThread }: PoolLanes) {
    this.#workers = workers.map((lane) => ({ lane, mostJobs: WORKER_JOBS, jobs: 0 }));
    this.#openInThread = openInThread;
  }

  get how(): "workers" | "in_thread" {
    return this.#workers.some(({ lane }) => lane.isAlive) ? "workers" : "in_thread";
  }

  get size(): number {
    return Math.max(this.#workers.filter(({ lane }) => lane.isAlive).length, 1);
  }

  async digest(requests: readonly DigestRequest[], { signal }: DigestOptions = {}): Promise<readonly FileDigest[]> {
    signal?.throwIfAborted();
    if (this.#closed !== undefined) throw this.#closed.reason;
    const jobs = dealOut(requests).map((some): Job => ({ requests: some, over: new AbortController() }));
    try {
      const done = Promise.all(jobs.map((job) => this.#do(job)));
      return (await this.#untilEnded(done, signal)).flat();
    } catch (error) {
      // One that failed ends the others, too.
      for (const { over } of jobs) over.abort();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed.done;
  }

  #close(): { readonly reason: unknown; readonly done: Promise<unknown> } {
    const details = { what: "digest pool" };
    const reason = new CatalogError("CLOSED", "Cannot read files: the pool for their digests was closed", { details });
    this.#waiting.length = 0;
    for (const end of this.#calls) end(reason);
    const places = this.#inThread === undefined ? this.#workers : [...this.#workers, this.#inThread];
    return { reason, done: Promise.all(places.map(({ lane }) => lane.close(reason))) };
  }

  async #untilEnded<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
    let stopListening = (): void => {};
    try {
      return await new Promise<Result>((resolve, reject) => {
        const onAbort = (): void => reject(signal?.reason);
        signal?.addEventListener("abort", onAbort);
        this.#calls.add(reject);
        stopListening = () => {
          signal?.removeEventListener("abort", onAbort);
          this.#calls.delete(reject);
        };
        work.then(resolve, reject);
      });
    } finally {
      stopListening();
    }
  }

  async #do({ requests, over }: Job): Promise<readonly FileDigest[]> {
    const place = await new Promise<Place>((resolve) => {
      this.#waiting.push(resolve);
      this.#admit();
    });
    try {
      over.signal.throwIfAborted();
      return await place.lane.digest(requests, over.signal);
    } finally {
      place.jobs -= 1;
      this.#admit();
    }
  }

  /** Gives those who wait longest a place, as long as there is one. */
  #admit(): void {
    while (this.#waiting.length > 0) {
      const place = this.#findPlace();
      if (place === undefined) return;
      place.jobs += 1;
      this.#waiting.shift()?.(place);
    }
  }

  /** The place with the fewest jobs that can have another. */
  #findPlace(): Place | undefined {
    const living = this.#workers.filter(({ lane }) => lane.isAlive);
    const places = living.length > 0 ? living : [this.#placeInThread()];
    return places.filter(({ jobs, mostJobs }) => jobs < mostJobs).sort((one, other) => one.jobs - other.jobs)[0];
  }

  #placeInThread(): Place {
    this.#inThread ??= { lane: this.#openInThread(), mostJobs: 1, jobs: 0 };
    return this.#inThread;
  }
}
