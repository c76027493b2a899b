import type { SuiteRunner } from "../../src/testing/suite-runner.ts";

/** Runs a contract suite and gives the names of the cases that failed. */
export async function findFailures(suite: (runner: SuiteRunner) => void): Promise<readonly string[]> {
  const cases: { readonly name: string; readonly body: () => Promise<void> | void }[] = [];
  suite({
    describe: (_name, body) => body(),
    it: (name, body) => {
      cases.push({ name, body });
    },
  });
  const failures: string[] = [];
  for (const { name, body } of cases) {
    try {
      await body();
    } catch {
      failures.push(name);
    }
  }
  return failures;
}
