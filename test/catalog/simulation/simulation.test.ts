import { describe, expect, it } from "vitest";
import { roundsOf } from "../../sampling.ts";
import { findViolation } from "./find-violation.ts";

/*
 * Everything that leads to a row, beside collectors, in schedules at random: no row is without its blob, no file has two
 * rows, and no bytes are lost that somebody moved. The use cases and the store are the real ones; a batch happens at one
 * moment, and what is read may be a little old.
 */

describe("everything that leads to a row, beside collectors", () => {
  it.each(["cas", "policy_path"] as const)(
    "keeps what is referenced, under %s",
    { timeout: 600_000 },
    async (layout) => {
      expect(await findViolation({ layout, rounds: roundsOf("CATALOG_SCHEDULES", 75) })).toBeUndefined();
    },
  );
});
