import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
// biome-ignore lint/correctness/useImportExtensions: that is its extension; what ends in .d.mts are its types.
import { startWorker } from "./start-worker.mjs";

const worker = await startWorker(fileURLToPath(new URL("contract-worker.ts", import.meta.url)));
afterAll(() => worker.dispose());

const names: readonly string[] = JSON.parse(await (await worker.fetch("/")).text());

describe("workerd", () => {
  it.each(names)("%s", async (name) => {
    const response = await worker.fetch("/run", { method: "POST", body: name });
    expect(await response.text()).toBe("");
  });
});
