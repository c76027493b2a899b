import type { Layout } from "../../../src/core/naming/layout.ts";
import { isCatalogError } from "../../../src/errors.ts";
import { type Chooser, createRandomChooser } from "../../../src/testing/simulation/chooser.ts";
import { SEED } from "../../sampling.ts";
import { BEGIN_MS, type Calamity, type Course, play, type Role } from "./play.ts";
import { Violation } from "./violation.ts";
import { type CatalogName, type ChangePorts, World, type WorldProcess } from "./world.ts";

/** What one process does. */
export interface Part<Deed extends string> extends Course {
  readonly does: Deed;
  /** @default "a" */
  readonly of?: CatalogName | undefined;
}

/** A kind of schedule, whose processes each do one thing. */
export interface Kind<Scene, Deed extends string> {
  /** Makes what is there before, in one catalog or two. */
  readonly prepare: (world: World, options: { readonly isShared: boolean }) => Promise<Scene>;
  /** What a process can do. It fails with `CONFLICT` or `NOT_FOUND` where others get in its way, and with nothing else. */
  readonly deeds: Readonly<Record<Deed, (scene: Scene, process: WorldProcess) => Promise<void>>>;
  /** All of them. */
  readonly all: readonly Deed[];
  /** What it is about: one or two do one of these in each schedule, and up to three do anything. */
  readonly leading: readonly Deed[];
  /** About how many steps one process takes. */
  readonly usualSteps: number;
  /** Looks what became of it. @throws {Violation} */
  readonly require: (scene: Scene) => Promise<void>;
}

/** Options of {@link runParts}. */
export interface PartsOptions<Deed extends string> {
  readonly chooser: Chooser;
  readonly layout: Layout;
  /** Who does what. @default chosen */
  readonly parts?: readonly Part<Deed>[] | undefined;
  /** Whether a second catalog uses the root. @default chosen */
  readonly isShared?: boolean | undefined;
  /** What all work with instead. @default nothing is changed */
  readonly changePorts?: ChangePorts | undefined;
}

const SWITCH_EVERY = [10, 3, 50] as const;

/** Lets some processes do their parts at once; looks what became of it. @throws {Violation} */
export async function runParts<Scene, Deed extends string>(
  kind: Kind<Scene, Deed>,
  options: PartsOptions<Deed>,
): Promise<void> {
  const { chooser, layout, changePorts, isShared = chooser.choose(2) === 1 } = options;
  const world = await World.create({ chooser, layout, changePorts, switchEvery: chooseFrom(chooser, SWITCH_EVERY) });
  try {
    const scene = await kind.prepare(world, { isShared });
    const roles: Role[] = [];
    for (const [index, part] of (options.parts ?? chooseParts(kind, chooser)).entries()) {
      const { does, of = "a" } = part;
      const process = await world.spawn(`${index}, who ${does} in ${of}`, of);
      roles.push({ process, course: part, work: () => kind.deeds[does](scene, process) });
    }
    const failed = (await play(world, roles)).find((error) => !isExpected(error));
    if (failed !== undefined) throw new Violation(failed instanceof Error ? `somebody failed: ${failed.stack}` : "");
    await kind.require(scene);
  } finally {
    world.close();
  }
}

/** Tries schedules at random, all that the seed chooses. Gives what the first bad one broke. */
export async function findPartsViolation<Scene, Deed extends string>(
  kind: Kind<Scene, Deed>,
  rounds: number,
  optionsOf: (round: number) => Omit<PartsOptions<Deed>, "chooser">,
): Promise<string | undefined> {
  for (let round = 0; round < rounds; round++) {
    try {
      await runParts(kind, { ...optionsOf(round), chooser: createRandomChooser(SEED * 10_007 + round) });
    } catch (error) {
      if (error instanceof Violation) return `schedule ${round} of seed ${SEED}: ${error.message}`;
      throw error;
    }
  }
  return undefined;
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

function chooseParts<Scene, Deed extends string>(kind: Kind<Scene, Deed>, chooser: Chooser): readonly Part<Deed>[] {
  const choose = (does: Deed): Part<Deed> => {
    const calamity = chooseFrom(chooser, CALAMITIES);
    const atStep = calamity === "none" ? undefined : chooser.choose(kind.usualSteps);
    const of = chooser.choose(5) === 4 ? "b" : "a";
    return { does, of, begins: chooseFrom(chooser, BEGINNINGS), calamity, atStep };
  };
  const parts: Part<Deed>[] = [];
  for (let left = 1 + chooser.choose(2); left > 0; left--) parts.push(choose(chooseFrom(chooser, kind.leading)));
  for (let left = 1 + chooser.choose(3); left > 0; left--) parts.push(choose(chooseFrom(chooser, kind.all)));
  return parts;
}
