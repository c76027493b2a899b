import type { Layout } from "../../../src/core/naming/layout.ts";
import type { PlanAction } from "../../../src/core/plan/plan-action.ts";
import { isCatalogError } from "../../../src/errors.ts";
import type { Chooser } from "../../../src/testing/simulation/chooser.ts";
import { collect } from "./collector.ts";
import { COLLECTOR_MUTANTS, type CollectorMutant, takesAtOnce } from "./collector-mutants.ts";
import { DEED_NAMES, DEEDS, type DeedName } from "./deeds.ts";
import { requireAll, Violation } from "./invariants.ts";
import { labelOf, prepareScene, type Scene } from "./scene.ts";
import { type CatalogName, World, type WorldOptions, type WorldProcess } from "./world.ts";

const MINUTE_MS = 60_000;
const PAUSE_MS = 1000;

/** When a process begins, in milliseconds: while others are paused, or when leases of before are half or all over. */
const BEGIN_MS = {
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

/** What one process does. */
export interface Part {
  readonly does: DeedName | "collects";
  /** @default "a" */
  readonly of?: CatalogName | undefined;
  /** @default "now" */
  readonly begins?: keyof typeof BEGIN_MS | undefined;
  /** @default "none" */
  readonly calamity?: Calamity | undefined;
  /** The step behind which that happens. */
  readonly atStep?: number | undefined;
  /** The batch behind which that happens, where no other step matters. */
  readonly atBatch?: number | undefined;
}

/** Options of {@link runScenario}. */
export interface ScenarioOptions extends Pick<WorldOptions, "changePorts"> {
  readonly chooser: Chooser;
  readonly layout: Layout;
  /** Who does what. @default chosen */
  readonly parts?: readonly Part[] | undefined;
  /** Whether the second catalog uses the root before. @default chosen */
  readonly isShared?: boolean | undefined;
  /** What collectors do wrong. @default nothing */
  readonly collector?: CollectorMutant | undefined;
  /** Whether collectors are not seen between taking a blob and keeping its name; then no bytes are displaced. @default false */
  readonly takesAtOnce?: boolean | undefined;
  /** Told what happened, step by step, when it has ended. */
  readonly onEnd?: ((log: readonly string[]) => void) | undefined;
}

/** For so many steps a process goes on before it is the turn of others: some races only the slow win. */
const SWITCH_EVERY = [10, 3, 50] as const;
/** Nearly all that a process does is done in so many steps. */
const USUAL_STEPS = 100;
/** So many steps no schedule has. */
const MAX_STEPS = 20_000;

/** Lets some processes do some things at once, beside collectors; looks what became of it. @throws {Violation} */
export async function runScenario(options: ScenarioOptions): Promise<void> {
  const { chooser, layout, changePorts, isShared = chooser.choose(2) === 1 } = options;
  const switchEvery = chooseFrom(chooser, SWITCH_EVERY);
  const world = await World.create({ chooser, layout, changePorts, switchEvery });
  try {
    const scene = await prepareScene(world, { isShared });
    const parts = options.parts ?? chooseParts(chooser);
    const roles: Role[] = [];
    for (const [index, part] of parts.entries()) roles.push(await cast(scene, { ...options, part, index }));
    const failures: unknown[] = [];
    for (const { process, part, work } of roles) {
      process.clock
        .sleep(BEGIN_MS[part.begins ?? "now"])
        .then(work)
        .catch((error: unknown) => failures.push(error));
    }
    await play(scene, roles);
    options.onEnd?.(world.scheduler.log);
    const failed = failures.find((error) => !isExpected(error));
    if (failed !== undefined) throw new Violation(describe(failed));
    for (const { process } of roles) process.kill();
    await requireAll(scene, { allowsDisplaced: options.takesAtOnce !== true });
  } finally {
    world.close();
  }
}

function chooseFrom<Value>(chooser: Chooser, values: readonly Value[]): Value {
  return values[chooser.choose(values.length)] as Value;
}

/** What may come of it when others remove what somebody works with. */
function isExpected(error: unknown): boolean {
  if (isCatalogError(error, "REFUSED")) return error.details.guard === "own files";
  return isCatalogError(error, "CONFLICT") || isCatalogError(error, "NOT_FOUND");
}

function describe(error: unknown): string {
  return error instanceof Error ? `somebody failed: ${error.stack}` : String(error);
}

const CALAMITIES: readonly Calamity[] = ["none", "pause", "pause", "stop", "drag", "kill"];
/** Mostly they are to see what became of others. */
const CALAMITIES_OF_COLLECTORS: readonly Calamity[] = ["none", "none", "none", "pause", "stop", "kill"];
const BEGINNINGS = Object.keys(BEGIN_MS) as readonly (keyof typeof BEGIN_MS)[];

/** Up to three who do something, and one or two collectors. */
function chooseParts(chooser: Chooser): readonly Part[] {
  const choose = (does: Part["does"], calamities: readonly Calamity[]): Part => {
    const of = chooser.choose(4) === 3 ? "b" : "a";
    const calamity = chooseFrom(chooser, calamities);
    const atStep = calamity === "none" ? undefined : chooser.choose(USUAL_STEPS);
    return { does, of, begins: chooseFrom(chooser, BEGINNINGS), calamity, atStep };
  };
  const parts: Part[] = [];
  for (let left = 1 + chooser.choose(3); left > 0; left--)
    parts.push(choose(chooseFrom(chooser, DEED_NAMES), CALAMITIES));
  for (let left = 1 + chooser.choose(2); left > 0; left--) parts.push(choose("collects", CALAMITIES_OF_COLLECTORS));
  return parts;
}

/** A process with its part. */
interface Role {
  readonly process: WorldProcess;
  readonly part: Part;
  readonly work: () => Promise<void>;
}

async function cast(
  scene: Scene,
  options: Pick<ScenarioOptions, "parts" | "chooser" | "collector" | "takesAtOnce"> & {
    readonly part: Part;
    readonly index: number;
  },
): Promise<Role> {
  const { part, index, collector: mutant } = options;
  const { does, of = "a" } = part;
  const asIs = options.takesAtOnce === true ? takesAtOnce : undefined;
  const changed = does !== "collects" ? undefined : mutant === undefined ? asIs : COLLECTOR_MUTANTS[mutant];
  const process = await scene.world.spawn(`${index}, who ${does} in ${of}`, of, changed);
  // Whoever says who does what wants to see all of it.
  const chooser = options.parts === undefined ? options.chooser : undefined;
  const work = (): Promise<void> =>
    does === "collects" ? collectIn(scene, process, chooser) : DEEDS[does](scene, process);
  return { process, part, work };
}

async function collectIn({ collected }: Scene, process: WorldProcess, chooser: Chooser | undefined): Promise<void> {
  const onApplied = ({ uri, reason }: PlanAction): void => {
    if (reason === "unreferenced" || reason === "abandoned") collected.add(labelOf(process.of, uri));
  };
  await collect(process, { chooser, onApplied });
}

/** Lets steps happen, and to each process once something else. */
async function play({ world }: Scene, roles: readonly Role[]): Promise<void> {
  const { scheduler } = world;
  const steps = new Map(roles.map((role) => [role, { any: 0, batches: 0 }]));
  for (let total = 0; await scheduler.advance(); total++) {
    if (total > MAX_STEPS) throw new Violation("the schedule has no end");
    const last = scheduler.log.at(-1) ?? "";
    const role = roles.find(({ process }) => last.startsWith(`${process.name}: `));
    const done = role && steps.get(role);
    if (role === undefined || done === undefined) continue;
    if (done.any++ === role.part.atStep) befall(role);
    if (last.includes(": batch ") && done.batches++ === role.part.atBatch) befall(role);
  }
}

function befall({ process, part: { calamity = "none" } }: Role): void {
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
