import { describe, expect, it } from "vitest";
import { openCatalog } from "../../src/hosts/memory.ts";

describe("openCatalog of the memory host", () => {
  it("needs nothing", async () => {
    const catalog = await openCatalog();
    expect(await catalog.stats()).toMatchObject({ documents: 0, hasher: "wasm", digests: "in_thread" });
    await catalog.close();
  });

  it("verifies what it holds", async () => {
    const catalog = await openCatalog();
    const { record } = await catalog.ingest(new Response("hello"), {
      artifactId: "doi:10.1/x",
      sourceUrl: "https://example.org/x.txt",
      resolver: "unpaywall",
    });
    const results: string[] = [];
    for await (const { result, strength, uri } of catalog.verify()) results.push(result, strength, uri);
    expect(results).toEqual(["ok", "full", record.storageUri]);
    await catalog.close();
  });

  it("has no native hasher", async () => {
    await expect(openCatalog({ catalog: { hasher: "native" } })).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });
});
