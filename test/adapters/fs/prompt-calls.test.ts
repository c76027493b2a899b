import { describe, expect, it } from "vitest";
import { PromptCalls } from "../../../src/adapters/fs/_prompt-calls.ts";

/** Says which of the two a call became. */
const ask = (calls: PromptCalls): Promise<string> =>
  calls.do(
    () => "at once",
    async () => "in the pool",
  );

async function askOften(calls: PromptCalls, times: number): Promise<string[]> {
  const answers: string[] = [];
  for (let call = 0; call < times; call++) answers.push(await ask(calls));
  return answers;
}

describe("PromptCalls", () => {
  it("makes calls at once as long as they are prompt", async () => {
    const calls = new PromptCalls({ promptMs: Number.POSITIVE_INFINITY });
    expect(new Set(await askOften(calls, 200))).toEqual(new Set(["at once"]));
  });

  it("leaves the next ones to the pool after one that was not, and then tries again", async () => {
    const calls = new PromptCalls({ promptMs: -1 });
    const answers = await askOften(calls, 131);
    expect(answers.flatMap((answer, index) => (answer === "at once" ? [index] : []))).toEqual([0, 65, 130]);
  });

  it("looks at how long a call took that failed, too", async () => {
    const calls = new PromptCalls({ promptMs: -1 });
    const failing = calls.do(
      () => {
        throw new Error("no such name");
      },
      async () => "in the pool",
    );
    await expect(failing).rejects.toThrow("no such name");
    expect(await ask(calls)).toBe("in the pool");
  });
});
