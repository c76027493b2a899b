import { describe, expect, it, vi } from "vitest";
import { createFileDigests } from "../../../src/adapters/digest/file-digests.ts";
import { createThreadLane } from "../../../src/adapters/digest/thread-lane.ts";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import { createNativeHasher } from "../../../src/adapters/hash/native.ts";
import { CHUNK_BYTES, createFileOfTest } from "./_files-of-test.ts";

const REQUEST = { path: "/file", followSymlinks: false, sizeBytes: 10 };
const KIBIBYTE = 1024;
const never = new AbortController().signal;

/** A lane over one file, and the pauses that it makes. */
function laneOver(text: string, { pauseBytes }: { readonly pauseBytes: number }) {
  const file = createFileOfTest(text);
  const pause = vi.fn(async () => {});
  const lane = createThreadLane({ files: file.files, hasher: createNativeHasher(), pause, pauseBytes });
  return { file, pause, lane };
}

describe("a lane in the thread", () => {
  it("pauses after so many bytes, a file counting for 64 KiB at least", async () => {
    const small = laneOver("tiny", { pauseBytes: 128 * KIBIBYTE });
    await small.lane.digest([REQUEST, REQUEST, REQUEST], never);
    expect(small.pause).toHaveBeenCalledTimes(1);
    await small.lane.digest([REQUEST], never);
    expect(small.pause).toHaveBeenCalledTimes(2);
    const large = laneOver("x".repeat(4 * CHUNK_BYTES), { pauseBytes: 2 * CHUNK_BYTES });
    await large.lane.digest([REQUEST], never);
    expect(large.pause).toHaveBeenCalledTimes(3);
  });

  it("pauses always where it is to", async () => {
    const { lane, pause } = laneOver("x".repeat(2 * CHUNK_BYTES), { pauseBytes: 0 });
    await lane.digest([REQUEST], never);
    expect(pause).toHaveBeenCalledTimes(3);
  });

  it("does one job after the other", async () => {
    const { file, lane } = laneOver("x".repeat(4 * CHUNK_BYTES), { pauseBytes: 0 });
    const opened: number[] = [];
    file.before = (call) => {
      if (call === "open") opened.push(file.counts.get("close") ?? 0);
    };
    await Promise.all([lane.digest([REQUEST, REQUEST], never), lane.digest([REQUEST], never)]);
    expect(opened).toEqual([0, 1, 2]);
  });

  it("hears in the middle of a file, and before the next, that a job was aborted, and does the next job", async () => {
    const { file, lane, pause } = laneOver("x".repeat(4 * CHUNK_BYTES), { pauseBytes: CHUNK_BYTES });
    const [reason, controller] = [new Error("no longer wanted"), new AbortController()];
    pause.mockImplementationOnce(async () => {}).mockImplementationOnce(async () => controller.abort(reason));
    await expect(lane.digest([REQUEST, REQUEST], controller.signal)).rejects.toBe(reason);
    expect([file.counts.get("read"), file.counts.get("close")]).toEqual([2, 1]);
    expect(await lane.digest([REQUEST], never)).toMatchObject([{ kind: "read" }]);
    await expect(lane.digest([REQUEST], AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it("rejects what it was given when it is closed, and is closed when that is over", async () => {
    const { file, lane, pause } = laneOver("x".repeat(4 * CHUNK_BYTES), { pauseBytes: CHUNK_BYTES });
    const reason = new Error("closed");
    let closing: Promise<void> | undefined;
    pause.mockImplementationOnce(async () => {
      closing = lane.close(reason);
    });
    expect(lane.isAlive).toBe(true);
    const jobs = [lane.digest([REQUEST], never), lane.digest([REQUEST], never)];
    for (const job of jobs) await expect(job).rejects.toBe(reason);
    await closing;
    await lane.close(new Error("closed again"));
    expect([lane.isAlive, file.counts.get("close")]).toEqual([false, 1]);
  });
});

describe("digests over a file system", () => {
  it("work where there is no channel to pause by", async () => {
    vi.stubGlobal("MessageChannel", undefined);
    try {
      const fs = createMemoryFileSystem();
      const handle = await fs.open("/file", "create");
      await handle.write(new Uint8Array(2 * 1024 * KIBIBYTE));
      await handle.close();
      const pool = createFileDigests(fs, createNativeHasher());
      expect(await pool.digest([REQUEST])).toMatchObject([{ kind: "read", sizeBytes: 2 * 1024 * KIBIBYTE }]);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
