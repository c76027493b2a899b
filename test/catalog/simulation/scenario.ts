import type { Layout } from "../../../src/core/naming/layout.ts";
import type { PlanAction } from "../../../src/core/plan/plan-action.ts";
import { isCatalogError } from "../../../src/errors.ts";
import type { Chooser } from "../../../src/testing/simulation/chooser.ts";
import { collect } from "./collector.ts";
import { COLLECTOR_MUTANTS, type CollectorMutant, takesAtOnce } from "./collector-mutants.ts";
import { DEED_NAMES, DEEDS, type DeedName } from "./deeds.ts";
import { requireAll } from "./invariants.ts";
import { BEGIN_MS, type Calamity, type Course, play, type Role } from "./play.ts";
import { labelOf, prepareScene, type Scene } from "./scene.ts";
import { Violation } from "./violation.ts";
import { type CatalogName, World, type WorldOptions, type WorldProcess } from "./world.ts";

/** What one process does. */
export interface Part extends Course {
  readonly does: DeedName | "collects";
  /** @default "a" */
  readonly of?: CatalogName | undefined;
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
    const failures = await play(world, roles);
    options.onEnd?.(world.scheduler.log);
    const failed = failures.find((error) => !isExpected(error));
    if (failed !== undefined) throw new Violation(describe(failed));
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
  return { process, course: part, work };
}

async function collectIn({ collected }: Scene, process: WorldProcess, chooser: Chooser | undefined): Promise<void> {
  const onApplied = ({ uri, reason }: PlanAction): void => {
    if (reason === "unreferenced" || reason === "abandoned") collected.add(labelOf(process.of, uri));
  };
  await collect(process, { chooser, onApplied });
}
