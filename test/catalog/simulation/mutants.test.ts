import { describe, expect, it } from "vitest";
import { chooseForTest, isWhole, sampleOf } from "../../sampling.ts";
import { findViolation } from "./find-violation.ts";
import { MUTANTS } from "./mutants.ts";

/*
 * What is done wrong is found out: each mutant in a scene of its own, in which something happens at the first step of
 * somebody, then at the second, and so on. Without the mutant the same scenes break nothing.
 */

/** Nobody has more of them. */
const STEPS = 300;
/** A mutant that shows at one step only may miss it when calls of that process come in another order. */
const SWEEPS = 4;
/** One in so many of the scenes is tried without the mutant: here, and in the whole form. */
const SAMPLE_EVERY = 30;
const WHOLE_EVERY = 5;

/** So many of them are tried in a run of the tests. */
const FEW = 4;

/** Each in every layout where it is wrong. */
const CASES = sampleOf(
  Object.entries(MUTANTS).flatMap(([name, { layouts = ["cas", "policy_path"] as const }]) =>
    layouts.map((layout) => [name, layout] as const),
  ),
  { variable: "CATALOG_SCHEDULES", few: FEW, of: "mutants" },
);

describe.each(CASES)("who %s, under %s", { timeout: 600_000 }, (name, layout) => {
  const { parts, isShared = false, changePorts, collector, takesAtOnce } = MUTANTS[name] ?? {};

  it("breaks something", async () => {
    const scenes = {
      layout,
      isShared,
      takesAtOnce,
      rounds: STEPS * SWEEPS,
      parts: (round: number) => parts?.(round % STEPS) ?? [],
    };
    const message = await findViolation({ ...scenes, changePorts, collector, shrinks: false });
    process.stdout.write(`who ${name}, under ${layout}: ${message?.split("\n")[0]?.slice(0, 150)}\n`);
    expect(message).toBeDefined();
  });

  it("breaks nothing who does not", async () => {
    const every = isWhole("CATALOG_SCHEDULES") ? WHOLE_EVERY : SAMPLE_EVERY;
    const first = chooseForTest(every);
    const scenes = { layout, isShared, takesAtOnce, rounds: Math.floor(STEPS / every) };
    const message = await findViolation({ ...scenes, parts: (round) => parts?.(first + round * every) ?? [] });
    expect(message).toBeUndefined();
  });
});
