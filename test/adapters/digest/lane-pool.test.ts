import { describe, expect, it } from "vitest";
import { createLanePool } from "../../../src/adapters/digest/lane-pool.ts";
import type { DigestPool, DigestRequest, FileDigest } from "../../../src/ports/digest-pool.ts";

interface GivenJob {
  readonly requests: readonly DigestRequest[];
  readonly signal: AbortSignal;
  resolve(digests: readonly FileDigest[]): void;
  reject(reason: unknown): void;
}

/** A lane that does its jobs when the test says so. */
class LaneOfTest {
  isAlive = true;
  closed = 0;
  readonly jobs: GivenJob[] = [];

  digest(requests: readonly DigestRequest[], signal: AbortSignal): Promise<readonly FileDigest[]> {
    return new Promise((resolve, reject) => this.jobs.push({ requests, signal, resolve, reject }));
  }

  async close(): Promise<void> {
    this.isAlive = false;
    this.closed += 1;
  }

  /** Does the job that it was given first. */
  async finish(): Promise<void> {
    const job = this.jobs.shift();
    job?.resolve(job.requests.map(() => ({ kind: "gone" })));
    await passOn();
  }

  async die(reason: Error): Promise<void> {
    this.isAlive = false;
    for (const job of this.jobs.splice(0)) job.reject(reason);
    await passOn();
  }
}

/** Lets whatever is ready go on. */
function passOn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A request that is a job of its own. */
const LARGE: DigestRequest = { path: "/large", followSymlinks: false, sizeBytes: 1e12 };
const DIED = new Error("died");

function poolOf(workers: number): {
  readonly pool: DigestPool;
  readonly lanes: readonly LaneOfTest[];
  readonly own: LaneOfTest;
} {
  const lanes = Array.from({ length: workers }, () => new LaneOfTest());
  const own = new LaneOfTest();
  return { pool: createLanePool({ workers: lanes, openInThread: () => own }), lanes, own };
}

function loads(lanes: readonly LaneOfTest[]): readonly number[] {
  return lanes.map(({ jobs }) => jobs.length);
}

describe("a pool", () => {
  it("gives jobs to whom has the fewest, two to each at most, and the next when one is done", async () => {
    const { pool, lanes, own } = poolOf(2);
    const call = pool.digest(Array.from({ length: 7 }, () => LARGE));
    await passOn();
    expect(loads(lanes)).toEqual([2, 2]);
    await lanes[0]?.finish();
    expect(loads(lanes)).toEqual([2, 2]);
    for (let at = 0; at < 3; at++) for (const lane of lanes) await lane.finish();
    expect((await call).length).toBe(7);
    expect([own.jobs.length, pool.how, pool.size]).toEqual([0, "workers", 2]);
    const one = pool.digest([LARGE, LARGE]);
    await passOn();
    expect(loads(lanes)).toEqual([1, 1]);
    for (const lane of lanes) await lane.finish();
    expect((await one).length).toBe(2);
  });

  it("does one job at a time in its own thread, where there are no workers", async () => {
    const { pool, own } = poolOf(0);
    const call = pool.digest([LARGE, LARGE]);
    await passOn();
    expect([own.jobs.length, pool.how, pool.size]).toEqual([1, "in_thread", 1]);
    await own.finish();
    expect(own.jobs.length).toBe(1);
    await own.finish();
    expect((await call).length).toBe(2);
    await pool.close();
    expect(own.closed).toBe(1);
  });

  it("rejects what a worker had that died, and does the rest with those that are left", async () => {
    const { pool, lanes, own } = poolOf(2);
    const calls = Array.from({ length: 6 }, () => pool.digest([LARGE]));
    const results = Promise.allSettled(calls);
    await passOn();
    await lanes[0]?.die(DIED);
    expect([...loads(lanes), pool.size, pool.how]).toEqual([0, 2, 1, "workers"]);
    for (let at = 0; at < 4; at++) await lanes[1]?.finish();
    const outcomes = (await results).map(({ status }) => status);
    expect(outcomes.filter((status) => status === "rejected").length).toBe(2);
    expect(own.jobs.length).toBe(0);
    await expect(calls[0]).rejects.toBe(DIED);
  });

  it("goes on in its own thread when the last worker died, with work or without", async () => {
    const { pool, lanes, own } = poolOf(1);
    const calls = Array.from({ length: 3 }, () => pool.digest([LARGE]));
    const results = Promise.allSettled(calls);
    await passOn();
    await lanes[0]?.die(DIED);
    expect([own.jobs.length, pool.how, pool.size]).toEqual([1, "in_thread", 1]);
    await own.finish();
    expect((await results).map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled"]);
    const idle = poolOf(1);
    await idle.lanes[0]?.die(DIED);
    const call = idle.pool.digest([LARGE]);
    await passOn();
    await idle.own.finish();
    expect((await call).length).toBe(1);
  });

  it("ends the jobs of a call that was aborted or failed, and gives the places to others", async () => {
    const { pool, lanes } = poolOf(1);
    const [lane] = lanes;
    const controller = new AbortController();
    const aborted = pool.digest([LARGE, LARGE, LARGE, LARGE], controller);
    const other = pool.digest([LARGE]);
    await passOn();
    const given = [...(lane?.jobs ?? [])];
    controller.abort(DIED);
    await expect(aborted).rejects.toBe(DIED);
    expect(given.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    for (const job of given) job.reject(new Error("nobody hears it"));
    lane?.jobs.splice(0);
    await passOn();
    expect(lane?.jobs.length).toBe(1);
    await lane?.finish();
    expect((await other).length).toBe(1);
    const failed = pool.digest([LARGE, LARGE]);
    await passOn();
    lane?.jobs[0]?.reject(DIED);
    await expect(failed).rejects.toBe(DIED);
    expect(lane?.jobs[1]?.signal.aborted).toBe(true);
  });

  it("gives what waits to nobody once it is closed", async () => {
    const { pool, lanes, own } = poolOf(1);
    const call = pool.digest([LARGE, LARGE, LARGE]);
    await passOn();
    const closing = pool.close();
    await expect(call).rejects.toMatchObject({ code: "CLOSED" });
    await lanes[0]?.die(DIED);
    await closing;
    expect([lanes[0]?.closed, own.jobs.length, own.closed]).toEqual([1, 0, 0]);
  });
});
