import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import { CollectWorld, collect, pathOf } from "./_collect-world.ts";

/** What is told of a blob whose last step fails: that it is gone only if it is. */

const broken = (): Error => Object.assign(new Error("EIO: made"), { code: "EIO" });

/** Files of which none can be unlinked in the trash: before that is done, or after. */
function files(when: "before" | "after", { blind = false }: { readonly blind?: boolean } = {}): FileSystem {
  const fs = createMemoryFileSystem();
  const [unlink, lstat] = [fs.unlink.bind(fs), fs.lstat.bind(fs)];
  let hasFailed = false;
  return Object.assign(fs, {
    unlink: async (path: string) => {
      const isTaken = path.includes("/.trash/") && !path.endsWith("/reserve");
      if (!isTaken || when === "after") await unlink(path);
      if (!isTaken || hasFailed) return;
      hasFailed = true;
      throw broken();
    },
    lstat: async (path: string) => {
      if (blind && hasFailed && path.includes("/.trash/")) throw broken();
      return lstat(path);
    },
  });
}

async function collectIn(
  fs: FileSystem,
  { trash = false }: { readonly trash?: boolean } = {},
): Promise<{ readonly applied: number; readonly findings: readonly string[]; readonly left: string | undefined }> {
  const world = new CollectWorld({ layout: "cas", fs });
  const catalog = await world.open();
  await world.ingest(catalog, "kept");
  const gone = await world.orphan(catalog, "gone");
  const { applied, findings } = await collect(catalog, { orphanTtlDays: 0, trash });
  const left = await world.read(pathOf(gone));
  return { applied: applied.length, findings: findings.map(({ kind }) => kind), left };
}

describe("a removal that fails", () => {
  it("is told to be done if it was, though it was said to fail", async () => {
    expect(await collectIn(files("after"))).toEqual({ applied: 1, findings: [], left: undefined });
    expect(await collectIn(files("after"), { trash: true })).toEqual({ applied: 1, findings: [], left: undefined });
  });

  it("is a finding if it was not, or if nobody can tell", async () => {
    const failed = { applied: 0, findings: ["failed"], left: undefined };
    expect(await collectIn(files("before"))).toEqual(failed);
    expect(await collectIn(files("after", { blind: true }))).toEqual(failed);
  });
});

/** Files of which the second blob does not get into the trash at first, as the device is full; what else happens then. */
function filesFullOnce(atThatMoment: (fs: FileSystem) => Promise<void> = async () => {}): FileSystem {
  const fs = createMemoryFileSystem();
  const rename = fs.rename.bind(fs);
  let taken = 0;
  return Object.assign(fs, {
    rename: async (from: string, to: string) => {
      if (!to.includes("/.trash/") || to.includes("/kept-")) return rename(from, to);
      taken += 1;
      // The store tries again by itself, when it has given up what it kept back.
      if (taken !== 2 && taken !== 3) return rename(from, to);
      if (taken === 2) await atThatMoment(fs);
      throw Object.assign(new Error("ENOSPC: made"), { code: "ENOSPC" });
    },
  });
}

describe("a disk that is full on the way", () => {
  it("has room again when what was taken is gone", async () => {
    const world = new CollectWorld({ layout: "cas", fs: filesFullOnce() });
    const catalog = await world.open();
    for (const text of ["one", "two"]) await world.orphan(catalog, text);
    const { applied, findings } = await collect(catalog, { orphanTtlDays: 0 });
    expect([applied.length, findings]).toEqual([2, []]);
  });

  it("lets nothing go where another catalog cannot be read by then", async () => {
    const fs = filesFullOnce((files) => files.rename("/state/b.sqlite", "/state/gone.sqlite"));
    const world = new CollectWorld({ layout: "cas", fs });
    const other = await world.open("b");
    await world.ingest(other, "theirs");
    await other.close();
    const catalog = await world.open();
    const orphans = [await world.orphan(catalog, "one"), await world.orphan(catalog, "two")];
    const refused = { code: "REFUSED", details: { guard: "other catalog" } };
    await expect(collect(catalog, { orphanTtlDays: 0 })).rejects.toMatchObject(refused);
    for (const each of orphans) expect(await world.read(pathOf(each))).toBeDefined();
  });
});
