import { hasCode } from "../../../../core/messages/file-error.ts";
import { baseName } from "../../../../core/path.ts";
import { fromHex } from "../log/bytes.ts";
import type { OpLog } from "../log/op-log.ts";
import { privateDirectory } from "./catalog-files.ts";
import { headerFor } from "./create-files.ts";
import { diverged } from "./damage.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { keepSnapshot } from "./keep-snapshots.ts";
import { load, readLog } from "./load.ts";
import { PrivateDirectory } from "./private-directory.ts";
import { isSameFile, readSnapshot } from "./snapshot-file.ts";
import { closeQuietly, type Loaded, letGo, Overtaken, positionOf, type StoreParts } from "./store.ts";

/** Options of {@link checkpoint}. */
export interface CheckpointOptions {
  /** Leave no log behind: one file. */
  readonly removeLog: boolean;
}

/** A snapshot and the next log's header in the private directory. */
interface Prepared {
  /** `undefined` when the snapshot at the path has everything already. */
  readonly snapshotName: string | undefined;
  readonly logName: string;
  readonly sequence: number;
}

/**
 * Ends the log, brings what it has into the snapshot and puts a new log in its place, or finishes that for somebody who
 * did not. What was loaded is let go; load again, whatever came of it.
 * @throws {Overtaken} when somebody else finishes it
 */
export async function checkpoint(parts: StoreParts, loaded: Loaded, options: CheckpointOptions): Promise<void> {
  const { log } = loaded;
  if (log === undefined) return letGo(loaded);
  try {
    const directory = await PrivateDirectory.create(parts);
    try {
      await new Attempt(parts, loaded, { log, directory, ...options }).run();
      await takeLeftovers(parts, directory);
    } finally {
      // The old log is in there, and file systems in user space keep the folder of a removed file that is open.
      await letGo(loaded);
      await directory.remove();
    }
  } finally {
    await letGo(loaded);
  }
}

/**
 * Takes private directories of others away, into ours, which is removed next. They belong to dead processes; or to one
 * whose lock was stolen, which sees that somebody took over.
 */
async function takeLeftovers({ fs, files, logger }: StoreParts, directory: PrivateDirectory): Promise<void> {
  const start = `${baseName(files.snapshot)}.`;
  try {
    for await (const { name } of fs.list(files.folder)) {
      const nonce = name.startsWith(start) ? /^([0-9a-f]{32})\.d$/.exec(name.slice(start.length))?.[1] : undefined;
      if (nonce === undefined || nonce === directory.nonce) continue;
      await fs.rename(`${files.folder}/${name}`, directory.file(`from-${nonce}`));
    }
  } catch (error) {
    // They take space and harm nothing.
    logger?.log("debug", "could not clear away what dead processes left", { reason: String(error) });
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

  constructor(parts: StoreParts, loaded: Loaded, tools: AttemptTools) {
    this.#parts = parts;
    this.#loaded = loaded;
    this.#tools = tools;
  }

  async run(): Promise<void> {
    const { log } = this.#tools;
    let prepared: Prepared | undefined;
    // Prepared before the seal, so that a full disk is met while nothing has happened; not when time counts.
    if (!log.ended && !log.broken) prepared = await this.#prepare();
    const { rules } = this.#parts;
    if (rules.sealBeforeReplace && (rules.takeoverSealed || !log.ended)) prepared = await this.#seal(prepared);
    if (await this.#moveEarlierAway()) prepared = undefined;
    prepared ??= await this.#prepare();
    await this.#publish(prepared);
  }

  /** Writes snapshot and header aside. */
  async #prepare(): Promise<Prepared> {
    const { directory } = this.#tools;
    const { rules, digest } = this.#parts;
    const loaded = this.#loaded;
    const { sequence } = loaded;
    this.#preparations += 1;
    const logName = `oplog-${this.#preparations}`;
    const present = await this.#presentSnapshot();
    if (present.sequence === sequence) {
      await directory.write(logName, await headerFor(this.#parts, loaded, present.fingerprint), true);
      return { snapshotName: undefined, logName, sequence };
    }
    const snapshotName = `snapshot-${this.#preparations}`;
    const bytes = loaded.replica.export(positionOf(loaded));
    await directory.write(snapshotName, bytes, rules.snapshotSynced);
    const header = await headerFor(this.#parts, loaded, await fingerprintOf(digest, bytes));
    await directory.write(logName, header, rules.headerSyncedFirst);
    return { snapshotName, logName, sequence };
  }

  /**
   * The snapshot that the path names now: the one that is known, or a checkpoint of this log by somebody else.
   * @throws {CatalogError} DIVERGED when it is neither
   */
  async #presentSnapshot(): Promise<{ readonly sequence: number; readonly fingerprint: string }> {
    const { fs, files, digest, replicas } = this.#parts;
    const known = this.#loaded.snapshot;
    const at = await fs.stat(files.snapshot);
    if (at !== undefined && isSameFile(at, known.stat)) return known;
    const read = await readSnapshot(this.#parts);
    if (read === undefined) throw diverged(files.snapshot, "somebody deleted it while a log was pending");
    await closeQuietly(read.handle);
    const fingerprint = await fingerprintOf(digest, read.bytes);
    if (fingerprint === known.fingerprint) return known;
    const other = replicas.load(read.bytes);
    const { origin } = other;
    other.close();
    const ours = origin !== undefined && origin.catalogId === this.#loaded.catalogId;
    if (!ours || origin.sequence <= this.#tools.log.header.baseSequence) {
      throw diverged(files.snapshot, "another program changed the file while a log was pending");
    }
    // Beyond the end of this log: the path does not name it any more.
    if (origin.sequence > this.#loaded.sequence) throw new Overtaken("Cannot go on: the snapshot is newer");
    return { sequence: origin.sequence, fingerprint };
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
    for (const nonce of earlier) {
      if (!rules.earlierMovedAway) break;
      try {
        await fs.rename(privateDirectory(files, nonce), directory.file(`from-${nonce}`));
      } catch (error) {
        if (!hasCode(error, "ENOENT")) throw error;
      }
    }
    const at = await fs.stat(files.log);
    if (rules.pathChecked && at?.identity !== log.identity) throw new Overtaken("Cannot go on: somebody finished");
    return true;
  }

  async #publish({ snapshotName, logName }: Prepared): Promise<void> {
    const { directory, removeLog } = this.#tools;
    const { fs, files, rules } = this.#parts;
    if (snapshotName !== undefined) {
      const mode = (await fs.stat(files.snapshot))?.mode ?? this.#loaded.snapshot.stat.mode;
      await directory.guard(() => fs.setMode(directory.file(snapshotName), mode));
      await keepSnapshot(this.#parts, this.#loaded.snapshot);
      await directory.guard(() => fs.rename(directory.file(snapshotName), files.snapshot));
    }
    if (rules.snapshotNameSynced) await fs.syncDirectory(files.folder);
    await directory.guard(() => {
      if (!removeLog) return fs.rename(directory.file(logName), files.log);
      return rules.removedByRename ? fs.rename(files.log, directory.file("ended")) : fs.unlink(files.log);
    });
    await fs.syncDirectory(files.folder);
  }
}

/** Checkpoints, and loads what came of it. */
export async function checkpointAndLoad(
  parts: StoreParts,
  loaded: Loaded,
  options: CheckpointOptions,
): Promise<Loaded> {
  if (loaded.log === undefined) return loaded;
  try {
    await checkpoint(parts, loaded, options);
  } catch (error) {
    if (!(error instanceof Overtaken)) throw error;
  }
  return load(parts);
}
