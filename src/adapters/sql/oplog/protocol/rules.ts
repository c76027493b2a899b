/**
 * The rules of the protocol, each of which a test can drop to see that the simulation notices. In earnest all hold.
 */
export interface Rules {
  /** A log's header is on the device before the log has its name; where links do not exist, before the first frame. */
  readonly headerSyncedFirst: boolean;
  /** A catalog gets its name without replacing another. */
  readonly createdWithoutReplacing: boolean;
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
  /** A frame is written for the end of what was read, so that one that lost a race is void for good. */
  readonly offsetAsRead: boolean;
  /** The folder is synced once per log file before the first acknowledgement. */
  readonly nameSynced: boolean;
  /** The log is opened before the snapshot is read. */
  readonly logBeforeSnapshot: boolean;
  /** The files that were read are kept open, so that their identity cannot come back. */
  readonly filesKeptOpen: boolean;
  /** Where there is no log a refresh looks at the snapshot. */
  readonly snapshotLookedAt: boolean;
  /** A batch takes in what others committed before it runs. */
  readonly batchCatchesUp: boolean;
  /** A fresh read looks at the files, whoever believes to hold the lock. */
  readonly freshLooks: boolean;
  /** A frame counts if it is valid when it is read back. */
  readonly readBack: boolean;
  /** A batch that changed nothing syncs the log that it saw, too. */
  readonly syncForNothing: boolean;
  /** A batch syncs its log before it is acknowledged. */
  readonly syncBeforeAck: boolean;
  /** What was acknowledged before it was durable is synced a moment later, if so much is promised. */
  readonly syncSoon: boolean;
  /** Closing syncs what was acknowledged before it was durable. */
  readonly syncAtEnd: boolean;
  /** A reader's sync brings the log that it read onto the device, and its name. */
  readonly readerSyncs: boolean;
  /** After a failed sync a log is sealed, not synced again. */
  readonly sealAfterFailedSync: boolean;
  /** A failed sync is not said to have committed nothing. */
  readonly unknownIsSaid: boolean;
  /** A snapshot is on the device before it is renamed. */
  readonly snapshotSynced: boolean;
  /** The folder is synced after the snapshot was renamed, before the log is. */
  readonly snapshotNameSynced: boolean;
  /** A snapshot that is to be kept gets its name by a rename out of the private directory. */
  readonly keptOutOfPrivate: boolean;
  /** A checkpoint seals the log before it replaces it. */
  readonly sealBeforeReplace: boolean;
  /** A frame that came before the seal makes the checkpoint start again. */
  readonly framesBeforeSeal: boolean;
  /** Whoever takes over seals the log too. */
  readonly takeoverSealed: boolean;
  /** The private directories of all who sealed before are taken away. */
  readonly earlierMovedAway: boolean;
  /** Of several the directory of who sealed last is taken first. */
  readonly newestTakenFirst: boolean;
  /** What was taken away is deleted: a rename under way has found its directory already. */
  readonly takenDeleted: boolean;
  /** In what was taken away and cannot be deleted, the name is taken that an ended log would get. */
  readonly endedBlocked: boolean;
  /** What a checkpoint tidies up in the end is what was there before it began. */
  readonly leftoversListedFirst: boolean;
  /** A takeover makes sure that the path still names the log. */
  readonly pathChecked: boolean;
  /** A log is removed by renaming it into the private directory. */
  readonly removedByRename: boolean;
  /** The first seal is what a snapshot is made at. */
  readonly catchUpFirst: boolean;
}

/** All rules hold. */
export const ALL_RULES: Rules = Object.freeze({
  headerSyncedFirst: true,
  createdWithoutReplacing: true,
  linkWithoutReplacing: true,
  snapshotNamedFirst: true,
  behindIsSealed: true,
  sealsHold: true,
  resumeAtValid: true,
  offsetAsRead: true,
  nameSynced: true,
  logBeforeSnapshot: true,
  filesKeptOpen: true,
  snapshotLookedAt: true,
  batchCatchesUp: true,
  freshLooks: true,
  readBack: true,
  syncForNothing: true,
  syncBeforeAck: true,
  syncSoon: true,
  syncAtEnd: true,
  readerSyncs: true,
  sealAfterFailedSync: true,
  unknownIsSaid: true,
  snapshotSynced: true,
  snapshotNameSynced: true,
  keptOutOfPrivate: true,
  sealBeforeReplace: true,
  framesBeforeSeal: true,
  takeoverSealed: true,
  earlierMovedAway: true,
  newestTakenFirst: true,
  takenDeleted: true,
  endedBlocked: true,
  leftoversListedFirst: true,
  pathChecked: true,
  removedByRename: true,
  catchUpFirst: true,
});
