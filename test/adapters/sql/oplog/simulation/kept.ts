import type { PowerLossDisk } from "../../../../../src/testing/simulation/power-loss-disk.ts";
import { Violation } from "./history.ts";

/** A previous snapshot, which `keepSnapshots` left. */
export interface KeptSnapshot {
  readonly name: string;
  readonly lines: readonly string[];
}

/** The snapshots that were kept, by age, each of which must be whole and what its name says. @throws {Violation} */
export function keptOn(disk: PowerLossDisk): readonly KeptSnapshot[] {
  return disk
    .names()
    .filter((name) => name.includes(".kept-"))
    .map((name) => {
      const { origin, lines } = parse(name, disk.contentOf(name));
      if (origin.sequence === Number(name.slice(-16))) return { name, lines };
      throw new Violation(`${name} has batches up to ${origin.sequence}`);
    });
}

function parse(
  name: string,
  bytes: Uint8Array | undefined,
): { origin: { sequence: number }; lines: readonly string[] } {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new Violation(`${name} is not whole: ${String(error)}`);
  }
}

/** What was kept must be how everything began. @throws {Violation} */
export function requireBeginnings(kept: readonly KeptSnapshot[], longest: readonly string[]): void {
  for (const { name, lines } of kept) {
    const other = lines.findIndex((line, index) => longest[index] !== line);
    if (other >= 0) throw new Violation(`${name} has ${lines[other]}, which nobody has seen there`);
  }
}
