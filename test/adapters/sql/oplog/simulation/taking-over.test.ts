import { describe, expect, it } from "vitest";
import { type Actor, Stage } from "./stage.ts";

const SEALS = /^write \S*\.oplog$/;
const NAMES_LOG = /^rename \S*\/oplog-\d -> /;
const TAKES_DIRECTORY = /^rename \S*\.d -> \S*\/from-/;
const HAS_FOUND = /^rename \(found\) /;

/** Two checkpoints of one log: the first has sealed it and is about to name the next, the second is about to seal. */
async function begin(onStep?: (step: string) => void): Promise<readonly [Stage, Actor, Actor]> {
  const stage = new Stage({ onStep });
  const first = await stage.open("first");
  await first.run(() => first.add("k0"));
  const second = await stage.open("second");
  second.start(() => second.checkpoint());
  await second.reach(SEALS);
  first.start(() => first.checkpoint());
  await first.reach(NAMES_LOG);
  return [stage, first, second];
}

async function goOn(stage: Stage, ...actors: readonly Actor[]): Promise<void> {
  for (const actor of actors) {
    await actor.finish();
    await actor.run(() => actor.addForSure(`${actor.name}-later`));
  }
  const guest = await stage.open("guest", { mode: "read" });
  await guest.run(() => guest.look());
  await stage.crash();
}

describe("a checkpoint that takes over", () => {
  it("goes on when its own directory is taken while it takes the other's", async () => {
    const steps: string[] = [];
    const [stage, first, second] = await begin((step) => steps.push(step));
    await second.reach(TAKES_DIRECTORY);
    await second.reach(HAS_FOUND);
    // It is done, and tidies up; what the second has found lies within what it is about to take.
    await first.reach(TAKES_DIRECTORY);
    await first.reach(HAS_FOUND);
    expect(await first.steps(1)).toBe(true);
    const before = steps.length;
    expect(await second.reach(/^lstat|^stat \S*\.d$/)).toBe(true);
    expect(steps.slice(before)).toHaveLength(1);
    // It waits a moment before it looks again.
    expect(await second.reach(/^stat \S*\.oplog$/)).toBe(true);
    expect(steps.at(-1)).toBe(`${second.name}: sleep`);
    await goOn(stage, second, first);
  });

  it.each([false, true])("ends a rename that has begun, removing the log: %s", async (removeLog) => {
    const stage = new Stage({});
    const first = await stage.open("first");
    await first.run(() => first.add("k0"));
    first.start(() => first.checkpoint(removeLog));
    await first.reach(removeLog ? /^rename \S*\.oplog -> \S*\/ended$/ : NAMES_LOG);
    await first.reach(HAS_FOUND);
    const second = await stage.open("second");
    second.start(() => second.checkpoint());
    await second.reach(NAMES_LOG);
    // The next log has its name, and nothing is tidied up yet.
    await second.reach(/^syncdir \/$/);
    const third = await stage.open("third");
    await third.run(() => third.add("k2"));
    await goOn(stage, first, second, third);
  });

  it("deletes what those had taken who were killed before they could, in few steps and by short paths", async () => {
    const steps: string[] = [];
    const stage = new Stage({ onStep: (step) => steps.push(step) });
    const first = await stage.open("first");
    await first.run(() => first.add("k0"));
    first.start(() => first.checkpoint());
    await first.reach(NAMES_LOG);
    first.kill();
    for (let taker = 0; taker < 12; taker++) {
      const killed = await stage.open(`killed-${taker}`);
      killed.start(() => killed.checkpoint());
      expect(await killed.reach(/^list \S*\.d$/)).toBe(true);
      killed.kill();
    }
    const last = await stage.open("last");
    const before = steps.length;
    await last.run(() => last.checkpoint());
    expect(stage.world.disk.names().filter((name) => name.endsWith(".d"))).toEqual([]);
    // Some ten for each.
    expect(steps.length - before).toBeLessThan(300);
    expect(Math.max(...steps.map((step) => step.split("from-").length - 1))).toBeLessThanOrEqual(3);
    await goOn(stage, last);
  });

  it("gives way to a rename that has happened before it looks", async () => {
    const [stage, first, second] = await begin();
    await second.reach(TAKES_DIRECTORY);
    await first.reach(HAS_FOUND);
    expect(await second.reach(/^list \S*\.d$/)).toBe(true);
    await first.steps(1);
    await first.finish();
    await first.run(() => first.add("k1"));
    await goOn(stage, second, first);
  });
});
