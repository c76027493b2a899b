import type { SuiteRunner } from "../../../src/testing/suite-runner.ts";

/** A case with the groups it is in, as one name. */
export interface NamedCase {
  readonly name: string;
  readonly body: () => Promise<void> | void;
}

/** What came of a case: `null`, or why it failed. */
export type CaseResults = Readonly<Record<string, string | null>>;

/** A runner that collects cases instead of running them. */
export function collectCases(define: (runner: SuiteRunner) => void): readonly NamedCase[] {
  const groups: string[] = [];
  const cases: NamedCase[] = [];
  define({
    describe(name, body) {
      groups.push(name);
      body();
      groups.pop();
    },
    it(name, body) {
      cases.push({ name: [...groups, name].join(" > "), body });
    },
  });
  return cases;
}

/** Runs cases one after the other. */
export async function runCases(cases: readonly NamedCase[]): Promise<CaseResults> {
  const results: Record<string, string | null> = {};
  for (const { name, body } of cases) {
    try {
      await body();
      results[name] = null;
    } catch (error) {
      results[name] = error instanceof Error ? `${error.stack}` : String(error);
    }
  }
  return results;
}
