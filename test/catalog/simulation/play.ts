import { Violation } from "./violation.ts";
import type { World, WorldProcess } from "./world.ts";

const MINUTE_MS = 60_000;
const PAUSE_MS = 1000;

/** When a process begins, in milliseconds: while others are paused, or when leases of before are half or all over. */
export const BEGIN_MS = {
  now: 0,
  duringPause: 100,
  laterInPause: 500,
  afterPause: 1010,
  atHalfTime: 2_700_000,
  whenOver: 5_400_000,
};

/**
 * What happens to a process at one of its steps:
 * - `pause`: all others go on until they are done, or paused, too
 * - `stop`: it does nothing for two hours, as on a laptop that sleeps
 * - `drag`: its next call takes two hours, while its timers go on
 * - `kill`: it does nothing any more
 */
export type Calamity = "none" | "pause" | "stop" | "drag" | "kill";

/** When a process begins, and what happens to it. */
export interface Course {
  /** @default "now" */
  readonly begins?: keyof typeof BEGIN_MS | undefined;
  /** @default "none" */
  readonly calamity?: Calamity | undefined;
  /** The step behind which that happens. */
  readonly atStep?: number | undefined;
  /** The batch behind which that happens, where no other step matters. */
  readonly atBatch?: number | undefined;
}

/** A process with its part. */
export interface Role {
  readonly process: WorldProcess;
  readonly course: Course;
  readonly work: () => Promise<void>;
}

/** So many steps no schedule has. */
const MAX_STEPS = 20_000;

/** Lets processes do their work, until all have ended or hang. Gives what they failed with; then all of them are gone. */
export async function play(world: World, roles: readonly Role[]): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  for (const { process, course, work } of roles) {
    process.clock
      .sleep(BEGIN_MS[course.begins ?? "now"])
      .then(work)
      .catch((error: unknown) => failures.push(error));
  }
  await playSteps(world, roles);
  for (const { process } of roles) process.kill();
  return failures;
}

/** Lets steps happen, and to each process once something else. */
async function playSteps({ scheduler }: World, roles: readonly Role[]): Promise<void> {
  const steps = new Map(roles.map((role) => [role, { any: 0, batches: 0 }]));
  for (let total = 0; await scheduler.advance(); total++) {
    if (total > MAX_STEPS) throw new Violation("the schedule has no end");
    const last = scheduler.log.at(-1) ?? "";
    const role = roles.find(({ process }) => last.startsWith(`${process.name}: `));
    const done = role && steps.get(role);
    if (role === undefined || done === undefined) continue;
    if (done.any++ === role.course.atStep) befall(role);
    if (last.includes(": batch ") && done.batches++ === role.course.atBatch) befall(role);
  }
}

function befall({ process, course: { calamity = "none" } }: Role): void {
  switch (calamity) {
    case "none":
      break;
    case "pause":
      process.stall(PAUSE_MS);
      break;
    case "stop":
      process.stall(120 * MINUTE_MS);
      break;
    case "drag":
      process.drag(120 * MINUTE_MS);
      break;
    case "kill":
      process.kill();
      break;
    default:
      calamity satisfies never;
  }
}
