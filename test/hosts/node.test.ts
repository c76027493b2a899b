import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openCatalog } from "../../src/hosts/node.ts";
import { registrationOf } from "../catalog/_open-for-test.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "catalog-host-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("openCatalog of the Node host", () => {
  it("makes a catalog file with its folders and finds it again", async () => {
    const path = join(folder, "deep", "state", "catalog.sqlite");
    const catalog = await openCatalog({ catalog: { path }, storage: { rootDir: join(folder, "data") } });
    await catalog.registerOrGet(registrationOf(1));
    expect((await catalog.stats()).hasher).toBe("wasm, native for large files");
    await catalog.close();
    const again = await openCatalog({ catalog: { path }, mode: "read" });
    expect((await again.getById(1)).artifactId).toBe("doi:10.1/1");
    await again.close();
  });

  it("uses the hasher that the settings name", async () => {
    const hasherOf = async (hasher: "wasm" | "native"): Promise<string> => {
      const catalog = await openCatalog({ catalog: { path: join(folder, "c.sqlite"), hasher } });
      const { hasher: name } = await catalog.stats();
      await catalog.close();
      return name;
    };
    expect(await hasherOf("wasm")).toBe("wasm");
    expect(await hasherOf("native")).toBe("native");
  });

  it("answers a missing catalog when it may not make one", async () => {
    const path = join(folder, "none.sqlite");
    for (const mode of ["read", "write"] as const) {
      await expect(openCatalog({ catalog: { path }, mode })).rejects.toMatchObject({ code: "NOT_FOUND" });
    }
  });

  it.each([
    [{ catalog: false as const }, "UNSUPPORTED"],
    [{ catalog: { backend: "postgres" as const, path: "postgres://localhost/x" } }, "UNSUPPORTED"],
    [{ storage: { backend: "s3" as const, s3Bucket: "papers" } }, "UNSUPPORTED"],
    [{ catalog: { hasher: "md5" as "wasm" } }, "CONFIGURATION"],
  ])("refuses %j with %s", async (options, code) => {
    await expect(openCatalog(options)).rejects.toMatchObject({ code });
  });
});
