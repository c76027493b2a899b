import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
// biome-ignore lint/correctness/useImportExtensions: that is its extension; what ends in .d.mts are its types.
import { startWorker } from "./start-worker.mjs";

async function ask(path: string): Promise<unknown> {
  const worker = await startWorker(fileURLToPath(new URL("instantiate-worker.ts", import.meta.url)));
  try {
    return await (await worker.fetch(path)).json();
  } finally {
    await worker.dispose();
  }
}

describe("Host workerd", () => {
  it("says so when it is given the module of something else", async () => {
    expect(await ask("/other-module")).toEqual(["TypeError", "TypeError"]);
  });

  it("leaves a global location as it is", async () => {
    expect(await ask("/with-location")).toEqual([0, true]);
  });
});
