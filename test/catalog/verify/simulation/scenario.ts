import type { Layout } from "../../../../src/core/naming/layout.ts";
import { isCatalogError } from "../../../../src/errors.ts";
import type { Chooser } from "../../../../src/testing/simulation/chooser.ts";
import { BEGIN_MS, type Calamity, type Course, play, type Role } from "../../simulation/play.ts";
import { Violation } from "../../simulation/violation.ts";
import { type CatalogName, type ChangePorts, World } from "../../simulation/world.ts";
import { DEED_NAMES, DEEDS, type DeedName, VERIFYING } from "./deeds.ts";
import { requireIntact } from "./invariants.ts";
import { prepareVerifyScene } from "./scene.ts";

/** What one process does. */
export interface Part extends Course {
  readonly does: DeedName;
  /** @default "a" */
  readonly of?: CatalogName | undefined;
}

/** Options of {@link runVerifyScenario}. */
export interface VerifyScenarioOptions {
  readonly chooser: Chooser;
  readonly layout: Layout;
  /** Who does what. @default chosen */
  readonly parts?: readonly Part[] | undefined;
  /** Whether a second catalog uses the root. @default chosen */
  readonly isShared?: boolean | undefined;
  /** What all work with instead. @default nothing is changed */
  readonly changePorts?: ChangePorts | undefined;
}

const SWITCH_EVERY = [10, 3, 50] as const;
const USUAL_STEPS = 100;

/** Lets some processes verify, store, damage and mend at once; looks what became of it. @throws {Violation} */
export async function runVerifyScenario(options: VerifyScenarioOptions): Promise<void> {
  const { chooser, layout, changePorts, isShared = chooser.choose(2) === 1 } = options;
  const world = await World.create({ chooser, layout, changePorts, switchEvery: chooseFrom(chooser, SWITCH_EVERY) });
  try {
    const scene = await prepareVerifyScene(world, { isShared });
    const roles: Role[] = [];
    for (const [index, part] of (options.parts ?? chooseParts(chooser)).entries()) {
      const { does, of = "a" } = part;
      const process = await world.spawn(`${index}, who ${does} in ${of}`, of);
      roles.push({ process, course: part, work: () => DEEDS[does](scene, process) });
    }
    const failed = (await play(world, roles)).find((error) => !isExpected(error));
    if (failed !== undefined) throw new Violation(failed instanceof Error ? `somebody failed: ${failed.stack}` : "");
    await requireIntact(scene);
  } finally {
    world.close();
  }
}

/** What may come of it when others remove what somebody works with. */
function isExpected(error: unknown): boolean {
  return isCatalogError(error, "CONFLICT") || isCatalogError(error, "NOT_FOUND");
}

function chooseFrom<Value>(chooser: Chooser, values: readonly Value[]): Value {
  return values[chooser.choose(values.length)] as Value;
}

const CALAMITIES: readonly Calamity[] = ["none", "pause", "pause", "stop", "kill"];
const BEGINNINGS = Object.keys(BEGIN_MS) as readonly (keyof typeof BEGIN_MS)[];

/** One or two who verify, and up to three who do anything. */
function chooseParts(chooser: Chooser): readonly Part[] {
  const choose = (does: DeedName): Part => {
    const calamity = chooseFrom(chooser, CALAMITIES);
    const atStep = calamity === "none" ? undefined : chooser.choose(USUAL_STEPS);
    const of = chooser.choose(5) === 4 ? "b" : "a";
    return { does, of, begins: chooseFrom(chooser, BEGINNINGS), calamity, atStep };
  };
  const parts: Part[] = [];
  for (let left = 1 + chooser.choose(2); left > 0; left--) parts.push(choose(chooseFrom(chooser, VERIFYING)));
  for (let left = 1 + chooser.choose(3); left > 0; left--) parts.push(choose(chooseFrom(chooser, DEED_NAMES)));
  return parts;
}
