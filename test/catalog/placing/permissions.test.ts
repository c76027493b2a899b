import { chmodSync, lstatSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createNodeFileSystem } from "../../../src/adapters/fs/node.ts";
import { TRANSFERS } from "../../../src/catalog/placing/stage-file.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { inFolder } from "../../adapters/blob/_store-world.ts";
import { type IngestWorld, openWorld } from "../ingest/_ingest-world.ts";

const node = createNodeFileSystem();
const LAYOUTS = ["cas", "policy_path"] as const;

/** The machine's files, of which this user may not read those that `isShut` says. */
function shutting(isShut: (path: string) => boolean): FileSystem {
  return new Proxy(node, {
    get: (target, name) => {
      const found: unknown = Reflect.get(target, name);
      if (name !== "open") return typeof found === "function" ? found.bind(target) : found;
      return (...call: Parameters<FileSystem["open"]>) => {
        if (call[1] === "create" || !isShut(call[0])) return target.open(...call);
        throw Object.assign(new Error("EACCES: made"), { code: "EACCES", path: call[0], syscall: "open" });
      };
    },
  });
}

function write(folder: string, { name = "source", mode = 0o644 } = {}): string {
  const path = join(folder, name);
  writeFileSync(path, "hello");
  chmodSync(path, mode);
  return path;
}

const pathOf = async (world: IngestWorld, index = 0): Promise<string> =>
  new URL((await world.rows())[index]?.storageUri ?? "").pathname;

describe("permissions of blobs", () => {
  it.each(
    LAYOUTS.flatMap((layout) =>
      TRANSFERS.flatMap((way) => [0o600, 0o640, 0o644].map((mode) => [layout, way, mode] as const)),
    ),
  )("let nobody read who could not read the source: %s, %s, %o", (layout, transfer, mode) =>
    inFolder(async (folder) => {
      const world = await openWorld({ fs: node, rootDir: join(folder, "root"), layout });
      await world.finalize(write(folder, { mode }), {}, { transfer });
      expect(lstatSync(await pathOf(world)).mode & 0o044 & ~mode).toBe(0);
      if (transfer !== "move") expect(lstatSync(join(folder, "source")).mode & 0o777).toBe(mode);
    }),
  );

  it.each(
    LAYOUTS.flatMap((layout) =>
      TRANSFERS.flatMap((way) => [0o400, 0o640, 0o644].map((mode) => [layout, way, mode] as const)),
    ),
  )("stay as they are, with the times, when the bytes come again: %s, %s, %o", (layout, transfer, mode) =>
    inFolder(async (folder) => {
      const world = await openWorld({ fs: node, rootDir: join(folder, "root"), layout });
      const key = { artifactId: "same", sourceUrl: "https://example.org/same" };
      await world.ingest("hello", key);
      const blob = await pathOf(world);
      chmodSync(blob, mode);
      utimesSync(blob, 1_500_000_000, 1_600_000_000);
      for (const other of [0o600, 0o666]) {
        await world.finalize(write(folder, { name: `for-${other}`, mode: other }), key, { transfer });
        // Under policy_path a link of it.
        await world.finalize(write(folder, { name: `again-${other}`, mode: other }), {}, { transfer });
      }
      const { mode: after, mtimeMs } = lstatSync(blob);
      expect([after & 0o777, mtimeMs]).toEqual([mode, 1_600_000_000_000]);
    }),
  );
});

describe("a blob that this user may not read", () => {
  it.each(LAYOUTS)("is no hit but an error that names it: %s", (layout) =>
    inFolder(async (folder) => {
      let blob = "";
      const world = await openWorld({ fs: shutting((path) => path === blob), rootDir: join(folder, "root"), layout });
      const key = { artifactId: "same", sourceUrl: "https://example.org/same" };
      await world.ingest("hello", key);
      blob = await pathOf(world);
      const error = {
        code: "PERMISSION",
        details: { path: blob },
        hint: expect.stringContaining(`chmod u+rw '${blob}'`),
      };
      await expect(world.ingest("hello", key)).rejects.toMatchObject(error);
      if (layout === "cas") await expect(world.ingest("hello")).rejects.toMatchObject(error);
    }),
  );

  it("is passed over where the bytes may be stored elsewhere", () =>
    inFolder(async (folder) => {
      let blob = "";
      const world = await openWorld({ fs: shutting((path) => path === blob), rootDir: join(folder, "root") });
      await world.ingest("hello");
      blob = await pathOf(world);
      expect((await world.ingest("hello")).placement).toBe("stored");
      blob = "";
      expect((await world.ingest("hello")).placement).toBe("linked");
    }));
});
