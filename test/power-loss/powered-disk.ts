import { open, readFile } from "node:fs/promises";
import type { Server } from "node:net";
import { join } from "node:path";
import { KeptFolder } from "../file-systems/kept-folder.ts";
import { serveDisk } from "./nbd-server.ts";
import { type Piece, RecordingDisk } from "./recording-disk.ts";

/** How a disk with each file system is made: `disk-0` is the image. */
const RECIPES: Readonly<Record<PoweredFileSystem, string>> = {
  ext4: "truncate -s 64M made; mkfs.ext4 -q made",
  xfs: "truncate -s 320M made; mkfs.xfs -q made",
  btrfs: "truncate -s 128M made; mkfs.btrfs -q made",
};

/** A file system whose power can be cut. */
export type PoweredFileSystem = "ext4" | "xfs" | "btrfs";

/** Attaches and mounts the disk that is served at `socket`. */
const ATTACH = [
  "nbdfuse device --unix socket & for try in $(seq 200); do [ -e device/nbd ] && break; sleep 0.05; done",
  "loop=$(losetup --find --show --direct-io=off device/nbd)",
  'mount "$loop" disk || { losetup --detach "$loop"; exit 1; }',
  // Goes as soon as it is unmounted.
  'losetup --detach "$loop"',
].join("; ");

/**
 * A mounted file system on a disk that records. Its content lives in this process, which therefore must never wait for
 * it: no synchronous call may touch it.
 */
export class PoweredDisk {
  readonly path: string;
  readonly #folder: KeptFolder;
  readonly #disk: RecordingDisk;
  readonly #server: Server;
  /** Up to where the image has what was written. */
  #imageMoment = 0;

  private constructor(folder: KeptFolder, disk: RecordingDisk, server: Server) {
    this.#folder = folder;
    this.#disk = disk;
    this.#server = server;
    this.path = join(folder.path, "disk");
  }

  static async create(fileSystem: PoweredFileSystem): Promise<PoweredDisk> {
    const folder = await KeptFolder.create(fileSystem);
    try {
      await folder.shell(`mkdir disk device; ${RECIPES[fileSystem]}; cp --sparse=always made image; rm made`);
      const disk = new RecordingDisk(new Uint8Array(await readFile(join(folder.path, "image"))));
      const powered = new PoweredDisk(folder, disk, await serveDisk(disk, join(folder.path, "socket")));
      await folder.shell(ATTACH);
      return powered;
    } catch (error) {
      await folder.remove();
      throw error;
    }
  }

  /** The present moment: grows with each request to the disk. */
  get moment(): number {
    return this.#disk.moment;
  }

  /** From now on the disk answers nothing, and nobody can write to it. */
  cutPower(): void {
    this.#disk.cutPower();
  }

  /** Takes the dead file system away. */
  async detach(): Promise<void> {
    // What is not written yet cannot be any more, which may be told.
    await this.#folder.shell("umount disk || umount --lazy disk; umount device || umount --lazy device");
    this.#server.close();
  }

  /**
   * Mounts what a failure at `moment` leaves, and unmounts it after `look`. Moments must not go back.
   * @param keeps says of each piece in the cache whether it survives
   */
  async afterFailure<Result>(moment: number, keeps: () => boolean, look: () => Promise<Result>): Promise<Result> {
    const flushed = this.#disk.flushedBefore(moment);
    await this.#write("image", this.#disk.writesBetween(this.#imageMoment, flushed));
    this.#imageMoment = Math.max(this.#imageMoment, flushed);
    await this.#folder.shell("cp --sparse=always image surviving");
    await this.#write("surviving", this.#disk.survivors(moment, keeps));
    await this.#folder.shell("mount -o loop surviving disk");
    try {
      return await look();
    } finally {
      await this.#folder.shell("umount disk; rm surviving");
    }
  }

  async #write(name: string, pieces: readonly Piece[]): Promise<void> {
    const file = await open(join(this.#folder.path, name), "r+");
    try {
      for (const { offset, bytes } of pieces) await file.write(bytes, 0, bytes.byteLength, offset);
    } finally {
      await file.close();
    }
  }

  remove(): Promise<void> {
    this.#server.close();
    return this.#folder.remove();
  }
}
