import { expect, it } from "vitest";
import { describeFound, findViolation, replay, SETTINGS } from "./explore.ts";

/** In the gate; the long form has 100,000: npm run simulate. */
const WANTED = Number(process.env["SIMULATE_CONTENTS"] ?? 1000);
const SEED = Number(process.env["SIMULATE_SEED"] ?? 1);
const REPLAY = process.env["SIMULATE_REPLAY"];
const ROUNDS_AT_ONCE = WANTED < 10_000 ? 5 : 25;

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
