import { OWN_FOLDERS } from "../../../core/naming/blob-key.ts";
import type { Entropy } from "../../../ports/entropy.ts";
import type { FileHandle, FileSystem } from "../../../ports/file-system.ts";
import type { Folders } from "../folders.ts";

/** What {@link Reserve} works with. */
export interface ReserveOptions {
  /** Where the file is. */
  readonly fs: FileSystem;
  /** Makes the folder of the trash. */
  readonly folders: Folders;
  /** Makes bytes that no device can store in fewer. */
  readonly entropy: Entropy;
}

/** The name of the file. A run is called otherwise. */
const KEY = `${OWN_FOLDERS.trash}/reserve`;
/** Enough for a placeholder and the folders of some names. */
const SIZE_BYTES = 64 * 1024;
/** Where less is free than this, it is made later: nobody else would get what a collector just freed. */
const PLENTY_BYTES = 16 * SIZE_BYTES;

/** Room that is kept back, so that blobs can be taken and deleted on a full disk. */
export class Reserve {
  readonly #options: ReserveOptions;
  /** It was there when it was last looked for. */
  #isThere = false;

  /** Makes nothing yet. */
  constructor(options: ReserveOptions) {
    this.#options = options;
  }

  /** Makes sure that it is there where the device tells that it has room for it: before anything was ever deleted. */
  async keepIfPlenty(): Promise<void> {
    if (this.#options.fs.freeBytes !== undefined) await this.keep();
  }

  /** Makes sure that it is there. A failure is not told: what is on its way does not need it. */
  async keep(): Promise<void> {
    if (this.#isThere) return;
    this.#isThere = true;
    try {
      this.#isThere = (await this.#isWhole()) || (await this.#make());
    } catch {
      this.#isThere = false;
    }
  }

  /** Gives the room back, as far as there is any; whoever needs it hears from its own call if that was not enough. */
  async free(): Promise<void> {
    this.#isThere = false;
    await Promise.allSettled([this.#remove()]);
  }

  /** Where a symlink leads nothing is removed. */
  async #remove(): Promise<void> {
    const { fs, folders } = this.#options;
    if (await folders.leadTo(KEY)) await fs.unlink(folders.pathOf(KEY));
  }

  /** Whether it is there; what a dead process or a power failure left of one makes way. */
  async #isWhole(): Promise<boolean> {
    const { fs, folders } = this.#options;
    const there = await fs.lstat(folders.pathOf(KEY));
    if (there?.kind === "file" && there.sizeBytes < SIZE_BYTES) await this.#remove();
    return there?.kind === "file" && there.sizeBytes >= SIZE_BYTES;
  }

  /** Makes it unless there is too little room. */
  async #make(): Promise<boolean> {
    const { fs, folders } = this.#options;
    const freeBytes = await fs.freeBytes?.(folders.root);
    if (freeBytes !== undefined && freeBytes < PLENTY_BYTES) return false;
    const handle = await folders.within(KEY, () => fs.open(folders.pathOf(KEY), "create"));
    const [written] = await Promise.allSettled([this.#write(handle)]);
    await handle.close();
    if (written.status === "rejected") await this.#remove();
    return written.status === "fulfilled";
  }

  /** @throws when not all of it can be written */
  async #write(handle: FileHandle): Promise<void> {
    const { folders, entropy } = this.#options;
    await folders.confirm(KEY, () => handle.stat());
    const bytes = noise(SIZE_BYTES, Number.parseInt(entropy.nonce().slice(0, 8), 16));
    if ((await handle.write(bytes)) < SIZE_BYTES) throw new Error("the device is full");
  }
}

/** Bytes by xorshift (Marsaglia 2003), as zeros take no room on a device that compresses. */
function noise(sizeBytes: number, seed: number): Uint8Array {
  const words = new Uint32Array(sizeBytes / 4);
  // It stays 0 if it begins so.
  let state = seed === 0 ? 1 : seed;
  for (let index = 0; index < words.length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return new Uint8Array(words.buffer);
}
