import { describe, expect, it } from "vitest";
import { onAbort } from "../../../src/catalog/concurrency/on-abort.ts";
import { Slots, withSlot } from "../../../src/catalog/concurrency/slots.ts";

/** Lets all promises that can go on do so. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("Slots", () => {
  it("are given in the order of the calls, so many at once", async () => {
    const slots = new Slots(2);
    const taken: number[] = [];
    const held = [0, 1, 2, 3].map((number) =>
      slots.take().then((slot) => {
        taken.push(number);
        return slot;
      }),
    );
    await turn();
    expect(taken).toEqual([0, 1]);
    (await held[1])?.release();
    (await held[1])?.release();
    await turn();
    expect(taken).toEqual([0, 1, 2]);
    (await held[0])?.release();
    await turn();
    expect(taken).toEqual([0, 1, 2, 3]);
  });

  it("are waited for until the signal says not to, and then by the others", async () => {
    const slots = new Slots(1);
    const first = await slots.take();
    const abort = new AbortController();
    const [second, third] = [slots.take({ signal: abort.signal }), slots.take()];
    abort.abort("enough");
    await expect(second).rejects.toBe("enough");
    await expect(slots.take({ signal: abort.signal })).rejects.toBe("enough");
    first.release();
    (await third).release();
    (await slots.take()).release();
  });

  it("come back when the work fails", async () => {
    const slots = new Slots(1);
    await expect(withSlot(slots, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await withSlot(slots, async () => "yes")).toBe("yes");
    expect(await withSlot(undefined, async () => "unbounded")).toBe("unbounded");
  });
});

describe("onAbort", () => {
  it("calls each once, but for those who went", () => {
    const abort = new AbortController();
    const called: string[] = [];
    const forget = ["a", "b", "c", "d"].map((name) =>
      onAbort(abort.signal, () => {
        called.push(name);
        // Who is told may end what others wait for.
        if (name === "a") forget[2]?.();
      }),
    );
    forget[1]?.();
    abort.abort();
    expect(called).toEqual(["a", "d"]);
    onAbort(abort.signal, () => called.push("late"))();
    expect(called).toEqual(["a", "d", "late"]);
  });

  it("listens to a signal once, however many wait", () => {
    const abort = new AbortController();
    let listeners = 0;
    const { addEventListener } = abort.signal;
    abort.signal.addEventListener = (...values: Parameters<typeof addEventListener>): void => {
      listeners += 1;
      addEventListener.apply(abort.signal, values);
    };
    for (let count = 0; count < 100; count++) onAbort(abort.signal, () => {});
    expect(listeners).toBe(1);
  });
});
