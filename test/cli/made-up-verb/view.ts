import type { Part } from "../../../src/cli/output/part.ts";

/** One greeting. */
export function greetingPart(name: string, isFormal: boolean): Part {
  const text = isFormal ? `How do you do, ${name}?` : `Hello, ${name}!`;
  return { items: () => [{ type: "greeting", name, text }], blocks: () => [{ block: "line", text }] };
}
