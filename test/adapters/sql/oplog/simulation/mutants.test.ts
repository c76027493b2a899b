import { describe, expect, it } from "vitest";
import { ALL_RULES, type Rules } from "../../../../../src/adapters/sql/oplog/protocol/rules.ts";
import { Violation } from "./history.ts";
import { KNOWN_LIMIT, MADE_IN_PLACE, RULE_SCENARIOS, type RuleScenario } from "./rule-scenarios.ts";
import { Stage, type StageOptions } from "./stage.ts";

async function violationOf(scenario: RuleScenario, options: StageOptions): Promise<string | undefined> {
  try {
    await scenario((own) => new Stage({ ...options, ...own }));
    return undefined;
  } catch (error) {
    if (error instanceof Violation) return error.message;
    throw error;
  }
}

const rules = Object.keys(ALL_RULES) as (keyof Rules)[];

describe("each rule of the protocol", () => {
  it.each(rules)("holds where it is needed: %s", async (rule) => {
    expect(await violationOf(RULE_SCENARIOS[rule], { survivors: 40 })).toBeUndefined();
  });

  it.each(rules)("is missed when it is dropped: %s", async (rule) => {
    const message = await violationOf(RULE_SCENARIOS[rule], { rules: { [rule]: false } });
    process.stdout.write(`without ${rule}: ${message?.split("\n")[0]?.slice(0, 150)}\n`);
    expect(message).toBeDefined();
  });
});

describe("a log that was made in place", () => {
  const nolinks = { hardlink: false, lockMode: "correct" } as const;

  it("has a durable header before its first frame", async () => {
    expect(await violationOf(MADE_IN_PLACE, nolinks)).toBeUndefined();
  });

  it("would be damaged without", async () => {
    const rules = { headerSyncedFirst: false };
    expect(await violationOf(MADE_IN_PLACE, { ...nolinks, rules })).toMatch(/its header is damaged/);
  });
});

describe("the known limit", () => {
  it("is one: a failed sync that nobody lived to seal", async () => {
    expect(await violationOf(KNOWN_LIMIT, {})).toMatch(/misses k2/);
  });
});
