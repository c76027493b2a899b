import { describe, expect, it } from "vitest";
import { chooseForTest, isWhole, roundsOf } from "../../../sampling.ts";
import { findPartsViolation } from "../../simulation/parts.ts";
import { RETENTION_MUTANTS } from "./retention-mutants.ts";
import { RETENTION_SCHEDULES } from "./scenario.ts";

/*
 * Rows that go by policies, beside who pins, removes, stores, imports, restores and collects, in schedules at random. The
 * use cases and the store are the real ones.
 */

describe("dropping rows beside others", () => {
  it.each(["cas", "policy_path"] as const)(
    "leaves each artifact a copy, keeps what is pinned, and brings nothing back by itself, under %s",
    { timeout: 600_000 },
    async (layout) => {
      const rounds = roundsOf("CATALOG_SCHEDULES", 40);
      expect(await findPartsViolation(RETENTION_SCHEDULES, rounds, () => ({ layout }))).toBeUndefined();
    },
  );
});

/** Nobody has more of them. */
const STEPS = 100;

describe.each(Object.entries(RETENTION_MUTANTS))("who %s", { timeout: 600_000 }, (_name, { changePorts, parts }) => {
  it("breaks something", async () => {
    const found = await findPartsViolation(RETENTION_SCHEDULES, STEPS * 2, (round) => {
      return { layout: "policy_path", isShared: false, changePorts, parts: parts(round % STEPS) };
    });
    expect(found).toBeDefined();
  });

  it("breaks nothing who does not", async () => {
    const every = isWhole("CATALOG_SCHEDULES") ? 5 : 30;
    const first = chooseForTest(every);
    const found = await findPartsViolation(RETENTION_SCHEDULES, Math.floor(STEPS / every), (round) => {
      return { layout: "policy_path", isShared: false, parts: parts(first + round * every) };
    });
    expect(found).toBeUndefined();
  });
});
