import { firstChain } from "../log/chain.ts";
import type { Frame } from "../log/frame.ts";
import { HEADER_BYTES } from "../log/log-header.ts";
import { isDead, OpLog, readHeader } from "../log/op-log.ts";
import { findRegularFile, openRegularFile } from "../regular-file.ts";
import type { LogPosition } from "./catalog-replica.ts";
import { corruptLog, diverged, missingCatalog, missingSnapshot } from "./damage.ts";
import { fingerprintOf, lazyFingerprint } from "./fingerprint.ts";
import { isSameFile, type ReadSnapshot, readSnapshot } from "./snapshot-file.ts";
import { closeLoaded, closeQuietly, type Loaded, type StoreParts } from "./store.ts";

/** How often a log that is ahead of the snapshot may be met before it is no coincidence. */
const LOAD_ATTEMPTS = 8;

/** The id of a catalog that was made before there was a protocol. */
const NO_ID = "0".repeat(32);

/**
 * Opens the log, reads the snapshot and then the log.
 * @throws {CatalogError} NOT_FOUND, CORRUPT, DIVERGED and what makes the snapshot unusable
 */
export async function load(parts: StoreParts): Promise<Loaded> {
  for (let attempt = 1; ; attempt++) {
    const loaded = await tryLoad(parts, attempt >= LOAD_ATTEMPTS);
    if (loaded !== undefined) return loaded;
  }
}

async function tryLoad(parts: StoreParts, lastAttempt: boolean): Promise<Loaded | undefined> {
  let log = parts.rules.logBeforeSnapshot ? await openLog(parts) : undefined;
  let loaded: Loaded | undefined;
  try {
    const snapshot = await readSnapshot(parts);
    if (snapshot === undefined) {
      if (log === undefined) throw missingCatalog(parts.files.snapshot);
      if (lastAttempt) throw missingSnapshot(parts.files);
      await closeQuietly(log);
      return undefined;
    }
    if (!parts.rules.logBeforeSnapshot) log = await openLog(parts);
    loaded = await toLoaded(parts, snapshot);
    if (log === undefined || (await attachLog(parts, loaded, log))) {
      if (parts.readOnly && loaded.replica.migrateInMemory()) loaded.migratedInMemory = true;
      return loaded;
    }
    if (lastAttempt) throw diverged(parts.files.snapshot, "the log starts behind the end of the snapshot");
    await closeLoaded(loaded);
    await closeQuietly(log);
    return undefined;
  } catch (error) {
    if (log !== undefined) await closeQuietly(log);
    if (loaded !== undefined) await closeLoaded(loaded);
    throw error;
  }
}

async function toLoaded(parts: StoreParts, { handle, stat, bytes }: ReadSnapshot): Promise<Loaded> {
  try {
    const replica = await parts.replicas.load(bytes);
    const position = replica.origin ?? (await firstPosition(parts));
    const { catalogId, sequence, chain } = position;
    const fingerprint = lazyFingerprint(() => fingerprintOf(parts.digest, replica.source()));
    const held = { handle, stat, sequence, fingerprint };
    return { replica, catalogId, live: true, migratedInMemory: false, sequence, chain, snapshot: held, log: undefined };
  } catch (error) {
    await closeQuietly(handle);
    throw error;
  }
}

async function firstPosition({ digest }: StoreParts): Promise<LogPosition> {
  return { catalogId: NO_ID, sequence: 0, chain: await firstChain(digest, NO_ID) };
}

/**
 * Opens the log that the path names; `undefined` when it names none, or a dead one.
 * @throws {CatalogError} CORRUPT when its header is damaged, UNSUPPORTED when it is of a newer format, REFUSED when it
 * is no regular file
 */
export async function openLog(parts: StoreParts): Promise<OpLog | undefined> {
  const { fs, files, digest, readOnly, rules, brokenLogs } = parts;
  const path = files.log;
  const opened = await openRegularFile(fs, path, readOnly ? "read" : "append");
  if (opened === undefined) return undefined;
  const { handle, stat } = opened;
  try {
    // The size from before: what grows in between, where a log is made in place, must not look like one without a header.
    const { identity, sizeBytes } = stat;
    const header = await readHeader(handle, digest, path);
    if (header === undefined) {
      if (!isDead(sizeBytes)) throw corruptLog(path, "its header is damaged");
      await closeQuietly(handle);
      return undefined;
    }
    return new OpLog({
      path,
      handle,
      identity,
      header,
      digest,
      brokenLogs,
      resumeAtEnd: !rules.resumeAtValid,
      appendAnywhere: !rules.offsetAsRead,
    });
  } catch (error) {
    await closeQuietly(handle);
    throw error;
  }
}

/**
 * Judges a log by a replica that has nothing of it yet, or all of it, and reads it; `false` when the replica is too old.
 * @throws {CatalogError} DIVERGED when it is not the log of this snapshot
 */
export async function attachLog(parts: StoreParts, loaded: Loaded, log: OpLog): Promise<boolean> {
  const { snapshot } = parts.files;
  const { header } = log;
  if (header.catalogId !== loaded.catalogId) throw diverged(snapshot, "the log belongs to another catalog");
  if (header.baseSequence > loaded.sequence) return false;
  // Also where it is compared with nothing: batches may run from here on.
  const fingerprint = await loaded.snapshot.fingerprint();
  if (header.baseSequence === loaded.sequence) {
    if (header.baseChain !== loaded.chain) throw diverged(snapshot, "the log continues another history");
    if (header.fingerprint !== fingerprint) {
      throw diverged(snapshot, "another program changed the file while a log was pending");
    }
  }
  loaded.log = log;
  await readLog(parts, loaded);
  await makeHeaderDurable(parts, log);
  log.behind = parts.rules.behindIsSealed && log.sequence < loaded.sequence;
  return true;
}

/**
 * Whoever made the log where links do not exist may have died before the header was synced, and a frame must not outlive
 * it. A failure breaks the log off, which ends it before anything is appended.
 */
async function makeHeaderDurable({ fs, readOnly, rules }: StoreParts, log: OpLog): Promise<void> {
  if (readOnly || fs.capabilities.hardlink || !rules.headerSyncedFirst || log.position > HEADER_BYTES) return;
  await log.sync().catch(() => undefined);
}

/** Applies what was appended to the log since the last look. */
export async function readLog(parts: StoreParts, loaded: Loaded, knownEnd?: number): Promise<void> {
  const { log } = loaded;
  if (log === undefined) return;
  await log.readOn(knownEnd);
  for (let frame = await log.next(); frame !== undefined; frame = await log.next()) {
    if (!parts.rules.sealsHold && frame.kind === "seal") {
      // What an implementation would do that takes a seal for one more frame it has already.
      log.accept({ ...frame, kind: "batch" });
      continue;
    }
    applyFrame(parts, loaded, frame);
  }
  log.dropWindow();
}

/** Runs one frame that is next, unless the replica has it. */
export function applyFrame(parts: StoreParts, loaded: Loaded, frame: Frame): void {
  const { log, replica } = loaded;
  if (frame.kind !== "seal") {
    if (frame.sequence > loaded.sequence) {
      if (frame.kind === "batch") replica.replay(frame.payload);
      else replica.replayMigration(frame.payload);
      loaded.sequence = frame.sequence;
      loaded.chain = frame.chain;
    } else if (frame.sequence === loaded.sequence && frame.chain !== loaded.chain) {
      throw diverged(parts.files.snapshot, "the snapshot was made from another log");
    }
  }
  log?.accept(frame);
}

/**
 * Looks for changes, and applies them; gives what is loaded now, which may be something new.
 * What was loaded before is closed then, also when loading fails.
 */
export async function refresh(parts: StoreParts, loaded: Loaded): Promise<Loaded> {
  const { fs, files, rules } = parts;
  if (!rules.batchCatchesUp && loaded.log?.ended === false) return loaded;
  const at = await findRegularFile(fs, files.log);
  if (loaded.log === undefined) {
    if (at === undefined && !rules.snapshotLookedAt) return loaded;
    const log = at === undefined ? undefined : await openLog(parts);
    const snapshot = await findRegularFile(fs, files.snapshot);
    const unchanged = snapshot !== undefined && isSameFile(snapshot, loaded.snapshot.stat);
    const same = unchanged && (log === undefined || !loaded.migratedInMemory);
    if (same && (log === undefined || (await attachOrClose(parts, loaded, log)))) return loaded;
    if (!same && log !== undefined) await closeQuietly(log);
  } else if (at !== undefined && at.identity === loaded.log.identity) {
    if (at.sizeBytes === loaded.log.position) return loaded;
    if (!loaded.migratedInMemory) {
      await readLog(parts, loaded, at.sizeBytes);
      return loaded;
    }
  }
  await closeLoaded(loaded);
  return load(parts);
}

async function attachOrClose(parts: StoreParts, loaded: Loaded, log: OpLog): Promise<boolean> {
  try {
    if (await attachLog(parts, loaded, log)) return true;
  } catch (error) {
    loaded.log = undefined;
    await closeQuietly(log);
    throw error;
  }
  await closeQuietly(log);
  return false;
}
