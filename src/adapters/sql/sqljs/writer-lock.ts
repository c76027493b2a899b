import { asCatalogError, hasCode } from "../../../core/messages/file-error.ts";
import { quote } from "../../../core/messages/quote.ts";
import { CatalogError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Entropy } from "../../../ports/entropy.ts";
import type { FileSystem } from "../../../ports/file-system.ts";
import type { Logger } from "../../../ports/logger.ts";
import type { ProcessTable } from "../../../ports/process.ts";
import { describeLockOwner, formatLockOwner, type LockOwner, parseLockOwner } from "./lock-owner.ts";
import { writeNewFile } from "./snapshot.ts";

/** How often a lock that nobody holds is tried for without a pause. */
const EAGER_ATTEMPTS = 10;

/** What a lock works with. */
export interface WriterLockOptions {
  readonly fs: FileSystem;
  /** The catalog file; the lock is the folder `<path>.lock`. */
  readonly path: string;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly processes: ProcessTable;
  readonly logger?: Logger | undefined;
  /** How long to wait for another holder. */
  readonly busyTimeoutMs: number;
}

/** Who holds the lock: nobody, or somebody who may be unknown. */
type Holder =
  | { readonly kind: "nobody" }
  | { readonly kind: "somebody"; readonly name?: string; readonly owner?: LockOwner };

/**
 * The right to write, among processes: a folder that holds one file, named by its owner's nonce. A folder can be
 * renamed only onto nothing or an empty folder, so renaming a private one that already holds the file is a
 * compare-and-swap; and a dead owner's file, whose name never comes back, is unlinked by one contender only.
 */
export class WriterLock {
  readonly #options: WriterLockOptions;
  #nonce: string | undefined;

  constructor(options: WriterLockOptions) {
    this.#options = options;
  }

  /** Whether the lock was taken and not released; whether it still stands is for {@link confirm}. */
  get held(): boolean {
    return this.#nonce !== undefined;
  }

  /**
   * Takes the lock unless it is held already.
   * @throws {CatalogError} BUSY when another holds it longer than the busy timeout; errors of the file system
   */
  async acquire(signal?: AbortSignal): Promise<void> {
    if (this.#nonce !== undefined) return;
    let nonce: string | undefined;
    try {
      const startedMs = this.#options.clock.monotonicMs();
      for (let attempt = 0; ; attempt++) {
        nonce ??= await this.#prepare();
        const taken = nonce === undefined ? "gone" : await this.#swap(nonce);
        if (taken === "taken") {
          this.#nonce = nonce;
          return;
        }
        if (taken === "gone") nonce = undefined;
        const holder = await this.#findHolder();
        const vacant = await this.#removeDead(holder);
        if (!vacant || attempt >= EAGER_ATTEMPTS) await this.#wait(holder, startedMs, signal);
      }
    } catch (error) {
      if (nonce !== undefined) await this.#giveUp(nonce);
      throw asCatalogError(error, { verb: "lock", path: this.#options.path });
    }
  }

  /**
   * Makes sure that nobody has taken the lock away.
   * @throws {CatalogError} BUSY when somebody has
   */
  async confirm(): Promise<void> {
    const { fs, path } = this.#options;
    if (this.#nonce !== undefined && (await fs.lstat(`${this.#lockPath}/${this.#nonce}`)) !== undefined) return;
    this.#nonce = undefined;
    const holder = await this.#findHolder();
    const name = describeLockOwner(holder.kind === "somebody" ? holder.owner : undefined);
    throw new CatalogError("BUSY", `Cannot write ${quote(path)}: the lock was taken away, now by ${name}`, {
      details: { path, holder: name, waitedMs: 0 },
      hint: "Nothing was committed; run the same command again.",
    });
  }

  /** Lets others write. Nothing happens when the lock is not held. */
  async release(): Promise<void> {
    const nonce = this.#nonce;
    if (nonce === undefined) return;
    this.#nonce = undefined;
    const { fs } = this.#options;
    // A lock that stays keeps everybody out for as long as this process lives, so it is worth a second try.
    await removeOwner(fs, this.#lockPath, nonce).catch(() => removeOwner(fs, this.#lockPath, nonce));
  }

  get #lockPath(): string {
    return `${this.#options.path}.lock`;
  }

  /** Makes a private folder with the owner's file in it, complete and durable; gives its nonce unless it was removed. */
  async #prepare(): Promise<string | undefined> {
    const { fs, entropy, processes, clock } = this.#options;
    const nonce = entropy.nonce();
    const folder = `${this.#lockPath}.${nonce}`;
    try {
      await fs.makeDirectory(folder);
    } catch (error) {
      await removePrivateFolder(fs, folder, nonce);
      throw error;
    }
    try {
      const bytes = formatLockOwner(processes.self(), clock.now());
      await (await writeNewFile(fs, `${folder}/${nonce}`, { bytes })).close();
    } catch (error) {
      // The holder, who tidies up, took it for a leftover.
      if (hasCode(error, "ENOENT")) return undefined;
      await removePrivateFolder(fs, folder, nonce);
      throw error;
    }
    return nonce;
  }

  /** A rename that failed may have been carried out, so the file is looked for in both places. */
  async #giveUp(nonce: string): Promise<void> {
    const { fs } = this.#options;
    await removePrivateFolder(fs, `${this.#lockPath}.${nonce}`, nonce);
    await removePrivateFolder(fs, this.#lockPath, nonce);
  }

  async #swap(nonce: string): Promise<"taken" | "held" | "gone"> {
    try {
      await this.#options.fs.rename(`${this.#lockPath}.${nonce}`, this.#lockPath);
      return "taken";
    } catch (error) {
      // Whoever cleans up after dead processes may have removed a private folder; a new one does as well.
      if (hasCode(error, "ENOENT")) return "gone";
      // Windows says EPERM for any folder that is in the way, and POSIX ENOTDIR for a file.
      if (hasCode(error, "ENOTEMPTY", "EEXIST", "ENOTDIR")) return "held";
      if (hasCode(error, "EPERM") && (await this.#options.fs.lstat(this.#lockPath)) !== undefined) return "held";
      throw error;
    }
  }

  async #findHolder(): Promise<Holder> {
    const { fs } = this.#options;
    try {
      const names: string[] = [];
      for await (const { name } of fs.list(this.#lockPath)) names.push(name);
      const [name, ...others] = names;
      if (name === undefined) return { kind: "nobody" };
      if (others.length > 0 || !/^[0-9a-f]{32}$/.test(name)) return { kind: "somebody" };
      const owner = parseLockOwner(await fs.readFile(`${this.#lockPath}/${name}`));
      return owner === undefined ? { kind: "somebody" } : { kind: "somebody", name, owner };
    } catch (error) {
      if (hasCode(error, "ENOENT")) return { kind: "nobody" };
      if (hasCode(error, "ENOTDIR")) return { kind: "somebody" };
      throw error;
    }
  }

  /** Clears away what nobody holds; gives whether there is a reason to try again at once. */
  async #removeDead(holder: Holder): Promise<boolean> {
    const { fs, path, processes, logger } = this.#options;
    if (holder.kind === "nobody") {
      await removeEmptyFolder(fs, this.#lockPath);
      return true;
    }
    const { name, owner } = holder;
    if (name === undefined || owner === undefined || processes.isAlive(owner.identity) !== false) return false;
    logger?.log("info", "taking over the lock of a dead process", { path, holder: describeLockOwner(owner) });
    await removeOwner(fs, this.#lockPath, name);
    return true;
  }

  async #wait(holder: Holder, startedMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { clock, entropy, busyTimeoutMs } = this.#options;
    const waitedMs = clock.monotonicMs() - startedMs;
    if (waitedMs >= busyTimeoutMs) throw this.#busy(holder, waitedMs);
    // 5 to 25 ms: several who wait shall not look all at the same moment.
    const jitterMs = 5 + (Number.parseInt(entropy.nonce().slice(0, 6), 16) % 20);
    await clock.sleep(Math.min(jitterMs, busyTimeoutMs - waitedMs), signal);
  }

  #busy(holder: Holder, waitedMs: number): CatalogError<"BUSY"> {
    const { path, processes } = this.#options;
    const owner = holder.kind === "somebody" ? holder.owner : undefined;
    const name = describeLockOwner(owner);
    const sure = owner !== undefined && processes.isAlive(owner.identity) === true;
    return new CatalogError("BUSY", `Cannot write ${quote(path)}: it is being written by ${name}`, {
      details: { path, holder: name, waitedMs: Math.round(waitedMs) },
      hint: sure
        ? "Wait until it is done, or stop it."
        : `If that process is certainly gone, remove the folder ${quote(this.#lockPath)}.`,
    });
  }
}

async function removeEmptyFolder(fs: FileSystem, path: string): Promise<void> {
  try {
    await fs.removeDirectory(path);
  } catch (error) {
    if (!hasCode(error, "ENOENT", "ENOTEMPTY", "EEXIST", "ENOTDIR")) throw error;
  }
}

/** Unlinks an owner's file, which only one contender can, and the folder unless a new owner came in between. */
async function removeOwner(fs: FileSystem, folder: string, nonce: string): Promise<void> {
  try {
    await fs.unlink(`${folder}/${nonce}`);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
  await removeEmptyFolder(fs, folder);
}

/** Removes a private folder as far as it can be; what is left has a name that tells what it is. */
export async function removePrivateFolder(fs: FileSystem, folder: string, nonce: string): Promise<void> {
  try {
    await removeOwner(fs, folder, nonce);
  } catch {
    // The next writer that holds the lock tries again.
  }
}
