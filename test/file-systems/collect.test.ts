import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createNodeFileSystem } from "../../src/adapters/fs/node.ts";
import { parseBlobKey } from "../../src/core/naming/blob-key.ts";
import type { BlobStore, TakenBlob } from "../../src/ports/blob-store.ts";
import { openStore } from "../adapters/blob/_store-world.ts";
import { describeWith } from "../components.ts";
import { type MountedDisk, mountDisk } from "./mounted-disk.ts";

const KEY = parseBlobKey("papers/one/a.pdf");
const fs = createNodeFileSystem();

for (const [component, kind] of [
  ["disks", "tmpfs"],
  ["ext4", "ext4"],
  ["btrfs", "btrfs"],
] as const) {
  describeWith(component, `a full disk of ${kind}`, () => {
    let disk: MountedDisk;

    beforeAll(async () => {
      disk = await mountDisk(kind);
    });

    afterAll(() => disk.remove());

    async function put(store: BlobStore, sizeBytes: number): Promise<void> {
      const writer = await store.stage();
      await writer.write(new Uint8Array(sizeBytes));
      const staged = await writer.finish();
      expect(await store.place(staged, KEY)).toBe(true);
      await store.dropStaged(staged);
    }

    /** Writes until nothing fits any more, not even the smallest file. */
    async function fillUp(folder: string): Promise<void> {
      await disk.shell("dd if=/dev/zero of=disk/filler bs=4k 2>/dev/null || true; sync -f disk");
      for (let index = 0; index < 10_000; index += 1) {
        const failed = await writeFile(join(folder, `filler-${index}`), new Uint8Array(4096)).then(
          () => false,
          () => true,
        );
        if (failed) return;
      }
      throw new Error("the disk does not become full");
    }

    async function take(store: BlobStore): Promise<TakenBlob | undefined> {
      const found = await store.stat(KEY);
      return found && store.take(KEY, { found, run: store.newRun(), keepName: true });
    }

    it("lets a blob be taken and deleted, with its name kept, as room was kept back for that", async () => {
      const store = await openStore(fs, join(disk.path, "root"));
      await store.markers.write("id", new TextEncoder().encode("{}"));
      await put(store, 300_000);
      await fillUp(disk.path);
      await expect(put(await openStore(fs, join(disk.path, "root")), 9000)).rejects.toMatchObject({ code: "NO_SPACE" });
      const taken = await take(store);
      expect(taken?.stat.sizeBytes).toBe(300_000);
      expect(await store.isKept(KEY)).toBe(true);
      if (taken !== undefined) await store.dropTaken(taken);
      await disk.shell("sync -f disk");
      await put(store, 9000);
    });
  });
}
