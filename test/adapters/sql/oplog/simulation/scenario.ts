import type { ReplicaFactory } from "../../../../../src/adapters/sql/oplog/protocol/catalog-replica.ts";
import type { Rules } from "../../../../../src/adapters/sql/oplog/protocol/rules.ts";
import {
  type Chooser,
  createRandomChooser,
  createReplayChooser,
} from "../../../../../src/testing/simulation/chooser.ts";
import type { PowerLossDisk } from "../../../../../src/testing/simulation/power-loss-disk.ts";
import { History } from "./history.ts";
import { keptOn, requireBeginnings } from "./kept.ts";
import { glance, type RecoveryOptions, recover } from "./recovery.ts";
import { Run } from "./run.ts";
import type { LockMode } from "./world.ts";

/** What a scenario may contain. */
export interface ScenarioOptions {
  readonly chooser: Chooser;
  readonly lockMode: LockMode;
  readonly rules?: Partial<Rules> | undefined;
  readonly replicas?: ((knows: number) => ReplicaFactory) | undefined;
  /** Whether file operations may fail. */
  readonly faults?: boolean | undefined;
  /** Whether processes have settings of their own, and some know a newer schema. */
  readonly mixed?: boolean | undefined;
  /** Whether files can have several names. @default true */
  readonly hardlink?: boolean | undefined;
  /** One in so many steps is followed by a look at what a power failure would leave. @default 8 */
  readonly examineEvery?: number | undefined;
  /** What power failures left before, to look at nothing twice. */
  readonly seen?: Seen | undefined;
  /** Told every step when it happens. */
  readonly onStep?: ((line: string) => void) | undefined;
  /** Told what a disk has when everybody has closed the catalog after a power failure. */
  readonly onRecovered?: ((disk: PowerLossDisk) => void) | undefined;
}

/** The disks that power failures left. */
export interface Seen {
  /** What each had on it. */
  readonly contents: Set<string>;
  /** The same, with what had been promised by then. */
  readonly examined: Set<string>;
}

/** Options of one scenario and what its parts share. */
export interface Shared extends ScenarioOptions {
  readonly counter: { last: number };
}

const EPOCHS = 2;
/** Nonces of recoveries are their own, so that leaving one out changes nothing else. */
const APART = 1_000_000;

/** Runs processes, kills some, cuts the power at any step, and looks what is left; twice. @throws {Violation} */
export async function runScenario(given: ScenarioOptions): Promise<void> {
  const options: Shared = { ...given, counter: { last: 0 } };
  const { chooser } = options;
  let history = new History();
  let disk: PowerLossDisk | undefined;
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const run = new Run(options, history, disk);
    await run.play((at) => examine(options, at, history.clone()));
    const kind = run.unsealed
      ? "lost"
      : (["lost", "killed", "killed and looked at", "recovered"] as const)[chooser.choose(4)];
    disk = run.disk;
    if (kind === "lost" || kind === "recovered") {
      await examine(options, disk, history.clone());
      history = history.clone();
      history.powerLoss();
      disk = disk.crash(chooser);
      options.seen?.contents.add(disk.fingerprint());
    }
    if (kind === "killed and looked at") await glance({ ...options, ...settings(options) }, disk, history);
    if (kind === "recovered") await recoverFrom({ ...options, ...settings(options) }, disk, history);
    options.counter.last += APART;
  }
  if (disk !== undefined) await recoverFrom({ ...options, ...settings(options) }, disk, history);
}

/** Recovers, and compares snapshots that were kept with what is there then. */
async function recoverFrom(options: RecoveryOptions, disk: PowerLossDisk, history: History): Promise<void> {
  const kept = keptOn(disk);
  await recover(options, disk, history);
  requireBeginnings(kept, history.longest);
}

/** Cuts the power on a copy of the disk, and looks whether all is well there. */
async function examine(options: Shared, disk: PowerLossDisk, history: History): Promise<void> {
  const { chooser, seen } = options;
  const left = disk.crash(chooser);
  const own = settings(options);
  const content = left.fingerprint();
  history.powerLoss();
  if (seen !== undefined) {
    seen.contents.add(content);
    const examined = `${history.signature()}\n${content}`;
    if (seen.examined.has(examined)) return;
    seen.examined.add(examined);
  }
  await recoverFrom({ ...options, ...own }, left, history);
  options.onRecovered?.(left);
}

/** Mostly nothing remarkable happens while somebody recovers. */
function settings({ chooser, counter, mixed }: Shared): Pick<RecoveryOptions, "chooser" | "counter" | "knows"> {
  const seed = chooser.choose(4) === 3 ? chooser.choose(1 << 16) : undefined;
  return {
    chooser: seed === undefined ? createReplayChooser([]) : createRandomChooser(seed),
    counter: { last: counter.last + APART },
    knows: mixed === true ? 2 : 1,
  };
}
