import { REPAIR_OUTCOMES, type RepairOutcome, type RepairResult } from "../../../catalog/repair/repair-options.ts";
import { quoteForShell } from "../../arguments/shell-quote.ts";
import type { JsonFields } from "../../output/part.ts";

/** Counts what became of files. */
export class RepairTally {
  readonly #counts = new Map<RepairOutcome, number>();
  #bytes = 0;
  #firstBad: string | undefined;

  /** Counts a file. */
  add({ outcome, expected, uri, documents }: RepairResult): void {
    this.#counts.set(outcome, this.count(outcome) + 1);
    if (outcome === "repaired") this.#bytes += expected.bytes ?? 0;
    if (!isGood(outcome)) this.#firstBad ??= String(documents[0] ?? quoteForShell(uri));
  }

  /** How many files had an outcome. */
  count(outcome: RepairOutcome): number {
    return this.#counts.get(outcome) ?? 0;
  }

  /** How many files are bad still. */
  get bad(): number {
    return REPAIR_OUTCOMES.reduce((sum, outcome) => sum + (isGood(outcome) ? 0 : this.count(outcome)), 0);
  }

  /** How many bytes the files have that were repaired, as far as that is on record. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A word for the first file that is bad still. */
  get firstBad(): string | undefined {
    return this.#firstBad;
  }

  /** For the last line of `--json`. */
  get fields(): JsonFields {
    const counts = REPAIR_OUTCOMES.map((outcome) => [outcome, this.count(outcome)] as const);
    return { ...Object.fromEntries(counts), bad: this.bad, bytes: this.bytes };
  }
}

function isGood(outcome: RepairOutcome): boolean {
  return outcome === "intact" || outcome === "repaired";
}
