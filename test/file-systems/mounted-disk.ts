import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";

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
  /** Names as Windows has them. */
  ntfs: "truncate -s 48M image; mkntfs -F -Q -q image; lowntfs-3g -o ignore_case,windows_names image disk",
  /** Soon full. */
  tmpfs: "mount -t tmpfs -o size=3m,nr_inodes=512 tmpfs disk",
};

/** A kind of disk that {@link mountDisk} makes. */
export type DiskKind = "xfs" | "btrfs" | "exfat" | "ntfs" | "tmpfs";

/** A disk of its own, which goes with the process that made it, however that ends. */
export interface MountedDisk {
  /** Where it is mounted: an empty folder, or with what the file system itself puts there. */
  readonly path: string;
  /** Runs a line of the shell beside it, where the folder is `disk`. @throws when it fails */
  shell(line: string): Promise<void>;
  /** Unmounts it and removes everything. */
  remove(): Promise<void>;
}

/** Waits for the end of its standard input, which comes also when this process is killed, and then tidies up. */
const KEEPER = `
cd "$1"
trap '' INT TERM HUP
trap 'umount disk || umount --lazy disk; cd /; rm -rf "$1"' EXIT
mkdir disk
{ eval "$2"; } >&2 </dev/null
echo ready
while read -r line; do (eval "$line") >&2 </dev/null && echo done || echo failed; done
`;

/** Makes and mounts a disk. @throws when the machine cannot */
export async function mountDisk(kind: DiskKind): Promise<MountedDisk> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), `content-catalog-${kind}-`)));
  const keeper = new Keeper(folder, RECIPES[kind]);
  await keeper.expect("ready");
  return {
    path: join(folder, "disk"),
    shell: (line) => keeper.run(line),
    remove: () => keeper.end(),
  };
}

class Keeper {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #lines: string[] = [];
  #messages = "";
  #wake: (() => void) | undefined;

  constructor(folder: string, recipe: string) {
    // Detached, so that what interrupts the tests from the terminal leaves it time to tidy up.
    this.#child = spawn("sh", ["-euc", KEEPER, "sh", folder, recipe], {
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    this.#read(this.#child.stdout, (text) => this.#lines.push(...text.split("\n").filter((line) => line !== "")));
    this.#read(this.#child.stderr, (text) => {
      this.#messages += text;
    });
    this.#ended = once(this.#child, "exit");
    void this.#ended.then(() => this.#wake?.());
  }

  #read(stream: Readable | null, take: (text: string) => void): void {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      take(text);
      this.#wake?.();
    });
  }

  async run(line: string): Promise<void> {
    this.#messages = "";
    this.#child.stdin?.write(`${line}\n`);
    await this.expect("done");
  }

  async expect(answer: string): Promise<void> {
    while (this.#lines.length === 0 && this.#child.exitCode === null) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const line = this.#lines.shift();
    if (line !== answer) throw new Error(`Cannot prepare a disk: ${this.#messages}`);
  }

  async end(): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
  }
}
