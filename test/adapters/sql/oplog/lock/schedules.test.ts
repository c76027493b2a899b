import { describe, expect, it } from "vitest";
import { createRandomChooser } from "../../../../../src/testing/simulation/chooser.ts";
import { roundsOf, SEED } from "../../../../sampling.ts";
import { FILES, type LockProcess, LockWorld, type LockWorldOptions } from "./_lock-world.ts";

const SCHEDULES = roundsOf("LOCK_SCHEDULES", 50);

/** Takes the lock and gives it up again, as often as that; tells of trouble. */
async function useLock({ lock, simulated }: LockProcess, times: number): Promise<string | undefined> {
  try {
    for (let time = 0; time < times; time++) {
      await lock.acquire();
      await simulated.step("works");
      if (!(await lock.wanted())) await simulated.step("works on");
      await lock.release();
      if (time === 1) await lock.sweep();
    }
    return undefined;
  } catch (error) {
    return `${simulated.name}: ${String(error)}`;
  }
}

interface Outcome {
  /** How many file operations the first process has begun. */
  readonly steps: number;
  readonly troubles: readonly string[];
  readonly names: readonly string[];
}

/** Three processes use the lock, and the first comes to grief; then one more that tidies up. */
async function runSchedule(options: LockWorldOptions): Promise<Outcome> {
  const world = new LockWorld(options);
  const processes = [world.spawn(), world.spawn(), world.spawn()];
  const troubles: string[] = [];
  const ended = new Set<LockProcess>();
  for (const process of processes) {
    void useLock(process, 3).then((trouble) => {
      if (trouble !== undefined) troubles.push(trouble);
      ended.add(process);
    });
  }
  await world.runUntil(() => processes.every((process) => ended.has(process) || !process.simulated.alive));
  const [first] = processes;
  first?.kill();
  const last = world.spawn();
  let tidied = false;
  void useLock(last, 2).then((trouble) => {
    if (trouble !== undefined) troubles.push(trouble);
    tidied = true;
  });
  await world.runUntil(() => tidied);
  if (troubles.length > 0) troubles.push(...world.scheduler.log.slice(-60));
  return { steps: first?.steps ?? 0, troubles, names: world.disk.names() };
}

describe.each([
  { title: "with links, killed", links: true, seen: true, kind: "kill", busyTimeoutMs: 250 },
  { title: "without links, killed", links: false, seen: true, kind: "kill", busyTimeoutMs: 5000 },
  { title: "with links, stopped", links: true, seen: true, kind: "stop", busyTimeoutMs: 5000 },
  { title: "without links, stopped", links: false, seen: true, kind: "stop", busyTimeoutMs: 5000 },
  { title: "with links and signs of life, killed", links: true, seen: false, kind: "kill", busyTimeoutMs: 250 },
  { title: "with signs of life only, killed", links: false, seen: false, kind: "kill", busyTimeoutMs: 5000 },
  { title: "with signs of life only, stopped", links: false, seen: false, kind: "stop", busyTimeoutMs: 5000 },
] as const)("A lock that several want of whom one is, $title", ({ links, seen, kind, busyTimeoutMs }) => {
  it("goes to each in turn, whichever operation that is at", async () => {
    let struck = 0;
    const options = { links, seen, busyTimeoutMs, switchEvery: 2 };
    for (let seed = SEED; seed < SEED + SCHEDULES; seed++) {
      const { steps } = await runSchedule({ ...options, chooser: createRandomChooser(seed) });
      const blow = { kind, step: 1 + ((seed * 7) % steps) };
      const { troubles, names } = await runSchedule({ ...options, chooser: createRandomChooser(seed), blow });
      expect(troubles, `seed ${seed}, step ${blow.step}`).toEqual([]);
      expect(names, `seed ${seed}, step ${blow.step}`).not.toContain(FILES.lock.slice(1));
      struck += 1;
    }
    expect(struck).toBe(SCHEDULES);
  });
});
