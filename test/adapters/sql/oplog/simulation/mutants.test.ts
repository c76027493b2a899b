import { describe, expect, it } from "vitest";
import { ALL_RULES, type Rules } from "../../../../../src/adapters/sql/oplog/protocol/rules.ts";
import { findViolation } from "./explore.ts";

const ROUNDS = process.env["SIMULATE_MUTANT_ROUNDS"];

/** With as many rounds as the gate has time for, these are found every time; the others take the long form. */
const SOON: readonly string[] = [
  "headerSyncedFirst",
  "linkWithoutReplacing",
  "sealsHold",
  "resumeAtValid",
  "nameSynced",
  "readBack",
  "syncBeforeAck",
  "snapshotSynced",
  "sealBeforeReplace",
  "framesBeforeSeal",
];

const MODES = ["correct", "stolen", "none"] as const;

/** Ten rounds with each kind of lock in turn, so that every mutant meets what it is bad at soon. */
async function findInAnyMode(rules: Partial<Rules>, rounds: number): Promise<string | undefined> {
  for (let seed = 1; seed < rounds; seed += 10) {
    for (const lockMode of MODES) {
      const found = await findViolation({ lockMode, faults: true, rounds: 10, seed, rules, shrink: false });
      if (found !== undefined) return `${lockMode}, seed ${found.seed}: ${found.message}`;
    }
  }
  return undefined;
}

describe("a protocol without one of its rules", () => {
  const rules = ROUNDS === undefined ? SOON : Object.keys(ALL_RULES);

  it.each(rules)(
    "is caught: %s",
    async (rule) => {
      const found = await findInAnyMode({ [rule]: false }, Number(ROUNDS ?? 300));
      process.stdout.write(`without ${rule}: ${found?.split("\n")[0]?.slice(0, 150)}\n`);
      expect(found).toBeDefined();
    },
    3_600_000,
  );
});
