/**
 * The rules of the protocol, each of which a test can drop to see that the simulation notices. In earnest all hold.
 */
export interface Rules {
  /** A log's header is on the device before the log has its name. */
  readonly headerSyncedFirst: boolean;
  /** A log gets its name without replacing another. */
  readonly linkWithoutReplacing: boolean;
  /** The folder is synced before a log is created, so that no log outlives the snapshot's name. */
  readonly snapshotNamedFirst: boolean;
  /** A log that does not reach the snapshot counts as sealed. */
  readonly behindIsSealed: boolean;
  /** A seal ends a log even if the snapshot has everything before it. */
  readonly sealsHold: boolean;
  /** Reading goes on at the end of the last valid frame. */
  readonly resumeAtValid: boolean;
  /** The folder is synced once per log file before the first acknowledgement. */
  readonly nameSynced: boolean;
  /** The log is opened before the snapshot is read. */
  readonly logBeforeSnapshot: boolean;
  /** The files that were read are kept open, so that their identity cannot come back. */
  readonly filesKeptOpen: boolean;
  /** A frame counts if it is valid when it is read back. */
  readonly readBack: boolean;
  /** A batch that changed nothing syncs the log that it saw, too. */
  readonly syncForNothing: boolean;
  /** A batch syncs its log before it is acknowledged. */
  readonly syncBeforeAck: boolean;
  /** After a failed sync a log is sealed, not synced again. */
  readonly sealAfterFailedSync: boolean;
  /** A snapshot is on the device before it is renamed. */
  readonly snapshotSynced: boolean;
  /** The folder is synced after the snapshot was renamed, before the log is. */
  readonly snapshotNameSynced: boolean;
  /** A checkpoint seals the log before it replaces it. */
  readonly sealBeforeReplace: boolean;
  /** A frame that came before the seal makes the checkpoint start again. */
  readonly framesBeforeSeal: boolean;
  /** Files are renamed out of and into a private directory that others can take away. */
  readonly earlierMovedAway: boolean;
  /** A takeover makes sure that the path still names the log. */
  readonly pathChecked: boolean;
  /** The first seal is what a snapshot is made at. */
  readonly catchUpFirst: boolean;
}

/** All rules hold. */
export const ALL_RULES: Rules = Object.freeze({
  headerSyncedFirst: true,
  linkWithoutReplacing: true,
  snapshotNamedFirst: true,
  behindIsSealed: true,
  sealsHold: true,
  resumeAtValid: true,
  nameSynced: true,
  logBeforeSnapshot: true,
  filesKeptOpen: true,
  readBack: true,
  syncForNothing: true,
  syncBeforeAck: true,
  sealAfterFailedSync: true,
  snapshotSynced: true,
  snapshotNameSynced: true,
  sealBeforeReplace: true,
  framesBeforeSeal: true,
  earlierMovedAway: true,
  pathChecked: true,
  catchUpFirst: true,
});
