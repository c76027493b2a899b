import { describe, expect, it } from "vitest";
import { OrderedPool, type OrderedSection } from "../../../src/catalog/concurrency/ordered-pool.ts";

/** A promise and what resolves it. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Lets everything happen that can. */
async function settle(): Promise<void> {
  for (let round = 0; round < 20; round++) await Promise.resolve();
}

describe("OrderedPool", () => {
  it("enters sections and reports in the order of the beginning, whoever is ready first", async () => {
    const pool = new OrderedPool({ jobs: 3, window: 10 });
    const events: string[] = [];
    const slow = gate();
    const work = (name: string, before: Promise<void>) => async (section: OrderedSection) => {
      await before;
      await section.enter();
      events.push(`section ${name}`);
      section.leave();
      return () => void events.push(`end ${name}`);
    };
    await pool.start(work("a", slow.opened));
    await pool.start(work("b", Promise.resolve()));
    // It never enters its section, and lets nobody enter before its time all the same.
    await pool.start(async () => () => void events.push("end c"));
    await pool.start(work("d", Promise.resolve()));
    await settle();
    expect(events).toEqual([]);
    slow.open();
    await pool.drain();
    expect(events.filter((each) => each.startsWith("section"))).toEqual(["section a", "section b", "section d"]);
    expect(events.filter((each) => each.startsWith("end"))).toEqual(["end a", "end b", "end c", "end d"]);
  });

  it("keeps to its limits", async () => {
    const pool = new OrderedPool({ jobs: 1, window: 2 });
    const [first, second] = [gate(), gate()];
    let begun = 0;
    const work = (before: Promise<void>) => async (section: OrderedSection) => {
      begun++;
      await section.enter();
      await before;
      return () => {};
    };
    await pool.start(work(first.opened));
    await pool.start(work(second.opened));
    const third = pool.start(work(Promise.resolve()));
    await settle();
    expect(begun).toBe(2);
    first.open();
    second.open();
    await third;
    await pool.drain();
    expect(begun).toBe(3);
    const busy = gate();
    await pool.start(async () => {
      await busy.opened;
      return () => {};
    });
    const next = pool.start(work(Promise.resolve()));
    await settle();
    expect(begun).toBe(3);
    busy.open();
    await next;
    await pool.drain();
    expect(begun).toBe(4);
  });

  it("begins nothing after a failure, and ends what has begun", async () => {
    const pool = new OrderedPool({ jobs: 2, window: 4 });
    const late = gate();
    let ended = false;
    await pool.start(async () => {
      await late.opened;
      return () => {
        ended = true;
      };
    });
    await pool.start(async () => {
      throw new Error("broken");
    });
    await settle();
    await expect(pool.start(async () => () => {})).rejects.toThrow("broken");
    late.open();
    await expect(pool.drain()).rejects.toThrow("broken");
    expect(ended).toBe(true);
  });
});
