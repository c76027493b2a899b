import { expect, it } from "vitest";
import { noTelemetry } from "../../../src/adapters/telemetry/none.ts";
import { timed } from "../../../src/catalog/telemetry/timed.ts";
import { TimedHash } from "../../../src/catalog/telemetry/timed-hash.ts";
import type { Sha256 } from "../../../src/core/sha256.ts";
import type { Clock } from "../../../src/ports/clock.ts";

let nowMs = 0;
const told: unknown[] = [];
const clock: Clock = { now: () => nowMs, monotonicMs: () => nowMs, sleep: async () => undefined };
const context = { clock, telemetry: { ...noTelemetry, record: (...args: unknown[]) => void told.push(args) } };
const name = "content_catalog.ingest.duration";

async function last(): Promise<unknown> {
  return told.splice(0).at(-1);
}

it("tells how long work took and how it ended", async () => {
  const take = async (ms: number): Promise<number> => {
    nowMs += ms;
    return ms;
  };
  expect(await timed(context, () => take(250), { name })).toBe(250);
  expect(await last()).toEqual([name, 0.25, { outcome: "ok" }]);
  const failure = new Error("work failed");
  await expect(timed(context, () => Promise.reject(failure), { name })).rejects.toBe(failure);
  expect(await last()).toEqual([name, 0, { outcome: "error" }]);
  const signal = AbortSignal.abort();
  await expect(timed(context, () => Promise.reject(signal.reason), { name, signal })).rejects.toBe(signal.reason);
  expect(await last()).toEqual([name, 0, { outcome: "aborted" }]);
  await expect(timed(context, () => Promise.reject(failure), { name, signal })).rejects.toBe(failure);
  expect(await last()).toEqual([name, 0, { outcome: "error" }]);
});

it("tells how long a hasher took, and not what was between", async () => {
  const spend = <Result>(ms: number, result: Result): Result => {
    nowMs += ms;
    return result;
  };
  const digest = "0".repeat(64) as Sha256;
  const hash = new TimedHash({ update: () => spend(2, undefined), digest: () => spend(5, digest) }, context);
  await hash.update(new Uint8Array(1));
  nowMs += 1000;
  await hash.update(new Uint8Array(1));
  expect(await hash.digest()).toBe(digest);
  expect(told.splice(0)).toEqual([["content_catalog.hash.duration", 0.009, { outcome: "ok" }]]);
  const broken = new TimedHash({ update: () => Promise.reject(new Error("no")), digest: () => digest }, context);
  await expect(broken.update(new Uint8Array(1))).rejects.toThrow("no");
  expect(told.splice(0)).toEqual([["content_catalog.hash.duration", 0, { outcome: "error" }]]);
});
