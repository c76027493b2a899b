import { batchCases } from "./sql-engine/batch-cases.ts";
import { lifeCases } from "./sql-engine/life-cases.ts";
import type { SqlEngineCase, SqlEnginePlace } from "./sql-engine/place.ts";
import { processCases } from "./sql-engine/process-cases.ts";
import { valueCases } from "./sql-engine/value-cases.ts";
import type { SuiteRunner } from "./suite-runner.ts";

/**
 * Checks what the port `SqlEngine` promises, as far as it can be seen without a crash, each case on a database of its own.
 * @example
 * testSqlEngine({ describe, it }, "mine", async () => ({
 *   open: (migrations) => openMine({ database: freshName, migrations }),
 *   openAsOther: (migrations, mode) => openMine({ database: freshName, migrations, mode, pool: newPool() }),
 *   dispose: () => dropMine(freshName),
 * }));
 */
export function testSqlEngine(runner: SuiteRunner, name: string, create: () => Promise<SqlEnginePlace>): void {
  const groups: Readonly<Record<string, Readonly<Record<string, SqlEngineCase>>>> = {
    batches: batchCases,
    values: valueCases,
    "durability and life": lifeCases,
    "several processes": processCases,
  };
  for (const [group, cases] of Object.entries(groups)) {
    runner.describe(`SqlEngine ${name}: ${group}`, () => {
      for (const [title, check] of Object.entries(cases)) runner.it(title, () => runCase(check, create));
    });
  }
}

async function runCase(check: SqlEngineCase, create: () => Promise<SqlEnginePlace>): Promise<void> {
  const place = await create();
  try {
    await check(place);
  } finally {
    await place.dispose();
  }
}
