import type { FileHandle } from "../../../../ports/file-system.ts";
import { fromHex } from "../log/bytes.ts";
import type { OpLog } from "../log/op-log.ts";
import { findRegularFile } from "../regular-file.ts";
import { headerFor } from "./create-files.ts";
import { diverged } from "./damage.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { keepSnapshot } from "./keep-snapshots.ts";
import { load, readLog, refresh } from "./load.ts";
import { ENDED, listPrivateDirectories, PrivateDirectory } from "./private-directory.ts";
import { isSameFile, readSnapshot } from "./snapshot-file.ts";
import {
  closeLoaded,
  closeQuietly,
  type HeldSnapshot,
  type Loaded,
  Overtaken,
  positionOf,
  type StoreParts,
} from "./store.ts";

/** Options of {@link checkpointAndLoad}. */
export interface CheckpointOptions {
  /** Leave no log behind: one file. */
  readonly removeLog: boolean;
}

/** A snapshot in the private directory. */
interface WrittenSnapshot {
  readonly name: string;
  readonly handle: FileHandle;
  readonly fingerprint: string;
}

/** What is ready to get its name. */
interface Prepared {
  /** `undefined` when the snapshot at the path has everything already. */
  readonly written: WrittenSnapshot | undefined;
  /** The next log's header in the private directory; `undefined` when no log is left. */
  readonly logName: string | undefined;
  readonly sequence: number;
}

/**
 * Ends the log, brings what it has into the snapshot and puts a new log in its place, or finishes that for somebody who
 * did not. What is loaded has no log then and stands for the new snapshot, as if it had been read a moment ago; or it is
 * closed, when its replica is not equal to that or anything fails.
 * @throws {Overtaken} when somebody else finishes it
 */
async function checkpoint(
  parts: StoreParts,
  loaded: Loaded,
  options: CheckpointOptions & { readonly log: OpLog },
): Promise<void> {
  const { leftoversListedFirst } = parts.rules;
  // Whoever begins to checkpoint the log that this one leaves makes a directory afterwards.
  const before = leftoversListedFirst ? await leftoversOf(parts) : undefined;
  const directory = await PrivateDirectory.create(parts);
  try {
    const snapshot = await new Attempt(parts, loaded, { directory, ...options }).run();
    const leftovers = before ?? (await leftoversOf(parts)).filter((nonce) => nonce !== directory.nonce);
    await directory.tidyUp(leftovers);
    await replaceSnapshot(loaded, snapshot);
    await closeQuietly(options.log);
  } catch (error) {
    // The old log may be in there, and file systems in user space keep the folder of a removed file that is open.
    await closeLoaded(loaded);
    throw error;
  } finally {
    await directory.remove();
  }
}

/** Goes over to a snapshot that the replica is equal to, without a log; without a snapshot all is closed. */
async function replaceSnapshot(loaded: Loaded, snapshot: HeldSnapshot | undefined): Promise<void> {
  if (snapshot === undefined) return closeLoaded(loaded);
  const { snapshot: former } = loaded;
  loaded.snapshot = snapshot;
  loaded.log = undefined;
  if (former !== snapshot) await closeQuietly(former.handle);
}

/** The private directories of attempts that cannot end well any more once this checkpoint has. */
async function leftoversOf(parts: StoreParts): Promise<readonly string[]> {
  try {
    return await listPrivateDirectories(parts);
  } catch {
    // They take space and harm nothing.
    return [];
  }
}

interface AttemptTools extends CheckpointOptions {
  readonly log: OpLog;
  readonly directory: PrivateDirectory;
}

/** One attempt at a checkpoint, which ends in one way or another. */
class Attempt {
  readonly #parts: StoreParts;
  readonly #loaded: Loaded;
  readonly #tools: AttemptTools;
  #preparations = 0;
  #written: WrittenSnapshot | undefined;

  constructor(parts: StoreParts, loaded: Loaded, tools: AttemptTools) {
    this.#parts = parts;
    this.#loaded = loaded;
    this.#tools = tools;
  }

  /** Gives the snapshot that the path names then, if the replica is equal to it. */
  async run(): Promise<HeldSnapshot | undefined> {
    try {
      return await this.#publish(await this.#sealAndPrepare());
    } catch (error) {
      await this.#closeWritten();
      throw error;
    }
  }

  async #sealAndPrepare(): Promise<Prepared> {
    const { log } = this.#tools;
    let prepared: Prepared | undefined;
    // Prepared before the seal, so that a full disk is met while nothing has happened; not when time counts.
    if (!log.ended && !log.broken) prepared = await this.#prepare();
    const { rules } = this.#parts;
    if (rules.sealBeforeReplace && (rules.takeoverSealed || !log.ended)) prepared = await this.#seal(prepared);
    if (await this.#moveEarlierAway()) prepared = undefined;
    return prepared ?? (await this.#prepare());
  }

  /** Writes the snapshot, and the header if there is to be a log, aside. */
  async #prepare(): Promise<Prepared> {
    const { directory, removeLog } = this.#tools;
    const { rules } = this.#parts;
    const { sequence } = this.#loaded;
    this.#preparations += 1;
    await this.#closeWritten();
    const present = await this.#presentSnapshot();
    const written = present.sequence === sequence ? undefined : await this.#writeSnapshot();
    if (removeLog) return { written, logName: undefined, sequence };
    const logName = `oplog-${this.#preparations}`;
    const fingerprint = written?.fingerprint ?? (await present.fingerprint());
    const header = await headerFor(this.#parts, this.#loaded, fingerprint);
    await directory.write(logName, header, written === undefined || rules.headerSyncedFirst);
    return { written, logName, sequence };
  }

  async #writeSnapshot(): Promise<WrittenSnapshot> {
    const { directory } = this.#tools;
    const { rules, digest } = this.#parts;
    const name = `snapshot-${this.#preparations}`;
    const bytes = this.#loaded.replica.export(positionOf(this.#loaded));
    const handle = await directory.create(name, bytes);
    try {
      const syncing = rules.snapshotSynced ? directory.guard(() => handle.sync()) : undefined;
      // While the device is busy.
      const [fingerprint] = await Promise.all([fingerprintOf(digest, bytes), syncing]);
      this.#written = { name, handle, fingerprint };
      return this.#written;
    } catch (error) {
      await closeQuietly(handle);
      throw error;
    }
  }

  async #closeWritten(): Promise<void> {
    const written = this.#written;
    this.#written = undefined;
    if (written !== undefined) await closeQuietly(written.handle);
  }

  /**
   * The snapshot that the path names now: the one that is known, or a checkpoint of this log by somebody else.
   * @throws {CatalogError} DIVERGED when it is neither
   */
  async #presentSnapshot(): Promise<Pick<HeldSnapshot, "sequence" | "fingerprint">> {
    const { fs, files, digest, replicas } = this.#parts;
    const known = this.#loaded.snapshot;
    const at = await findRegularFile(fs, files.snapshot);
    if (at !== undefined && isSameFile(at, known.stat)) return known;
    const read = await readSnapshot(this.#parts);
    if (read === undefined) throw diverged(files.snapshot, "somebody deleted it while a log was pending");
    await closeQuietly(read.handle);
    const fingerprint = await fingerprintOf(digest, read.bytes);
    if (fingerprint === (await known.fingerprint())) return known;
    const other = await replicas.load(read.bytes);
    const { origin } = other;
    other.close();
    const ours = origin !== undefined && origin.catalogId === this.#loaded.catalogId;
    if (!ours || origin.sequence <= this.#tools.log.header.baseSequence) {
      throw diverged(files.snapshot, "another program changed the file while a log was pending");
    }
    // Beyond the end of this log: the path does not name it any more.
    if (origin.sequence > this.#loaded.sequence) throw new Overtaken("Cannot go on: the snapshot is newer");
    return { sequence: origin.sequence, fingerprint: () => Promise.resolve(fingerprint) };
  }

  /** Appends a seal until it is valid; gives what was prepared if it still holds. */
  async #seal(prepared: Prepared | undefined): Promise<Prepared | undefined> {
    const { log, directory } = this.#tools;
    const { rules } = this.#parts;
    let ready = prepared;
    while (!log.seals.includes(directory.nonce)) {
      if (ready === undefined && !log.ended && !log.broken) ready = await this.#prepare();
      const { failure } = await log.append({ kind: "seal", payload: fromHex(directory.nonce) });
      await this.#catchUp();
      if (!rules.sealsHold) break;
      if (failure !== undefined && !log.seals.includes(directory.nonce)) throw failure;
      if (rules.framesBeforeSeal && ready?.sequence !== this.#loaded.sequence) ready = undefined;
    }
    return ready;
  }

  async #catchUp(): Promise<void> {
    if (this.#parts.rules.catchUpFirst) await readLog(this.#parts, this.#loaded);
    else {
      // Only the seals, as if what came between belonged to nobody.
      const { log } = this.#tools;
      await log.readOn();
      for (let frame = await log.next(); frame !== undefined; frame = await log.next()) log.accept(frame);
    }
  }

  /** Ends the attempts of all who sealed before; gives whether there was any. */
  async #moveEarlierAway(): Promise<boolean> {
    const { log, directory } = this.#tools;
    const { fs, files, rules } = this.#parts;
    const own = log.seals.indexOf(directory.nonce);
    const earlier = own < 0 ? log.seals : log.seals.slice(0, own);
    if (earlier.length === 0 && !log.behind) return false;
    if (rules.earlierMovedAway) await directory.takeAway(earlier);
    const at = await findRegularFile(fs, files.log);
    if (rules.pathChecked && at?.identity !== log.identity) throw new Overtaken("Cannot go on: somebody finished");
    return true;
  }

  async #publish({ written, logName, sequence }: Prepared): Promise<HeldSnapshot | undefined> {
    const { directory } = this.#tools;
    const { fs, files, rules } = this.#parts;
    const { snapshot: former } = this.#loaded;
    const held = written && (await this.#publishSnapshot(written, sequence));
    if (rules.snapshotNameSynced) await fs.syncDirectory(files.folder);
    await directory.guard(() => {
      if (logName !== undefined) return fs.rename(directory.file(logName), files.log);
      return rules.removedByRename ? fs.rename(files.log, directory.file(ENDED)) : fs.unlink(files.log);
    });
    await fs.syncDirectory(files.folder);
    return held ?? (former.sequence === sequence ? former : undefined);
  }

  async #publishSnapshot({ name, handle, fingerprint }: WrittenSnapshot, sequence: number): Promise<HeldSnapshot> {
    const { directory } = this.#tools;
    const { fs, files } = this.#parts;
    const { snapshot: former } = this.#loaded;
    const mode = (await fs.stat(files.snapshot))?.mode ?? former.stat.mode;
    await directory.guard(() => this.#limitAccess({ name, handle }, mode));
    // Before it has its name: whoever writes into it from then on changes what this says.
    const stat = await handle.stat();
    await keepSnapshot(this.#parts, former, directory);
    await directory.guard(() => fs.rename(directory.file(name), files.snapshot));
    return { handle, stat, sequence, fingerprint: () => Promise.resolve(fingerprint) };
  }

  /** It was created like the snapshot that it replaces, whose owner may have shut others out since. */
  async #limitAccess({ name, handle }: Pick<WrittenSnapshot, "name" | "handle">, mode: number): Promise<void> {
    const { fs } = this.#parts;
    if (!fs.capabilities.access) return fs.setMode(this.#tools.directory.file(name), mode);
    const { mode: created } = await handle.stat();
    if ((created & ~mode) !== 0) await handle.setAccess({ mode: created & mode });
  }
}

/**
 * Checkpoints, and gives what is loaded then: the same replica, unless somebody came in between.
 * @throws {Overtaken} when somebody else finishes it; nothing is loaded then, as after any failure
 */
export async function checkpointAndLoad(
  parts: StoreParts,
  loaded: Loaded,
  options: CheckpointOptions,
): Promise<Loaded> {
  const { log } = loaded;
  if (log === undefined) return loaded;
  try {
    await checkpoint(parts, loaded, { ...options, log });
    if (loaded.live) return await refresh(parts, loaded);
  } catch (error) {
    await closeLoaded(loaded);
    throw error;
  }
  return load(parts);
}
