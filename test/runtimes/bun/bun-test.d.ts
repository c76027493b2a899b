/** What the suites use of Bun's test runner, so that nobody needs Bun's types to compile them. */
declare module "bun:test" {
  export function describe(name: string, body: () => void): void;
  export function it(name: string, body: () => Promise<void> | void): void;
}
