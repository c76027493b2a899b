import type { ReplicaFactory } from "../../../../../src/adapters/sql/oplog/protocol/catalog-replica.ts";
import type { Rules } from "../../../../../src/adapters/sql/oplog/protocol/rules.ts";
import { isCatalogError } from "../../../../../src/errors.ts";
import type { Chooser } from "../../../../../src/testing/simulation/chooser.ts";
import type { PowerLossDisk } from "../../../../../src/testing/simulation/power-loss-disk.ts";
import { batchOf, bytesOf, linesOf, look } from "./client.ts";
import { type History, Violation } from "./history.ts";
import { type OpenChoices, World, type WorldProcess } from "./world.ts";

/** What a recovery works with. */
export interface RecoveryOptions {
  readonly chooser: Chooser;
  readonly counter: { last: number };
  readonly rules?: Partial<Rules> | undefined;
  readonly hardlink?: boolean | undefined;
  readonly replicas?: ((knows: number) => ReplicaFactory) | undefined;
  /** The newest schema that those who recover know, to which they migrate. @default 1 */
  readonly knows?: number | undefined;
}

/** Opens everything anew before each read, and makes a checkpoint at the end only. */
export const PLAIN: OpenChoices = { mode: "create", refreshIntervalMs: 0, checkpointBytes: 1 << 20 };
const MAX_STEPS = 20_000;

/**
 * Opens what a power failure or a kill of everybody left, looks at it, commits, has another process read the log
 * again, closes, and looks at what lies there at rest.
 */
export async function recover(options: RecoveryOptions, disk: PowerLossDisk, history: History): Promise<void> {
  const world = new World({ ...options, lockMode: "correct", disk });
  const [writer, reader, last] = ["recovery", "reader", "last"].map((name) => world.spawn(name)) as [
    WorldProcess,
    WorldProcess,
    WorldProcess,
  ];
  const { knows = 1 } = options;
  const plain = { ...PLAIN, knows };
  const key = `recovered-${options.counter.last}`;
  await finish(world, async () => {
    if (knows > 1) await lookBefore(reader, plain, history);
    const store = await writer.open(plain);
    const client = { name: "recovery", store, history };
    await look(client, history.known);
    history.requireBeginning(await linesOf(store), "recovery");
    await store.batch(batchOf(key));
    history.acknowledge(key);
    await look(client, history.known);
    const other = await reader.open({ ...plain, mode: "read" });
    await look({ name: "a reader after recovery", store: other, history }, history.known);
    const third = await reader.open({ ...plain, mode: "read" });
    requireEqual(await bytesOf(other), await bytesOf(third));
    await Promise.all([store, other, third].map((each) => each.close()));
    const again = await last.open({ ...plain, mode: "write" });
    await look({ name: "the next after recovery", store: again, history }, history.known);
    await again.close();
  });
  for (const process of [writer, reader, last]) process.kill();
}

/** Whoever recovers with a newer program migrates first of all. */
async function lookBefore(process: WorldProcess, choices: OpenChoices, history: History): Promise<void> {
  try {
    const store = await process.open({ ...choices, mode: "read" });
    history.requireBeginning(await linesOf(store), "a reader before recovery");
    await store.close();
  } catch (error) {
    if (!isCatalogError(error, "NOT_FOUND")) throw error;
    history.requireBeginning([], "a reader before recovery");
  }
}

function requireEqual(one: Uint8Array, other: Uint8Array): void {
  if (one.byteLength === other.byteLength && one.every((byte, index) => other[index] === byte)) return;
  throw new Violation("reading the same snapshot and log twice gave different bytes");
}

/** The same after a kill of everybody that leaves files to others who follow: only looks. */
export async function glance(options: RecoveryOptions, disk: PowerLossDisk, history: History): Promise<void> {
  const world = new World({ ...options, lockMode: "correct", disk });
  const process = world.spawn("last");
  await finish(world, async () => {
    const store = await process.open({ ...PLAIN, knows: options.knows });
    await look({ name: "after the end somebody", store, history }, history.known);
    await store.close();
  });
  process.kill();
}

/** Lets the processes of a world run until `work` is done. */
export async function finish(world: World, work: () => Promise<void>): Promise<void> {
  const state: { done: boolean; error?: unknown } = { done: false };
  work().then(
    () => {
      state.done = true;
    },
    (error: unknown) => {
      state.done = true;
      state.error = error;
    },
  );
  for (let steps = 0; !state.done; steps++) {
    if (steps > MAX_STEPS) throw new Violation("recovery hangs");
    if (!(await world.scheduler.advance()) && !state.done) throw new Violation("recovery is stuck");
  }
  if (state.error instanceof Violation) throw state.error;
  if (state.error !== undefined) {
    throw new Violation(`recovery failed: ${String(state.error)}`, { cause: state.error });
  }
}
