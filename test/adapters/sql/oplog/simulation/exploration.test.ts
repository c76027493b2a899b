import { expect, it } from "vitest";
import { roundsOf, SEED } from "../../../../sampling.ts";
import { describeFound, findViolation, replay, SETTINGS } from "./explore.ts";

const WANTED = roundsOf("SIMULATE_CONTENTS", 300);
const REPLAY = process.env["SIMULATE_REPLAY"];
const ROUNDS_AT_ONCE = Math.ceil(WANTED / 4000);

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** The same content counts once, whatever was promised; it is examined once for each. */
async function explore(): Promise<void> {
  const contents = new Set<string>();
  const startedMs = Date.now();
  for (let seed = SEED; contents.size < WANTED; seed += ROUNDS_AT_ONCE) {
    for (const setting of SETTINGS) {
      const seen = { contents, examined: new Set<string>() };
      const found = await findViolation({ ...setting, seen, seed, rounds: ROUNDS_AT_ONCE });
      if (found !== undefined) expect.fail(describeFound(found));
    }
    const seconds = Math.round((Date.now() - startedMs) / 1000);
    say(`${contents.size} distinct surviving disks, seeds ${SEED} to ${seed + ROUNDS_AT_ONCE - 1}, ${seconds} s`);
  }
}

async function show(schedule: string): Promise<void> {
  const { steps, message } = await replay(schedule);
  say(`${steps.join("\n")}\n${message ?? "nothing was broken"}`);
  expect(message).toBeUndefined();
}

if (REPLAY === undefined) it("keeps every promise on as many surviving disks as are wanted", explore, 36_000_000);
else it("keeps every promise in this schedule", () => show(REPLAY));
