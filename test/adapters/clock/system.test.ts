import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/adapters/clock/system.ts";

describe("systemClock", () => {
  it("tells the time of the machine", () => {
    const before = Date.now();
    const now = systemClock.now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  it("measures without ever going back", () => {
    const readings = Array.from({ length: 1000 }, () => systemClock.monotonicMs());
    expect(readings).toEqual(readings.toSorted((a, b) => a - b));
  });

  it("sleeps, with and without a signal, and leaves no listener behind", async () => {
    const { signal } = new AbortController();
    await systemClock.sleep(1);
    await systemClock.sleep(1, signal);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("rejects with the reason of an abort before the sleep and during it", async () => {
    const reason = new Error("enough");
    await expect(systemClock.sleep(3_600_000, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const sleeping = systemClock.sleep(3_600_000, controller.signal);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });

  it("holds no timer after an abort", async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    const controller = new AbortController();
    const sleeping = systemClock.sleep(3_600_000, controller.signal);
    expect(timers()).toBe(before + 1);
    controller.abort();
    await expect(sleeping).rejects.toThrow("aborted");
    expect(timers()).toBe(before);
  });
});
