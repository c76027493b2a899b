import { asCatalogError, hasCode } from "../../../../core/messages/file-error.ts";
import { quote } from "../../../../core/messages/quote.ts";
import { baseName, parentPath } from "../../../../core/path.ts";
import { CatalogError } from "../../../../errors.ts";
import type { Clock } from "../../../../ports/clock.ts";
import type { Entropy } from "../../../../ports/entropy.ts";
import type { FileHandle, FileSystem } from "../../../../ports/file-system.ts";
import type { Logger } from "../../../../ports/logger.ts";
import type { ProcessTable } from "../../../../ports/process.ts";
import { closeQuietly } from "../protocol/store.ts";
import {
  createIfMissing,
  linkWherePossible,
  nameLock,
  type OwnFile,
  twice,
  unlinkIfThere,
  writeAll,
} from "./lock-file.ts";
import {
  describeLockHolder,
  formatHeartbeat,
  formatLockHolder,
  type LockHolder,
  parseLockHolder,
  unknownHolder,
} from "./lock-holder.ts";

/** Whose right to write it is. Courtesy and speed: nothing breaks when two hold it at once. */
export interface Lock {
  /** Whether it was taken and not given up. */
  readonly held: boolean;
  /** Takes it unless it is held. @throws {CatalogError} BUSY after the busy timeout */
  acquire(options?: AcquireOptions): Promise<void>;
  /** Whether somebody else asked for it; asks for nothing when it is not held. */
  wanted(): Promise<boolean>;
  /** Gives it up. Nothing happens when it is not held. */
  release(): Promise<void>;
  /** Removes what dead processes left of theirs. */
  sweep(): Promise<void>;
}

/** Options of {@link Lock.acquire}. */
export interface AcquireOptions {
  /** Ends the waiting when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Wait no longer than that. @default the busy timeout */
  readonly timeoutMs?: number | undefined;
  /**
   * Says at each look how long to wait yet, and 0 for no longer, in place of `timeoutMs`; it gets what makes the error
   * for one who has waited so long.
   */
  readonly patience?: ((busy: (waitedMs: number) => CatalogError<"BUSY">) => number) | undefined;
}

/** What a {@link WriterLock} works with. */
export interface WriterLockOptions {
  /** Where the file of the lock is. */
  readonly fs: FileSystem;
  /** The catalog, for messages, and the names of its lock and of the request for it. */
  readonly files: { readonly snapshot: string; readonly lock: string; readonly wanted: string };
  /** Gives the times of heartbeats, and of waiting. */
  readonly clock: Clock;
  /** Gives nonces, and how long to wait between two looks. */
  readonly entropy: Entropy;
  /** Tells whether the holder is alive. */
  readonly processes: ProcessTable;
  /** Told when the lock is taken from a holder that is gone. */
  readonly logger?: Logger | undefined;
  /** How long to wait for another holder. */
  readonly busyTimeoutMs: number;
  /**
   * A holder that was not heard of for so long is dead. Work in WebAssembly blocks the loop that sends heartbeats, for
   * seconds at a time.
   * @default 60000
   */
  readonly silentForMs?: number | undefined;
  /**
   * Nonces of locks that this process gave up, and of which something could not be removed.
   * @default those of all locks in this process
   */
  readonly abandoned?: Set<string> | undefined;
}

const SILENT_FOR_MS = 60_000;
const HEARTBEATS_IN_TIME = 6;
/** A lock in which nothing stands yet was created a moment ago, or its creator is gone. */
const UNFINISHED_FOR_MS = 3000;
const OWN_FILE_ATTEMPTS = 10;
const WAIT_MIN_MS = 1;
const WAIT_SPREAD_MS = 8;

/** The file of one who wants the lock: as long as it is there, the lock may get its nonce. */
interface Claim {
  readonly nonce: string;
  readonly path: string;
}

interface HeldLock extends Claim {
  readonly handle: FileHandle;
  readonly stop: AbortController;
}

/** For all locks in this process that are not told otherwise. */
const ABANDONED = new Set<string>();

/** The lock among processes: a file with one name of its own, and for as long as the lock is held that of the lock. */
export class WriterLock implements Lock {
  readonly #options: WriterLockOptions;
  readonly #abandoned: Set<string>;
  #held: HeldLock | undefined;

  /** Touches no file before it is taken. */
  constructor(options: WriterLockOptions) {
    this.#options = options;
    this.#abandoned = options.abandoned ?? ABANDONED;
  }

  get held(): boolean {
    return this.#held !== undefined;
  }

  async acquire(options: AcquireOptions = {}): Promise<void> {
    for (let attempt = 1; this.#held === undefined; attempt++) {
      try {
        this.#held = await this.#tryAcquire(options);
        void this.#beat(this.#held);
      } catch (error) {
        // Whoever tidied up took our file for one that was left, as nothing was in it yet.
        if (hasCode(error, "ENOENT") && attempt < OWN_FILE_ATTEMPTS) continue;
        throw asCatalogError(error, { verb: "lock", path: this.#options.files.snapshot });
      }
    }
  }

  async #tryAcquire(options: AcquireOptions): Promise<HeldLock> {
    const nonce = this.#options.entropy.nonce();
    const claim: Claim = { nonce, path: this.#claimPath(nonce) };
    const own = await this.#writeOwn(claim);
    try {
      const handle = await this.#take({ ...claim, handle: own }, options);
      return { ...claim, handle, stop: new AbortController() };
    } catch (error) {
      await closeQuietly(own);
      // What failed may have been done all the same.
      await this.#giveUp(claim).catch(() => undefined);
      throw error;
    }
  }

  #claimPath(nonce: string): string {
    return `${this.#options.files.lock}.${nonce}`;
  }

  async wanted(): Promise<boolean> {
    const { fs, files } = this.#options;
    return this.#held !== undefined && (await fs.lstat(files.wanted)) !== undefined;
  }

  async release(): Promise<void> {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    held.stop.abort();
    const { fs, files } = this.#options;
    try {
      await this.#giveUp(held);
    } catch (error) {
      // So long ago that everybody takes it for a dead one's.
      await held.handle.write(formatHeartbeat(0)).catch(() => undefined);
      throw error;
    } finally {
      await closeQuietly(held.handle);
      await unlinkIfThere(fs, files.wanted).catch(() => undefined);
    }
  }

  /**
   * Removes the claim, then the lock if it is ours. In this order: whoever moves a lock aside that is not the dead one
   * puts it back only while its claim is there, so that no lock comes back that was given up meanwhile.
   */
  async #giveUp({ nonce, path }: Claim): Promise<void> {
    const { fs } = this.#options;
    this.#abandoned.add(nonce);
    const given = await twice(() => unlinkIfThere(fs, path)).then(
      () => true,
      () => false,
    );
    // A lock that stays keeps everybody out for as long as this process lives, so it is worth a second try.
    await twice(() => this.#giveUpName(nonce));
    if (given) this.#abandoned.delete(nonce);
  }

  async #giveUpName(nonce: string): Promise<void> {
    const holder = await this.#findHolder();
    if (holder !== "nobody" && holder.nonce === nonce) await unlinkIfThere(this.#options.fs, this.#options.files.lock);
  }

  async sweep(): Promise<void> {
    const { fs, files } = this.#options;
    const folder = parentPath(files.lock);
    const start = `${baseName(files.lock)}.`;
    for await (const { name } of fs.list(folder)) {
      if (!name.startsWith(start) || !/^[0-9a-f]{32}(\.dead)?$/.test(name.slice(start.length))) continue;
      const path = `${folder}/${name}`;
      if (path !== this.#held?.path && (await this.#isLeft(path))) await unlinkIfThere(fs, path);
    }
  }

  /** Whether nobody needs a claim, or a lock that was moved aside, any more. */
  async #isLeft(path: string): Promise<boolean> {
    const holder = await this.#readHolder(path);
    if (holder === "nobody") return false;
    // A claim in which nothing stands yet may be one in the making: whoever makes it makes another then.
    if (holder.nonce === "" || this.#isDead(holder)) return true;
    return path.endsWith(".dead") && (await this.#options.fs.lstat(this.#claimPath(holder.nonce))) === undefined;
  }

  async #writeOwn({ nonce, path }: Claim): Promise<FileHandle> {
    const { fs, processes, clock } = this.#options;
    const handle = await fs.open(path, "create");
    const identity = formatLockHolder(nonce, processes.self());
    const heartbeat = formatHeartbeat(clock.now());
    const line = new Uint8Array(identity.byteLength + heartbeat.byteLength);
    line.set(identity);
    line.set(heartbeat, identity.byteLength);
    try {
      await writeAll(handle, line);
      return handle;
    } catch (error) {
      await closeQuietly(handle);
      await unlinkIfThere(fs, path);
      throw error;
    }
  }

  /** Waits for the lock; gives the file in which heartbeats go. */
  async #take(own: OwnFile & Claim, options: AcquireOptions): Promise<FileHandle> {
    const { fs, files, clock } = this.#options;
    const { signal, timeoutMs = this.#options.busyTimeoutMs } = options;
    const startedMs = clock.monotonicMs();
    for (;;) {
      const handle = await nameLock(fs, own, files.lock);
      if (handle !== undefined) return handle;
      const holder = await this.#findHolder();
      if (holder === "nobody") continue;
      if (holder.nonce === own.nonce) {
        // It was moved aside in the moment in which it was made, and put back.
        const found = await fs.open(files.lock, "append");
        await closeQuietly(own.handle);
        return found;
      }
      if (this.#isDead(holder)) {
        await this.#clearAway(holder);
        continue;
      }
      const waitedMs = clock.monotonicMs() - startedMs;
      const leftMs = options.patience?.((ms) => this.#busy(holder, ms)) ?? timeoutMs - waitedMs;
      if (leftMs <= 0) throw this.#busy(holder, waitedMs);
      await createIfMissing(fs, files.wanted);
      await clock.sleep(Math.min(this.#jitterMs(), leftMs), signal);
    }
  }

  #findHolder(): Promise<LockHolder | "nobody"> {
    return this.#readHolder(this.#options.files.lock);
  }

  async #readHolder(path: string): Promise<LockHolder | "nobody"> {
    const { fs, clock } = this.#options;
    try {
      const holder = parseLockHolder(await fs.readFile(path));
      if (holder !== undefined) return holder;
      // Not written yet, or not by us.
      return unknownHolder((await fs.lstat(path))?.modifiedMs ?? clock.now());
    } catch (error) {
      if (hasCode(error, "ENOENT")) return "nobody";
      throw error;
    }
  }

  #isDead({ nonce, identity, heartbeatMs }: LockHolder): boolean {
    const { processes, clock, silentForMs = SILENT_FOR_MS } = this.#options;
    if (this.#abandoned.has(nonce) || processes.isAlive(identity) === false) return true;
    // What was written in the future was written before the clock was set back.
    return Math.abs(clock.now() - heartbeatMs) > (nonce === "" ? UNFINISHED_FOR_MS : silentForMs);
  }

  /** Takes the name from a dead holder; from one that came in between only for a moment. */
  async #clearAway(dead: LockHolder): Promise<void> {
    const { fs, files, entropy, logger } = this.#options;
    logger?.log("info", "taking over the lock of a dead process", { holder: describeLockHolder(dead) });
    const aside = `${files.lock}.${entropy.nonce()}.dead`;
    try {
      await fs.rename(files.lock, aside);
    } catch (error) {
      if (hasCode(error, "ENOENT")) return;
      throw error;
    }
    const moved = await this.#readHolder(aside);
    if (moved !== "nobody" && moved.nonce !== "" && moved.nonce !== dead.nonce) await this.#putBack(aside, moved);
    await unlinkIfThere(fs, aside);
    if (dead.nonce !== "") await unlinkIfThere(fs, this.#claimPath(dead.nonce));
  }

  /** Gives a lock that was moved aside its name back, unless it is given up by now, or another has it: then two have. */
  async #putBack(aside: string, { nonce }: LockHolder): Promise<void> {
    const { fs, files } = this.#options;
    try {
      const linked = await linkWherePossible(fs, this.#claimPath(nonce), files.lock);
      if (!linked && (await fs.lstat(files.lock)) === undefined) await fs.rename(aside, files.lock);
      // Links too: a link that is under way has found the claim before it is removed.
      if ((await fs.lstat(this.#claimPath(nonce))) === undefined) await this.#giveUpName(nonce);
    } catch (error) {
      if (!hasCode(error, "EEXIST", "ENOENT")) throw error;
    }
  }

  #jitterMs(): number {
    return WAIT_MIN_MS + (Number.parseInt(this.#options.entropy.nonce().slice(0, 6), 16) % WAIT_SPREAD_MS);
  }

  async #beat({ handle, stop }: HeldLock): Promise<void> {
    const { clock, silentForMs = SILENT_FOR_MS } = this.#options;
    try {
      for (;;) {
        await clock.sleep(silentForMs / HEARTBEATS_IN_TIME, stop.signal);
        await handle.write(formatHeartbeat(clock.now()));
      }
    } catch {
      // Given up; or the file cannot be written, and others will think that this process is gone: they may.
    }
  }

  #busy(holder: LockHolder, waitedMs: number): CatalogError<"BUSY"> {
    const { snapshot, lock } = this.#options.files;
    const name = describeLockHolder(holder);
    return new CatalogError("BUSY", `Cannot write ${quote(snapshot)}: it is being written by ${name}`, {
      details: { path: snapshot, holder: name, waitedMs: Math.round(waitedMs) },
      hint: `Wait until it is done, or stop it. If it is certainly gone, remove ${quote(lock)}.`,
    });
  }
}
