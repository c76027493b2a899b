import { describe, expect, it } from "vitest";
import { crashAtEachStep, failAtEachStep, interruptAtEachStep, WORKS } from "./sweep.ts";

const STEPS = { every: 4, survivors: 4 };

const works = Object.entries(WORKS);

describe("whatever a process does", () => {
  it.each(works)("may end at any step in a power failure, or a kill: %s", async (_name, work) => {
    expect(await crashAtEachStep(work, STEPS)).toBeGreaterThan(5);
  });

  it.each(works)("may fail at any step, once: %s", async (_name, work) => {
    for (const fault of ["EIO", "ENOSPC", "short"] as const) {
      const options = { ...STEPS, survivors: 2, fault, times: 1 };
      expect(await failAtEachStep(work, options)).toBeGreaterThan(fault === "EIO" ? 5 : 0);
    }
  });

  it.each(works)("may fail from any step on: %s", async (_name, work) => {
    for (const fault of ["EIO", "ENOSPC"] as const) {
      const options = { ...STEPS, survivors: 2, fault, times: undefined };
      expect(await failAtEachStep(work, options)).toBeGreaterThan(fault === "EIO" ? 5 : 0);
    }
  });

  it.each(works)("may sleep at any step while another does anything: %s", async (_name, work) => {
    for (const [, meanwhile] of works) {
      expect(await interruptAtEachStep(work, meanwhile, { every: 12, survivors: 2 })).toBeGreaterThan(0);
    }
  });
});
