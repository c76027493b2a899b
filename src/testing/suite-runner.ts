/**
 * What a contract suite needs of a test runner. The globals of vitest, `bun:test` and `@std/testing/bdd` (Deno) fit as
 * they are: `testFileSystem({ describe, it }, "mine", createMine)`.
 */
export interface SuiteRunner {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void> | void): void;
}
