import { describe, expect, it } from "vitest";
import { createRandomChooser } from "../../../../src/testing/simulation/chooser.ts";
import { roundsOf, SEED } from "../../../sampling.ts";
import { Violation } from "../../simulation/violation.ts";
import { runVerifyScenario, type VerifyScenarioOptions } from "./scenario.ts";

/*
 * Verifying and putting aside, beside who stores, replaces, removes, collects, damages and mends, in schedules at random.
 * The use cases and the store are the real ones.
 */

async function findViolation(
  rounds: number,
  optionsOf: (round: number) => Omit<VerifyScenarioOptions, "chooser">,
): Promise<string | undefined> {
  for (let round = 0; round < rounds; round++) {
    try {
      await runVerifyScenario({ ...optionsOf(round), chooser: createRandomChooser(SEED * 10_007 + round) });
    } catch (error) {
      if (error instanceof Violation) return `schedule ${round} of seed ${SEED}: ${error.message}`;
      throw error;
    }
  }
  return undefined;
}

describe("verifying beside others", () => {
  it.each(["cas", "policy_path"] as const)("puts nothing good aside, and loses no result, under %s", async (layout) => {
    expect(await findViolation(roundsOf("CATALOG_SCHEDULES", 75), () => ({ layout }))).toBeUndefined();
  });
});
