import { describe, expect, it } from "vitest";
import { openCatalog } from "../../src/hosts/memory.ts";

describe("openCatalog of the memory host", () => {
  it("needs nothing", async () => {
    const catalog = await openCatalog();
    expect(await catalog.stats()).toMatchObject({ documents: 0, hasher: "wasm" });
    await catalog.close();
  });

  it("has no native hasher", async () => {
    await expect(openCatalog({ catalog: { hasher: "native" } })).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });
});
