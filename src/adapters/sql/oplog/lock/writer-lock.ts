import { asCatalogError, hasCode } from "../../../../core/messages/file-error.ts";
import { quote } from "../../../../core/messages/quote.ts";
import { baseName, parentPath } from "../../../../core/path.ts";
import { CatalogError } from "../../../../errors.ts";
import type { Clock } from "../../../../ports/clock.ts";
import type { Entropy } from "../../../../ports/entropy.ts";
import type { FileHandle, FileSystem } from "../../../../ports/file-system.ts";
import type { Logger } from "../../../../ports/logger.ts";
import type { ProcessTable } from "../../../../ports/process.ts";
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
  readonly signal?: AbortSignal | undefined;
  /** Wait no longer than that. @default the busy timeout */
  readonly timeoutMs?: number | undefined;
}

/** What a {@link WriterLock} works with. */
export interface WriterLockOptions {
  readonly fs: FileSystem;
  readonly files: { readonly snapshot: string; readonly lock: string; readonly wanted: string };
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly processes: ProcessTable;
  readonly logger?: Logger | undefined;
  /** How long to wait for another holder. */
  readonly busyTimeoutMs: number;
}

const HEARTBEAT_EVERY_MS = 10_000;
/** Work in WebAssembly blocks the loop that sends heartbeats, for seconds at a time. */
const SILENT_FOR_MS = 60_000;
/** What a file system says that cannot give a file a second name, here or at all. */
const NO_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"] as const;
const OWN_FILE_ATTEMPTS = 3;
const WAIT_MIN_MS = 1;
const WAIT_SPREAD_MS = 8;

interface HeldLock {
  readonly nonce: string;
  readonly path: string;
  readonly handle: FileHandle;
  readonly stop: AbortController;
}

/** The lock among processes: a file with one name of its own, and for as long as the lock is held that of the lock. */
export class WriterLock implements Lock {
  readonly #options: WriterLockOptions;
  #held: HeldLock | undefined;

  constructor(options: WriterLockOptions) {
    this.#options = options;
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
    const { fs, files, entropy } = this.#options;
    const nonce = entropy.nonce();
    const path = `${files.lock}.${nonce}`;
    const own = await this.#writeOwn(path, nonce);
    try {
      await this.#take(path, options);
      const linked = (await own.stat()).identity === (await fs.lstat(files.lock))?.identity;
      const handle = linked ? own : await fs.open(files.lock, "append");
      if (handle !== own) await own.close();
      return { nonce, path, handle, stop: new AbortController() };
    } catch (error) {
      await own.close();
      // What failed may have been done all the same.
      await this.#giveUpName({ nonce });
      await unlinkIfThere(fs, path);
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
    const steps = [
      () => this.#giveUpName(held),
      // A lock that stays keeps everybody out for as long as this process lives, so it is worth a second try.
      () => this.#giveUpName(held),
      () => unlinkIfThere(fs, held.path),
      () => unlinkIfThere(fs, files.wanted),
    ];
    const failures: unknown[] = [];
    for (const [index, step] of steps.entries()) {
      if (index === 1 && failures.length === 0) continue;
      await step().catch((error: unknown) => failures.push(error));
    }
    await held.handle.close();
    if (failures.length > 0 && (await fs.lstat(files.lock)) !== undefined) throw failures[0];
  }

  async #giveUpName({ nonce }: { readonly nonce: string }): Promise<void> {
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
      if (path === this.#held?.path) continue;
      const holder = await this.#readHolder(path);
      if (holder !== "nobody" && (holder.nonce === "" || this.#isDead(holder))) await unlinkIfThere(fs, path);
    }
  }

  async #writeOwn(path: string, nonce: string): Promise<FileHandle> {
    const { fs, processes, clock } = this.#options;
    const handle = await fs.open(path, "create");
    const identity = formatLockHolder(nonce, processes.self());
    const heartbeat = formatHeartbeat(clock.now());
    const line = new Uint8Array(identity.byteLength + heartbeat.byteLength);
    line.set(identity);
    line.set(heartbeat, identity.byteLength);
    try {
      for (let position = 0; position < line.byteLength; ) position += await handle.write(line.subarray(position));
      return handle;
    } catch (error) {
      await handle.close();
      await unlinkIfThere(fs, path);
      throw error;
    }
  }

  async #take(path: string, { signal, timeoutMs = this.#options.busyTimeoutMs }: AcquireOptions): Promise<void> {
    const { fs, files, clock } = this.#options;
    const startedMs = clock.monotonicMs();
    while (!(await this.#name(path))) {
      const holder = await this.#findHolder();
      if (holder === "nobody") continue;
      if (this.#isDead(holder)) {
        await this.#clearAway(holder);
        continue;
      }
      const waitedMs = clock.monotonicMs() - startedMs;
      if (waitedMs >= timeoutMs) throw this.#busy(holder, waitedMs);
      await createIfMissing(fs, files.wanted);
      await clock.sleep(Math.min(this.#jitterMs(), timeoutMs - waitedMs), signal);
    }
  }

  /** Gives our file the name of the lock, unless another has it. */
  async #name(path: string): Promise<boolean> {
    const { fs, files } = this.#options;
    try {
      if (!(await linkWherePossible(fs, path, files.lock))) await copyExclusively(fs, path, files.lock);
      return true;
    } catch (error) {
      if (hasCode(error, "EEXIST")) return false;
      throw error;
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

  #isDead({ identity, heartbeatMs }: LockHolder): boolean {
    const { processes, clock } = this.#options;
    return processes.isAlive(identity) === false || clock.now() - heartbeatMs > SILENT_FOR_MS;
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
    const moved = parseLockHolder(await fs.readFile(aside));
    if (moved !== undefined && moved.nonce !== dead.nonce) await putBack(fs, aside, files.lock);
    await unlinkIfThere(fs, aside);
    await unlinkIfThere(fs, `${files.lock}.${dead.nonce}`);
  }

  #jitterMs(): number {
    return WAIT_MIN_MS + (Number.parseInt(this.#options.entropy.nonce().slice(0, 6), 16) % WAIT_SPREAD_MS);
  }

  async #beat({ handle, stop }: HeldLock): Promise<void> {
    const { clock } = this.#options;
    try {
      for (;;) {
        await clock.sleep(HEARTBEAT_EVERY_MS, stop.signal);
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

/** `false` where links do not exist. */
async function linkWherePossible(fs: FileSystem, from: string, to: string): Promise<boolean> {
  if (!fs.capabilities.hardlink) return false;
  try {
    await fs.link(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, ...NO_LINKS)) return false;
    throw error;
  }
}

async function copyExclusively(fs: FileSystem, from: string, to: string): Promise<void> {
  const bytes = await fs.readFile(from);
  const handle = await fs.open(to, "create");
  try {
    await handle.write(bytes);
  } finally {
    await handle.close();
  }
}

async function putBack(fs: FileSystem, from: string, to: string): Promise<void> {
  try {
    await fs.link(from, to);
  } catch (error) {
    // Another has the lock by now, and so have two: the protocol can take that.
    if (!hasCode(error, "EEXIST", "EPERM", "ENOTSUP")) throw error;
  }
}

async function createIfMissing(fs: FileSystem, path: string): Promise<void> {
  try {
    await (await fs.open(path, "create")).close();
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  }
}

async function unlinkIfThere(fs: FileSystem, path: string): Promise<void> {
  try {
    await fs.unlink(path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}
