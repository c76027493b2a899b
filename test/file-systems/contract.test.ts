import { mkdtemp, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNodeFileSystem } from "../../src/adapters/fs/node.ts";
import { testBlobStore } from "../../src/testing/blob-store/blob-store-suite.ts";
import type { FileSystemPlace } from "../../src/testing/file-system/place.ts";
import { testFileSystem } from "../../src/testing/file-system-suite.ts";
import { testSqlEngine } from "../../src/testing/sql-engine-suite.ts";
import { openStore } from "../adapters/blob/_store-world.ts";
import { createProcesses, openEngine } from "../adapters/sql/oplog/_engine-world.ts";
import { describeWith } from "../components.ts";
import { type MountedDisk, mountDisk } from "./mounted-disk.ts";

const fs = createNodeFileSystem();

/** Each kind of disk, with what it lacks. */
const DISKS: readonly (readonly ["xfs" | "btrfs" | "exfat" | "ntfs", FileSystemPlace["lacks"]])[] = [
  ["xfs", []],
  ["btrfs", []],
  ["exfat", ["hardlink", "modes"]],
  ["ntfs", ["modes"]],
];

for (const [component, kind] of [
  ["disks", "tmpfs"],
  ["ext4", "ext4"],
] as const) {
  describeWith(component, `the blob store on ${kind}`, () => {
    it("tells that removing a blob frees all of it", async () => {
      const disk = await mountDisk(kind);
      try {
        expect(await (await openStore(fs, disk.path)).mayShareBlocks()).toBe(false);
      } finally {
        await disk.remove();
      }
    });
  });
}

const runner = { describe, it };

for (const [kind, lacks = []] of DISKS) {
  describeWith(kind, `the ports on ${kind}`, () => {
    let disk: MountedDisk;

    beforeAll(async () => {
      disk = await mountDisk(kind);
    });

    afterAll(() => disk.remove());

    async function makePlace(): Promise<{ readonly directory: string; dispose(): Promise<void> }> {
      const directory = await mkdtemp(join(disk.path, "place-"));
      return { directory, dispose: () => rm(directory, { recursive: true }) };
    }

    testFileSystem(runner, kind, async () => ({
      ...(await makePlace()),
      fs,
      lacks,
      symlink: kind === "exfat" ? undefined : symlink,
    }));

    testBlobStore(runner, `on ${kind}`, async () => {
      const { directory, dispose } = await makePlace();
      return { store: await openStore(fs, `${directory}/not/yet`), shares: !lacks.includes("hardlink"), dispose };
    });

    it("tells whether removing a blob may free less than its size", async () => {
      // FUSE, through which the last two are mounted, does not tell what is behind it.
      const { directory, dispose } = await makePlace();
      expect(await (await openStore(fs, directory)).mayShareBlocks()).toBe(true);
      await dispose();
    });

    testSqlEngine(runner, `on ${kind}`, async () => {
      const { directory, dispose } = await makePlace();
      const options = { fs, path: `${directory}/state/catalog.sqlite`, busyTimeoutMs: 5000 };
      return {
        open: (migrations) => openEngine({ ...options, migrations }),
        openAsOther: (migrations, mode) => openEngine({ ...options, migrations, mode, processes: createProcesses(2) }),
        dispose,
      };
    });
  });
}
