import type { SuiteRunner } from "../../../src/testing/suite-runner.ts";

declare const Deno: { test(name: string, body: () => Promise<void> | void): void };

const groups: string[] = [];

/** `deno test` for the contract suites: each case is a test, named with the groups it is in. */
export const runner: SuiteRunner = {
  describe(name, body) {
    groups.push(name);
    body();
    groups.pop();
  },
  it(name, body) {
    Deno.test([...groups, name].join(" > "), body);
  },
};
