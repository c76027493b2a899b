import { describe, expect, it } from "vitest";
import { chooseForTest, isWhole, roundsOf } from "../../../sampling.ts";
import { findPartsViolation } from "../../simulation/parts.ts";
import { VERIFY_SCHEDULES } from "./scenario.ts";
import { VERIFY_MUTANTS } from "./verify-mutants.ts";

/*
 * Verifying and putting aside, beside who stores, replaces, removes, collects, damages and mends, in schedules at random.
 * The use cases and the store are the real ones.
 */

describe("verifying beside others", () => {
  it.each(["cas", "policy_path"] as const)(
    "puts nothing good aside, and loses no result, under %s",
    { timeout: 600_000 },
    async (layout) => {
      expect(
        await findPartsViolation(VERIFY_SCHEDULES, roundsOf("CATALOG_SCHEDULES", 40), () => ({ layout })),
      ).toBeUndefined();
    },
  );
});

/** Nobody has more of them. */
const STEPS = 150;

describe.each(Object.entries(VERIFY_MUTANTS))("who %s", { timeout: 600_000 }, (_name, { changePorts, parts }) => {
  it("breaks something", async () => {
    const found = await findPartsViolation(VERIFY_SCHEDULES, STEPS * 2, (round) => {
      return { layout: "policy_path", isShared: false, changePorts, parts: parts(round % STEPS) };
    });
    expect(found).toBeDefined();
  });

  it("breaks nothing who does not", async () => {
    const every = isWhole("CATALOG_SCHEDULES") ? 5 : 30;
    const first = chooseForTest(every);
    const found = await findPartsViolation(VERIFY_SCHEDULES, Math.floor(STEPS / every), (round) => {
      return { layout: "policy_path", isShared: false, parts: parts(first + round * every) };
    });
    expect(found).toBeUndefined();
  });
});
