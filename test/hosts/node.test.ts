import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resolveSettings, settingsFromOptions } from "../../src/core/settings.ts";
import { openCatalog, openNodeCatalog } from "../../src/hosts/node.ts";
import { registrationOf } from "../catalog/_open-for-test.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "catalog-host-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const META = { artifactId: "doi:10.1/x", sourceUrl: "https://example.org/x.txt", resolver: "unpaywall" };

describe("openCatalog of the Node host", () => {
  it("makes a catalog file with its folders and finds it again", async () => {
    const path = join(folder, "deep", "state", "catalog.sqlite");
    const catalog = await openCatalog({ catalog: { path }, storage: { rootDir: join(folder, "data") } });
    await catalog.registerOrGet(registrationOf(1));
    expect(await catalog.stats()).toMatchObject({ hasher: "wasm, native for large files", digests: "workers" });
    await catalog.close();
    const again = await openCatalog({ catalog: { path }, mode: "read" });
    expect((await again.getById(1)).artifactId).toBe("doi:10.1/1");
    await again.close();
  });

  it("reads in its own thread, through the files in memory, what is only tried", async () => {
    const input = { catalog: { path: join(folder, "c.sqlite") }, storage: { rootDir: join(folder, "data") } };
    const settings = resolveSettings(settingsFromOptions(input), folder);
    const catalog = await openNodeCatalog(settings, "create", { dryRun: true });
    const { record } = await catalog.ingest(new Response("hello"), META);
    const results: string[] = [];
    for await (const { result, uri } of catalog.verify()) results.push(result, uri);
    expect(results).toEqual(["ok", record.storageUri]);
    expect((await catalog.stats()).digests).toBe("in_thread");
    await catalog.close();
    expect(await readdir(folder)).toEqual([]);
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

  it("stores bytes under the root, registers them and knows them again", async () => {
    const [path, rootDir] = [join(folder, "c.sqlite"), join(folder, "data")];
    const catalog = await openCatalog({ catalog: { path }, storage: { rootDir, layout: "cas" } });
    const first = await catalog.ingest(new Response("hello"), META);
    expect(first).toMatchObject({ outcome: "created", deduplicated: false, record: { bytes: 5 } });
    const file = fileURLToPath(first.record.storageUri);
    expect(await readFile(file, "utf8")).toBe("hello");
    const temporary = join(folder, "download.part");
    await writeFile(temporary, "hello");
    const second = await catalog.finalize(temporary, { ...META, artifactId: "doi:10.1/y" });
    expect(second).toMatchObject({ outcome: "created", deduplicated: true });
    expect(second.record.storageUri).toBe(first.record.storageUri);
    await expect(stat(temporary)).rejects.toMatchObject({ code: "ENOENT" });
    await catalog.close();
    await expect(catalog.ingest(new Uint8Array(1), META)).rejects.toMatchObject({ code: "CLOSED" });
    const reader = await openCatalog({ catalog: { path }, storage: { rootDir }, mode: "read" });
    await expect(reader.ingest(new Uint8Array(1), META)).rejects.toMatchObject({ code: "READ_ONLY" });
    await reader.close();
  });

  it("only stores where the catalog is disabled", async () => {
    const rootDir = join(folder, "data");
    const catalog = await openCatalog({ catalog: false, storage: { rootDir } });
    const { record, outcome } = await catalog.ingest(new Response("hello"), META);
    expect(outcome).toBe("placed");
    expect(await readFile(fileURLToPath(record.storageUri), "utf8")).toBe("hello");
    for (const call of [catalog.stats(), catalog.registerOrGet(registrationOf(1))]) {
      await expect(call).rejects.toMatchObject({
        code: "UNSUPPORTED",
        hint: expect.stringContaining("catalog: false"),
      });
    }
    await catalog.close();
    expect(await readdir(folder)).toEqual(["data"]);
  });

  it("answers a missing catalog when it may not make one", async () => {
    const path = join(folder, "none.sqlite");
    for (const mode of ["read", "write"] as const) {
      await expect(openCatalog({ catalog: { path }, mode })).rejects.toMatchObject({ code: "NOT_FOUND" });
    }
  });

  it.each([
    [{ catalog: { backend: "postgres" as const, path: "postgres://localhost/x" } }, "UNSUPPORTED"],
    [{ storage: { backend: "s3" as const, s3Bucket: "papers" } }, "UNSUPPORTED"],
    [{ catalog: { hasher: "md5" as "wasm" } }, "CONFIGURATION"],
    [{ storage: { pathTemplate: "{resolvr}/{basename}" } }, "CONFIGURATION"],
  ])("refuses %j with %s", async (options, code) => {
    await expect(openCatalog(options)).rejects.toMatchObject({ code });
  });
});
