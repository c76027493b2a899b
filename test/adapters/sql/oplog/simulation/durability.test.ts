import { describe, expect, it } from "vitest";
import { isWhole } from "../../../../sampling.ts";
import { History, Violation } from "./history.ts";
import { keptOn, requireBeginnings } from "./kept.ts";
import { type Actor, Stage } from "./stage.ts";
import { crashAtEachStep, interruptAtEachStep, WORKS, type Work } from "./sweep.ts";

const SWEEP = { every: 15, survivors: 6 };
/** How many outcomes of a power failure are looked at. */
const SURVIVORS = isWhole("SWEEP_STRIDE") ? 100 : 25;
const KEYS = ["k1", "k2", "k3"];
const SOFT = ["batch", "checkpoint"] as const;

async function addAll(actor: Actor): Promise<void> {
  for (const key of KEYS) await actor.add(key);
}

describe.each(SOFT)("what durability %s acknowledges", (durability) => {
  const openOptions = { durability, checkpointOnClose: "never" } as const;

  async function begin(): Promise<readonly [Stage, Actor]> {
    const stage = new Stage({ survivors: SURVIVORS });
    const writer = await stage.open("writer", openOptions);
    await writer.run(() => addAll(writer));
    expect(stage.history.applied).toEqual(new Set(KEYS));
    return [stage, writer];
  }

  it("survives the end of the process, and is seen by all others", async () => {
    const [stage, writer] = await begin();
    const reader = await stage.open("reader", { mode: "read" });
    writer.kill();
    await reader.run(() => reader.look());
    await stage.kill();
  });

  it("may be gone after a power failure, whole and from the end", async () => {
    const [stage, writer] = await begin();
    await writer.run(() => writer.look());
    await stage.crash();
  });

  it.each<readonly [string, (stage: Stage, writer: Actor) => Promise<void>]>([
    ["sync()", (_stage, writer) => writer.run(() => writer.sync())],
    ["checkpoint()", (_stage, writer) => writer.run(() => writer.checkpoint())],
    ["close()", (_stage, writer) => writer.run(() => writer.close())],
    [
      "a batch of another that is durable",
      async (stage) => {
        const other = await stage.open("other");
        await other.run(() => other.add("durable"));
      },
    ],
    [
      "what another reads in a batch that is durable",
      async (stage) => {
        const other = await stage.open("other");
        await other.run(() => other.readInBatch());
      },
    ],
    [
      "a checkpoint of another",
      async (stage) => {
        const other = await stage.open("other");
        await other.run(() => other.checkpoint(true));
      },
    ],
  ])("is durable after %s", async (_title, confirm) => {
    const [stage, writer] = await begin();
    await confirm(stage, writer);
    expect(stage.history.applied.size).toBe(0);
    await stage.crash();
  });

  it("is durable after a checkpoint during which another began one, and is not done with it", async () => {
    const [stage, writer] = await begin();
    const other = await stage.open("other");
    writer.start(() => writer.checkpoint());
    expect(await writer.reach(/^chmod /)).toBe(true);
    other.start(() => other.checkpoint());
    expect(await other.reach(/^write \S*snapshot-1$/)).toBe(true);
    await writer.finish();
    expect(stage.history.applied.size).toBe(0);
    await stage.crash();
  });

  it("holds at each step, and whatever others do in between", async () => {
    const work: Work = async (actor) => {
      await actor.close();
      await actor.open(openOptions);
      await addAll(actor);
      await actor.close();
    };
    expect(await crashAtEachStep(work, SWEEP)).toBeGreaterThan(20);
    for (const meanwhile of Object.values(WORKS)) {
      expect(await interruptAtEachStep(work, meanwhile, { ...SWEEP, every: 60 })).toBeGreaterThan(20);
    }
  });

  it("goes on in new files when syncing it fails", async () => {
    const [stage, writer] = await begin();
    stage.failing({ at: /^fsync \S*\.oplog$/, fault: "EIO", times: 1 });
    await writer.run(() => writer.rest(500));
    await writer.attempt(() => writer.sync());
    expect(stage.mend()).toBe(true);
    await writer.run(() => writer.sync());
    await writer.run(() => writer.addForSure("later"));
    await stage.crash();
  });
});

describe("a history", () => {
  it("notices that a part in the middle is gone", () => {
    const history = new History();
    const lines = ["a/1", "a/2", "b/1", "b/2", "c/1", "c/2"];
    history.observe(lines, new Set(), "somebody");
    history.powerLoss();
    expect(() => history.clone().requireBeginning([...lines.slice(0, 2), ...lines.slice(4)], "recovery")).toThrow(
      Violation,
    );
    for (const left of [[], lines.slice(0, 4), [...lines, "d/1"]]) history.clone().requireBeginning(left, "recovery");
  });
});

describe("snapshots that are kept", () => {
  const work: Work = async (actor) => {
    await actor.close();
    await actor.open({ keepSnapshots: 2 });
    for (const key of KEYS) {
      await actor.add(`${actor.name}-${key}`);
      await actor.checkpoint();
    }
  };

  it("are the newest before the present one, and as many as are wanted", async () => {
    const stage = new Stage({ survivors: SURVIVORS });
    const checkpointer = await stage.open("checkpointer", { keepSnapshots: 2 });
    for (const [index, key] of [...KEYS, "k4"].entries()) {
      await checkpointer.run(() => checkpointer.add(key));
      await checkpointer.run(() => checkpointer.checkpoint());
      await checkpointer.run(() => checkpointer.look());
      const kept = keptOn(stage.world.disk);
      requireBeginnings(kept, stage.history.longest);
      expect(kept.map(({ name }) => Number(name.slice(-16)))).toEqual(
        [index - 1, index].filter((sequence) => sequence >= 0),
      );
    }
    await stage.crash();
  });

  it("are whole and what they say after a power failure at any step", async () => {
    expect(await crashAtEachStep(work, SWEEP)).toBeGreaterThan(40);
  });

  it("stay so whatever others do in between", async () => {
    for (const meanwhile of [work, ...Object.values(WORKS)]) {
      expect(await interruptAtEachStep(work, meanwhile, { ...SWEEP, every: 75, survivors: 3 })).toBeGreaterThan(25);
    }
  });
});
