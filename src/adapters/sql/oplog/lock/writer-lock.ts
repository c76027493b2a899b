import { asCatalogError, hasCode } from "../../../../core/messages/file-error.ts";
import { quote } from "../../../../core/messages/quote.ts";
import { CatalogError } from "../../../../errors.ts";
import type { Clock } from "../../../../ports/clock.ts";
import type { Entropy } from "../../../../ports/entropy.ts";
import type { FileHandle, FileSystem } from "../../../../ports/file-system.ts";
import type { Logger } from "../../../../ports/logger.ts";
import type { LifeSign, ProcessTable } from "../../../../ports/process.ts";
import { closeQuietly } from "../protocol/store.ts";
import { openRegularFile } from "../regular-file.ts";
import { HolderJudge } from "./holder-judge.ts";
import {
  claimPath,
  createIfMissing,
  linkWherePossible,
  nameLock,
  type OwnFile,
  signPath,
  twice,
  unlinkIfThere,
  writeAll,
} from "./lock-file.ts";
import {
  describeLockHolder,
  formatHeartbeat,
  formatLockHolder,
  type LockHolder,
  unknownHolder,
} from "./lock-holder.ts";
import { readLock } from "./read-lock.ts";
import { findLeft, type SweepOptions, sweepLock } from "./sweep-lock.ts";

/** Whose right to write it is. Courtesy and speed: nothing breaks when two hold it at once. */
export interface Lock {
  /** Whether it was taken and not given up. */
  readonly held: boolean;
  /**
   * Whether the others see when its holder ends. If not, it is released before anybody hears of what was done with it.
   */
  readonly endIsSeen: boolean;
  /** Takes it unless it is held. @throws {CatalogError} BUSY after the busy timeout */
  acquire(options?: AcquireOptions): Promise<void>;
  /** Whether somebody else asked for it; asks for nothing when it is not held. */
  wanted(): Promise<boolean>;
  /** Gives it up. Nothing happens when it is not held. */
  release(): Promise<void>;
  /** Removes what dead processes left of theirs. */
  sweep(): Promise<void>;
  /** The paths of what {@link sweep} would remove, and of a lock whose holder is dead. */
  listLeft(): Promise<readonly string[]>;
  /** Whether somebody else holds it who may live. */
  isTaken(): Promise<boolean>;
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
const OWN_FILE_ATTEMPTS = 10;
/** So often in a row it may be released between the try and the look without a pause. */
const QUICK_ATTEMPTS = 3;
const WAIT_MIN_MS = 1;
const WAIT_SPREAD_MS = 8;

/** The file of one who wants the lock: as long as it is there, the lock may get its nonce. */
interface Claim {
  readonly nonce: string;
  readonly path: string;
}

interface HeldLock extends Claim {
  readonly handle: FileHandle;
  readonly sign: LifeSign | undefined;
  readonly stop: AbortController;
}

/** For all locks in this process that are not told otherwise. */
const ABANDONED = new Set<string>();

/** The lock among processes: a file with one name of its own, and for as long as the lock is held that of the lock. */
export class WriterLock implements Lock {
  readonly #options: WriterLockOptions;
  readonly #abandoned: Set<string>;
  readonly #judge: HolderJudge;
  #held: HeldLock | undefined;

  /** Touches no file before it is taken. */
  constructor(options: WriterLockOptions) {
    this.#options = options;
    this.#abandoned = options.abandoned ?? ABANDONED;
    const { files, clock, processes, silentForMs = SILENT_FOR_MS } = options;
    this.#judge = new HolderJudge({ lock: files.lock, clock, processes, silentForMs, abandoned: this.#abandoned });
  }

  get held(): boolean {
    return this.#held !== undefined;
  }

  get endIsSeen(): boolean {
    return this.#held === undefined || this.#held.sign !== undefined || this.#options.processes.endIsSeen;
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
    const claim: Claim = { nonce, path: claimPath(this.#options.files.lock, nonce) };
    const sign = await this.#showSign(nonce);
    try {
      const handle = await this.#claim(claim, sign !== undefined, options);
      return { ...claim, handle, sign, stop: new AbortController() };
    } catch (error) {
      await sign?.end();
      throw error;
    }
  }

  /** Before the claim says that there is one. */
  async #showSign(nonce: string): Promise<LifeSign | undefined> {
    const { processes, files } = this.#options;
    return processes.endIsSeen ? undefined : processes.lifeSigns?.show(signPath(files.lock, nonce));
  }

  async #claim(claim: Claim, sign: boolean, options: AcquireOptions): Promise<FileHandle> {
    const own = await this.#writeOwn(claim, sign);
    try {
      return await this.#take({ ...claim, ...own }, options);
    } catch (error) {
      await closeQuietly(own.handle);
      // What failed may have been done all the same.
      await this.#giveUp(claim).catch(() => undefined);
      throw error;
    }
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
      await held.sign?.end();
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
    if (holder?.nonce === nonce) await unlinkIfThere(this.#options.fs, this.#options.files.lock);
  }

  sweep(): Promise<void> {
    return sweepLock(this.#sweepOptions());
  }

  async listLeft(): Promise<readonly string[]> {
    const paths: string[] = [];
    for await (const path of findLeft(this.#sweepOptions())) paths.push(path);
    const holder = await this.#findOther();
    return holder !== undefined && (await this.#judge.isDead(holder)) ? [this.#options.files.lock, ...paths] : paths;
  }

  async isTaken(): Promise<boolean> {
    const holder = await this.#findOther();
    return holder !== undefined && !(await this.#judge.isDead(holder));
  }

  async #findOther(): Promise<LockHolder | undefined> {
    const holder = await this.#findHolder();
    return holder?.nonce === this.#held?.nonce ? undefined : holder;
  }

  #sweepOptions(): SweepOptions {
    const { fs, files, processes } = this.#options;
    const { lifeSigns } = processes;
    return { fs, lock: files.lock, judge: this.#judge, lifeSigns, own: this.#held?.nonce };
  }

  async #writeOwn({ nonce, path }: Claim, sign: boolean): Promise<Pick<OwnFile, "handle" | "bytes">> {
    const { fs, processes, clock } = this.#options;
    const handle = await fs.open(path, "create");
    const holder = formatLockHolder({ nonce, identity: processes.self(), sign });
    const heartbeat = formatHeartbeat(clock.now());
    const bytes = new Uint8Array(holder.byteLength + heartbeat.byteLength);
    bytes.set(holder);
    bytes.set(heartbeat, holder.byteLength);
    try {
      await writeAll(handle, bytes);
      return { handle, bytes };
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
    for (let free = 0; ; ) {
      const handle = await nameLock(fs, own, files.lock);
      if (handle !== undefined) return handle;
      const found = await this.#findHolder();
      if (found?.nonce === own.nonce) {
        // It was moved aside in the moment in which it was made, and put back.
        const putBack = await openRegularFile(fs, files.lock, "append");
        if (putBack === undefined) continue;
        await closeQuietly(own.handle);
        return putBack.handle;
      }
      // Released a moment ago, unless that happens all the time.
      free = found === undefined ? free + 1 : 0;
      if (found === undefined && free <= QUICK_ATTEMPTS) continue;
      const holder = found ?? unknownHolder(clock.now());
      if (await this.#judge.isDead(holder)) {
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

  #findHolder(): Promise<LockHolder | undefined> {
    return readLock(this.#options.fs, this.#options.files.lock);
  }

  /** Takes the name from a dead holder; from one that came in between only for a moment. */
  async #clearAway(dead: LockHolder): Promise<void> {
    const { fs, files, entropy, logger, processes } = this.#options;
    logger?.log("info", "taking over the lock of a dead process", {
      holder: describeLockHolder(dead, processes.self()),
    });
    const aside = `${files.lock}.${entropy.nonce()}.dead`;
    try {
      await fs.rename(files.lock, aside);
    } catch (error) {
      if (hasCode(error, "ENOENT")) return;
      throw error;
    }
    const moved = await readLock(fs, aside);
    if (moved !== undefined && moved.nonce !== "" && moved.nonce !== dead.nonce) await this.#putBack(aside, moved);
    await unlinkIfThere(fs, aside);
    if (dead.nonce === "") return;
    await unlinkIfThere(fs, claimPath(files.lock, dead.nonce));
    if (dead.sign) await unlinkIfThere(fs, signPath(files.lock, dead.nonce));
  }

  /** Gives a lock that was moved aside its name back, unless it is given up by now, or another has it: then two have. */
  async #putBack(aside: string, { nonce }: LockHolder): Promise<void> {
    const { fs, files } = this.#options;
    try {
      const claim = claimPath(files.lock, nonce);
      const linked = await linkWherePossible(fs, claim, files.lock);
      if (!linked && (await fs.lstat(files.lock)) === undefined) await fs.rename(aside, files.lock);
      // Links too: a link that is under way has found the claim before it is removed.
      if ((await fs.lstat(claim)) === undefined) await this.#giveUpName(nonce);
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
    const name = describeLockHolder(holder, this.#options.processes.self());
    return new CatalogError("BUSY", `Cannot write ${quote(snapshot)}: it is being written by ${name}`, {
      details: { path: snapshot, holder: name, waitedMs: Math.round(waitedMs) },
      hint: `Wait until it is done, or stop it. It counts as gone a minute after it was last heard of; if it certainly is, remove ${quote(lock)}.`,
    });
  }
}
