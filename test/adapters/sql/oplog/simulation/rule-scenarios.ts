import type { Rules } from "../../../../../src/adapters/sql/oplog/protocol/rules.ts";
import type { Actor, Stage, StageOptions } from "./stage.ts";

/** What may go wrong without one rule, played on stages that `make` gives. @throws {Violation} */
export type RuleScenario = (make: (options?: StageOptions) => Stage) => Promise<void>;

const APPENDS = /^(fstat|write) \S*\.oplog$/;
const WRITES_LOG = /^write \S*\.oplog$/;
const SYNCS_LOG = /^fsync \S*\.oplog$/;
const NAMES_SNAPSHOT = /^rename \S*\/snapshot-\d -> /;
const NAMES_LOG = /^rename \S*\/oplog-\d -> /;
const ENDS_LOG = /^(rename \S*\.oplog -> \S*\/ended|unlink \S*\.oplog)$/;
const TAKES_DIRECTORY = /^rename \S*\.d -> \S*\/from-/;
/** It has found the folders, and then its turn is over. */
const HAS_FOUND = /^rename \(found\) /;
/** Behind {@link NAMES_LOG} the log has its name. */
const SYNCS_NAME = /^syncdir \/$/;

/** A catalog with a log and a batch in it, and those who have both open. */
async function begin(stage: Stage, ...names: readonly string[]): Promise<readonly Actor[]> {
  const first = await stage.open("first");
  await first.run(() => first.add("k0"));
  const others: Actor[] = [];
  for (const name of names) others.push(await stage.open(name));
  return others;
}

/** Somebody new comes and looks; then the power fails. */
async function inspect(stage: Stage): Promise<void> {
  const guest = await stage.open("guest", { mode: "read" });
  await guest.run(() => guest.look());
  await stage.crash();
}

/** One who is about to append, while another commits. */
const lostRace: RuleScenario = async (make) => {
  const stage = make();
  const [slow, quick] = (await begin(stage, "slow", "quick")) as [Actor, Actor];
  slow.start(() => slow.add("slow"));
  await slow.reach(WRITES_LOG);
  await quick.run(() => quick.add("quick"));
  await slow.finish();
  await inspect(stage);
};

/** One who is about to seal, having prepared everything, while another commits. */
const lateFrame: RuleScenario = async (make) => {
  const stage = make();
  const [checkpointer, writer] = (await begin(stage, "checkpointer", "writer")) as [Actor, Actor];
  checkpointer.start(() => checkpointer.checkpoint());
  await checkpointer.reach(WRITES_LOG);
  await writer.run(() => writer.add("late"));
  await checkpointer.finish();
  await inspect(stage);
};

/** For each rule a schedule in which the protocol needs it. */
export const RULE_SCENARIOS: { readonly [Rule in keyof Rules]: RuleScenario } = {
  headerSyncedFirst: async (make) => {
    const stage = make();
    const creator = await stage.open("creator");
    creator.start(() => creator.add("k1"));
    await creator.reach(SYNCS_LOG);
    await stage.crash();
  },

  createdWithoutReplacing: async (make) => {
    const stage = make();
    const slow = stage.actor("slow");
    slow.start(() => slow.open());
    await slow.reach(/^(link|rename) \S*\/new -> \/catalog\.sqlite$/);
    const quick = await stage.open("quick");
    await quick.run(() => quick.add("k1"));
    await slow.finish();
    await inspect(stage);
  },

  linkWithoutReplacing: async (make) => {
    const stage = make();
    const slow = await stage.open("slow");
    slow.start(() => slow.add("slow"));
    await slow.reach(/^(link|rename) \S*\/new -> \S*\.oplog$/);
    const quick = await stage.open("quick");
    await quick.run(() => quick.add("quick"));
    await slow.finish();
    await inspect(stage);
  },

  snapshotNamedFirst: async (make) => {
    const stage = make();
    const creator = stage.actor("creator");
    creator.start(() => creator.open());
    await creator.reach(/^syncdir \/$/);
    creator.kill();
    const writer = await stage.open("writer");
    writer.start(() => writer.add("k1"));
    await writer.reach(WRITES_LOG);
    await stage.crash();
  },

  behindIsSealed: async (make) => {
    const stage = make();
    const [writer] = (await begin(stage, "writer")) as [Actor];
    stage.failing({ at: SYNCS_LOG, fault: "EIO" });
    writer.start(() => writer.add("k1"));
    await writer.reach(NAMES_LOG);
    await stage.crash();
  },

  sealsHold: async (make) => {
    const stage = make();
    const [checkpointer, writer] = (await begin(stage, "checkpointer", "writer")) as [Actor, Actor];
    checkpointer.start(() => checkpointer.checkpoint());
    await checkpointer.reach(NAMES_SNAPSHOT);
    await writer.run(() => writer.add("k1"));
    await checkpointer.finish();
    await inspect(stage);
  },

  resumeAtValid: async (make) => {
    const stage = make();
    const [writer, reader] = (await begin(stage, "writer", "reader")) as [Actor, Actor];
    writer.start(() => writer.add("k1"));
    await writer.reach(WRITES_LOG);
    // The write is seen in two pieces.
    stage.decisions.push(3, 50);
    await writer.steps(1);
    await reader.run(() => reader.look());
    await writer.finish();
    await reader.run(() => reader.look());
    await inspect(stage);
  },

  offsetAsRead: async (make) => {
    const stage = make();
    const [slow, quick] = (await begin(stage, "slow", "quick")) as [Actor, Actor];
    slow.start(() => slow.add("slow"));
    await slow.reach(APPENDS);
    quick.start(() => quick.add("quick"));
    await quick.reach(SYNCS_LOG);
    await slow.reach(WRITES_LOG);
    await slow.steps(1);
    // It lost the race, and cannot try again; then the frame that won is lost.
    stage.failing({ at: WRITES_LOG, fault: "EIO", actor: slow });
    await slow.finish();
    await stage.crash();
  },

  nameSynced: async (make) => {
    const stage = make();
    const writer = await stage.open("writer");
    await writer.run(() => writer.add("k1"));
    await stage.crash();
  },

  logBeforeSnapshot: async (make) => {
    const stage = make();
    const [writer, reader] = (await begin(stage, "writer", "reader")) as [Actor, Actor];
    await writer.run(() => writer.checkpoint());
    await writer.run(() => writer.add("k1"));
    reader.start(() => reader.look());
    await reader.reach(/^open \S*\.oplog$/);
    await writer.run(() => writer.checkpoint(true));
    await reader.finish();
    await inspect(stage);
  },

  filesKeptOpen: async (make) => {
    // Whichever of the numbers that are free comes back.
    for (let number = 0; number < 8; number++) {
      const stage = make();
      const [writer] = (await begin(stage, "writer")) as [Actor];
      await writer.run(() => writer.checkpoint(true));
      const reader = await stage.open("reader", { mode: "read" });
      await writer.run(() => writer.add("k1"));
      await writer.run(() => writer.checkpoint(true));
      await writer.run(() => writer.add("k2"));
      writer.start(() => writer.checkpoint(true));
      await writer.reach(/^open \S*\/snapshot-\d$/);
      stage.decisions.push(number);
      await writer.finish();
      await reader.run(() => reader.look());
    }
  },

  snapshotLookedAt: async (make) => {
    const stage = make();
    const reader = await stage.open("reader");
    const writer = await stage.open("writer");
    await writer.run(() => writer.add("k1"));
    await writer.run(() => writer.close());
    await reader.run(() => reader.look());
    await inspect(stage);
  },

  batchCatchesUp: async (make) => {
    const stage = make();
    const [writer, other] = (await begin(stage, "writer", "other")) as [Actor, Actor];
    await writer.run(() => writer.add("k1"));
    await other.run(() => other.readInBatch());
    await inspect(stage);
  },

  freshLooks: async (make) => {
    const stage = make({ lockMode: "stolen" });
    const thief = await stage.open("thief");
    const holder = await stage.open("holder");
    await holder.run(() => holder.add("k1"));
    // It takes the holder for dead, whatever else is decided meanwhile.
    stage.decisions.push(...Array.from({ length: 100 }, () => 3));
    await thief.run(() => thief.add("k2"));
    stage.decisions.length = 0;
    await holder.run(() => holder.look({ fresh: true }));
    await inspect(stage);
  },

  readBack: lostRace,

  syncForNothing: async (make) => {
    const stage = make();
    const [slow, quick] = (await begin(stage, "slow", "quick")) as [Actor, Actor];
    slow.start(() => slow.add("k1"));
    await slow.reach(SYNCS_LOG);
    // It is there already, for all that anybody can see.
    await quick.run(() => quick.add("k1"));
    await stage.crash();
  },

  syncBeforeAck: async (make) => {
    const stage = make();
    const [writer] = (await begin(stage, "writer")) as [Actor];
    await writer.run(() => writer.add("k1"));
    await stage.crash();
  },

  syncSoon: async (make) => {
    const stage = make();
    const writer = await stage.open("writer", { durability: "batch" });
    await writer.run(() => writer.add("k1"));
    await writer.run(() => writer.rest(200));
    stage.history.confirm(["k1"]);
    await stage.crash();
  },

  syncAtEnd: async (make) => {
    const stage = make();
    const writer = await stage.open("writer", { durability: "checkpoint", checkpointOnClose: "never" });
    await writer.run(() => writer.add("k1"));
    await writer.run(() => writer.close());
    await stage.crash();
  },

  readerSyncs: async (make) => {
    const stage = make();
    const writer = await stage.open("writer", { durability: "checkpoint", checkpointOnClose: "never" });
    await writer.run(() => writer.add("k1"));
    const reader = await stage.open("reader", { mode: "read" });
    await reader.run(() => reader.readAndSync());
    await stage.crash();
  },

  sealAfterFailedSync: async (make) => {
    const stage = make();
    const [writer] = (await begin(stage, "writer")) as [Actor];
    stage.failing({ at: SYNCS_LOG, fault: "EIO", times: 1 });
    await writer.run(() => writer.add("k1"));
    await writer.run(() => writer.add("k2"));
    await stage.crash();
  },

  unknownIsSaid: async (make) => {
    const stage = make();
    const [writer] = (await begin(stage, "writer")) as [Actor];
    stage.failing({ at: SYNCS_LOG, fault: "EIO", times: 1 });
    await writer.run(() => writer.add("k1"));
    await inspect(stage);
  },

  snapshotSynced: async (make) => {
    const stage = make();
    const [checkpointer] = (await begin(stage, "checkpointer")) as [Actor];
    await checkpointer.run(() => checkpointer.checkpoint());
    await stage.crash();
  },

  snapshotNameSynced: async (make) => {
    const stage = make();
    const [checkpointer] = (await begin(stage, "checkpointer")) as [Actor];
    checkpointer.start(() => checkpointer.checkpoint());
    await checkpointer.reach(NAMES_LOG);
    await checkpointer.reach(SYNCS_NAME);
    await stage.crash();
  },

  keptOutOfPrivate: async (make) => {
    const stage = make();
    const sleeper = await stage.open("sleeper", { keepSnapshots: 2 });
    await sleeper.run(() => sleeper.add("k1"));
    const other = await stage.open("other");
    sleeper.start(() => sleeper.checkpoint());
    await sleeper.reach(/^link \/catalog\.sqlite -> /);
    await other.run(() => other.checkpoint());
    await other.run(() => other.add("k2"));
    await sleeper.finish();
    await inspect(stage);
  },

  sealBeforeReplace: async (make) => {
    const stage = make();
    const [writer, checkpointer] = (await begin(stage, "writer", "checkpointer")) as [Actor, Actor];
    writer.start(() => writer.add("k1"));
    await writer.reach(WRITES_LOG);
    await checkpointer.run(() => checkpointer.checkpoint());
    await writer.finish();
    await inspect(stage);
  },

  framesBeforeSeal: lateFrame,
  catchUpFirst: lateFrame,

  takeoverSealed: async (make) => {
    const stage = make();
    const [first, second] = (await begin(stage, "first", "second")) as [Actor, Actor];
    first.start(() => first.checkpoint());
    await first.reach(NAMES_SNAPSHOT);
    first.kill();
    second.start(() => second.checkpoint());
    await second.reach(NAMES_LOG);
    await replaceAndCommit(stage);
    await second.finish();
    await inspect(stage);
  },

  earlierMovedAway: async (make) => {
    const stage = make();
    const [sleeper] = (await begin(stage, "sleeper")) as [Actor];
    sleeper.start(() => sleeper.checkpoint());
    await sleeper.reach(NAMES_LOG);
    await replaceAndCommit(stage);
    await sleeper.finish();
    await inspect(stage);
  },

  takenDeleted: async (make) => {
    const stage = make();
    const [sleeper] = (await begin(stage, "sleeper")) as [Actor];
    sleeper.start(() => sleeper.checkpoint());
    await sleeper.reach(NAMES_LOG);
    await sleeper.reach(HAS_FOUND);
    await replaceAndCommit(stage);
    await sleeper.finish();
    await inspect(stage);
  },

  endedBlocked: async (make) => {
    const stage = make();
    stage.world.disk.hidesOpenFiles = true;
    const sleeper = await stage.open("sleeper", { keepSnapshots: 1 });
    await sleeper.run(() => sleeper.add("k0"));
    // What it could not keep stays in its directory, which cannot be deleted then.
    stage.failing({ at: /^rename \S*\/kept -> /, fault: "EIO", times: 1 });
    sleeper.start(() => sleeper.checkpoint(true));
    await sleeper.reach(ENDS_LOG);
    await sleeper.reach(HAS_FOUND);
    await replaceAndCommit(stage);
    await sleeper.finish();
    await inspect(stage);
  },

  newestTakenFirst: async (make) => {
    const stage = make();
    const [sleeper, second, third] = (await begin(stage, "sleeper", "second", "third")) as [Actor, Actor, Actor];
    sleeper.start(() => sleeper.checkpoint());
    await sleeper.reach(NAMES_LOG);
    await sleeper.reach(HAS_FOUND);
    second.start(() => second.checkpoint());
    await second.reach(TAKES_DIRECTORY);
    third.start(() => third.checkpoint());
    await third.reach(TAKES_DIRECTORY);
    await third.reach(HAS_FOUND);
    await third.steps(1);
    await meanwhileNamed(sleeper, second);
    await inspect(stage);
  },

  leftoversListedFirst: async (make) => {
    const stage = make();
    const [tidy] = (await begin(stage, "tidy")) as [Actor];
    tidy.start(() => tidy.checkpoint());
    await tidy.reach(NAMES_LOG);
    await tidy.reach(SYNCS_NAME);
    const sleeper = await stage.open("sleeper");
    await sleeper.run(() => sleeper.add("k1"));
    sleeper.start(() => sleeper.checkpoint());
    await sleeper.reach(NAMES_LOG);
    await sleeper.reach(HAS_FOUND);
    await tidy.reach(TAKES_DIRECTORY);
    await tidy.reach(HAS_FOUND);
    await tidy.steps(1);
    const other = await stage.open("other");
    other.start(() => other.checkpoint());
    await meanwhileNamed(sleeper, other);
    await inspect(stage);
  },

  pathChecked: async (make) => {
    const stage = make();
    const [first, second] = (await begin(stage, "first", "second")) as [Actor, Actor];
    first.start(() => first.checkpoint());
    await first.reach(NAMES_LOG);
    second.start(() => second.checkpoint());
    await second.reach(WRITES_LOG);
    await first.reach(SYNCS_NAME);
    const writer = await stage.open("writer");
    await writer.run(() => writer.add("k1"));
    await second.finish();
    await inspect(stage);
  },

  removedByRename: async (make) => {
    const stage = make();
    const [sleeper, other] = (await begin(stage, "sleeper", "other")) as [Actor, Actor];
    sleeper.start(() => sleeper.checkpoint(true));
    await sleeper.reach(ENDS_LOG);
    await other.run(() => other.checkpoint());
    await other.run(() => other.add("k1"));
    await sleeper.finish();
    await inspect(stage);
  },
};

/** Somebody takes over and replaces the log, and before it tidies up another commits to the new one. */
async function replaceAndCommit(stage: Stage): Promise<void> {
  const successor = await stage.open("successor");
  successor.start(() => successor.checkpoint());
  await successor.reach(NAMES_LOG);
  await successor.reach(SYNCS_NAME);
  const writer = await stage.open("writer");
  await writer.run(() => writer.add("late"));
}

/** Somebody makes ready to name a log; before it does, the sleeper names its own and commits to that. */
async function meanwhileNamed(sleeper: Actor, other: Actor): Promise<void> {
  await other.reach(NAMES_LOG);
  await sleeper.finish();
  await sleeper.run(() => sleeper.add("late"));
  await other.finish();
}

/** What the protocol cannot keep: somebody whose sync failed dies before the seal, and the next does not hear of it. */
export const KNOWN_LIMIT: RuleScenario = async (make) => {
  const stage = make();
  const [writer] = (await begin(stage, "writer")) as [Actor];
  stage.failing({ at: SYNCS_LOG, fault: "EIO", times: 1 });
  writer.start(() => writer.add("k1"));
  await writer.reach(SYNCS_LOG);
  await writer.steps(1);
  writer.kill();
  const next = await stage.open("next");
  await next.run(() => next.add("k2"));
  await stage.crash();
};

/** A log that had to be made in place, and whose maker died before its header was synced. */
export const MADE_IN_PLACE: RuleScenario = async (make) => {
  const stage = make();
  const maker = await stage.open("maker");
  maker.start(() => maker.add("k1"));
  await maker.reach(SYNCS_LOG);
  maker.kill();
  const next = await stage.open("next");
  next.start(() => next.add("k2"));
  // The header, if it is synced; then the frame.
  await next.reach(WRITES_LOG);
  await next.steps(1);
  await stage.crash();
};
