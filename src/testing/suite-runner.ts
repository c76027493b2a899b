/**
 * What a contract suite needs of a test runner. The globals of vitest, `bun:test` and `@std/testing/bdd` (Deno) fit as
 * they are: `testFileSystem({ describe, it }, "mine", createMine)`.
 */
export interface SuiteRunner {
  /** Names a group of cases, which `body` declares at once. */
  describe(name: string, body: () => void): void;
  /** Declares a case; it fails when `body` throws or rejects. */
  it(name: string, body: () => Promise<void> | void): void;
}
