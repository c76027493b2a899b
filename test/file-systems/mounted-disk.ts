import { join } from "node:path";
import { KeptFolder } from "./kept-folder.ts";

/** How each kind of disk is made and mounted, in shell: from the file `image` on the folder `disk`. */
const RECIPES: Readonly<Record<DiskKind, string>> = {
  /** Clones files (reflink). */
  xfs: "truncate -s 320M image; mkfs.xfs -q -m reflink=1 image; mount -o loop image disk",
  /** Clones files too. */
  btrfs: "truncate -s 128M image; mkfs.btrfs -q image; mount -o loop image disk",
  /** No hard links, no modes, names without case; it wants a block device. */
  exfat:
    "truncate -s 48M image; mkfs.exfat image; loop=$(losetup --find --show image); " +
    'mount.exfat-fuse "$loop" disk; losetup --detach "$loop"',
  /** What most machines have. */
  ext4: "truncate -s 8M image; mkfs.ext4 -q -m 0 image; mount -o loop image disk",
  /** Names as Windows has them. */
  ntfs: "truncate -s 48M image; mkntfs -F -Q -q image; lowntfs-3g -o ignore_case,windows_names image disk",
  /** Soon full. */
  tmpfs: "mount -t tmpfs -o size=3m,nr_inodes=512 tmpfs disk",
};

/** A kind of disk that {@link mountDisk} makes. */
export type DiskKind = "xfs" | "btrfs" | "exfat" | "ntfs" | "ext4" | "tmpfs";

/** A disk of its own, which goes with the process that made it, however that ends. */
export interface MountedDisk {
  /** Where it is mounted: an empty folder, or with what the file system itself puts there. */
  readonly path: string;
  /** Runs a line of the shell beside it, where the folder is `disk`. @throws when it fails */
  shell(line: string): Promise<void>;
  /** Unmounts it and removes everything. */
  remove(): Promise<void>;
}

/** Makes and mounts a disk. @throws when the machine cannot */
export async function mountDisk(kind: DiskKind): Promise<MountedDisk> {
  const folder = await KeptFolder.create(kind);
  try {
    await folder.shell(`mkdir disk; ${RECIPES[kind]}`);
  } catch (error) {
    await folder.remove();
    throw error;
  }
  return {
    path: join(folder.path, "disk"),
    shell: (line) => folder.shell(line),
    remove: () => folder.remove(),
  };
}
