import type { PlanAction } from "../../core/plan/plan-action.ts";
import { DAY_MS, formatTimestamp, type Timestamp } from "../../core/timestamp.ts";
import { CatalogError } from "../../errors.ts";
import { endExpiredQuietly } from "../leases/end-expired.ts";
import { endExpiredPinsQuietly } from "../pins/end-expired-pins.ts";
import { RootMembers } from "../root/root-members.ts";
import { noteCollected } from "../telemetry/note-collected.ts";
import { chooseActions, FreedBytes, isRipe, ripeAt } from "./choose-actions.ts";
import type { CollectContext } from "./collect-context.ts";
import type { CollectOptions, CollectPlan, CollectReport, UnknownFile } from "./collect-options.ts";
import { findLeftovers, type Leftover } from "./find/find-leftovers.ts";
import { type Orphan, sortUnreferenced } from "./find/find-orphans.ts";
import { findQuarantined } from "./find/find-quarantined.ts";
import { ProtectedFiles } from "./find/protected-files.ts";
import { type RootWalk, walkRoot } from "./find/walk-root.ts";
import { refuseClock, refuseEmptyCatalog, refuseRoot } from "./guards.ts";
import { LiveSets } from "./live/live-sets.ts";
import { OrphanMarks } from "./marks/orphan-marks.ts";
import { giveBackLeft } from "./remove/give-back-left.ts";

/** {@link CollectOptions} with their defaults. */
interface Settings {
  readonly ttlMs: number;
  readonly trash: boolean;
  readonly maxFiles: number;
  readonly maxBytes: number;
}

/**
 * Looks what lies below the root, which of it nothing refers to, and since when, and plans what may go. Nothing is taken.
 * @throws {CatalogError} REFUSED when a guard says no; UNSUPPORTED where blobs cannot be taken out of their names
 * @throws {RangeError} for a number that cannot be used
 */
export async function planCollect(
  context: CollectContext,
  options: CollectOptions & { readonly orphanTtlDays: number },
): Promise<CollectPlan> {
  const settings = parseOptions(options);
  requireTaking(context);
  await refuseRoot(context);
  await refuseClock(context);
  // Before it is missed in the root, which it never was in.
  await refuseEmptyCatalog(context);
  const members = new RootMembers(context, { catalogAt: options.catalogAt });
  try {
    // Refused before anything is looked at, or given back.
    await members.list();
    // What ends now is unreferenced from now on, and not later.
    if (options.dryRun !== true) {
      await endExpiredQuietly(context);
      await endExpiredPinsQuietly(context);
    }
    return await new CollectPlanner(context, members, { ...options, ...settings }).plan();
  } finally {
    await members.close();
  }
}

/**
 * Passes where blobs can be taken out of their names.
 * @throws {CatalogError} UNSUPPORTED elsewhere
 */
export function requireTaking({ store }: Pick<CollectContext, "store">): void {
  if (store.capabilities.take) return;
  throw new CatalogError(
    "UNSUPPORTED",
    `Cannot collect in ${JSON.stringify(store.root)}: nothing can be renamed there`,
    {
      details: { what: "collecting" },
      hint: "A store without renaming and conditional deletes cannot be collected safely.",
    },
  );
}

function parseOptions(options: CollectOptions & { readonly orphanTtlDays: number }): Settings {
  const {
    orphanTtlDays,
    quarantineDays,
    maxFiles = Number.POSITIVE_INFINITY,
    maxBytes = Number.POSITIVE_INFINITY,
  } = options;
  for (const [name, value] of Object.entries({
    orphanTtlDays,
    quarantineDays: quarantineDays ?? 0,
    maxFiles,
    maxBytes,
  })) {
    if (!(value >= 0)) throw new RangeError(`Cannot use ${name} ${value}: expected a number from 0`);
  }
  return {
    ttlMs: orphanTtlDays * DAY_MS,
    trash: options.trash === true || options.unknown === true,
    maxFiles,
    maxBytes,
  };
}

const NONE_GIVEN_BACK = { back: 0, displaced: 0 };

class CollectPlanner {
  readonly #context: CollectContext;
  readonly #options: CollectOptions & Settings;
  readonly #live: LiveSets;
  readonly #marks: OrphanMarks;
  readonly #nowMs: number;
  readonly #ripe: Orphan[] = [];
  readonly #orphaned = { files: 0, bytes: 0 };
  readonly #unknown = { files: 0, bytes: 0 };
  #ripeOfOurs = { files: 0, bytes: 0 };
  #nextRipeAt: Timestamp | undefined;

  constructor(context: CollectContext, members: RootMembers, options: CollectOptions & Settings) {
    this.#context = context;
    this.#options = options;
    this.#live = new LiveSets(context, members);
    this.#marks = new OrphanMarks(context);
    this.#nowMs = context.clock.now();
  }

  async plan(): Promise<CollectPlan> {
    const { store } = this.#context;
    const { dryRun = false, giveBackFirst = false } = this.#options;
    const givesBack = giveBackFirst && !dryRun;
    const givenBack = givesBack ? await giveBackLeft(this.#context, this.#marks, this.#options) : NONE_GIVEN_BACK;
    const walk = await walkRoot(store, this.#live, this.#options);
    await this.#sort(walk);
    const leftovers = [
      ...(await findLeftovers(this.#context, { marks: this.#marks, pins: this.#live })),
      ...(await this.#findQuarantined()),
    ];
    const folders = await this.#findRipeFolders(walk);
    const blobs = chooseActions(this.#ripe, { ...this.#options, nowMs: this.#nowMs });
    const notNotedBecause = dryRun ? undefined : await this.#marks.write();
    const actions = [...leftovers.map(({ action }) => action), ...blobs, ...folders];
    return this.#describe(actions, {
      live: { files: walk.live, bytes: this.#live.bytes },
      orphaned: this.#orphaned,
      ripe: this.#ripeOfOurs,
      unknown: this.#unknown,
      givenBack,
      freedBytes: this.#freedBy(actions, leftovers),
      mayShareBlocks: await store.mayShareBlocks(),
      nextRipeAt: this.#nextRipeAt,
      noted: !dryRun && notNotedBecause === undefined,
      notNotedBecause,
    });
  }

  async #sort({ unreferenced, odd }: RootWalk): Promise<void> {
    const { unknown = false } = this.#options;
    for (const { name, key, objection } of odd) {
      this.#noteUnknown({ name, uri: key && this.#context.store.uriOf(key), bytes: 0, objection });
    }
    await sortUnreferenced(this.#context, unreferenced, {
      members: this.#live.members,
      pins: this.#live,
      marks: this.#marks,
      protectedFiles: unknown ? await ProtectedFiles.open(this.#context) : undefined,
      onOrphan: (orphan) => this.#noteOrphan(orphan),
      onUnknown: (file) => this.#noteUnknown(file),
    });
  }

  /** Nothing of it goes by itself. */
  async #findQuarantined(): Promise<readonly Leftover[]> {
    const { quarantineDays } = this.#options;
    if (quarantineDays === undefined) return [];
    return findQuarantined(this.#context, { ttlMs: quarantineDays * DAY_MS, nowMs: this.#nowMs });
  }

  #noteUnknown(file: UnknownFile): void {
    this.#unknown.files += 1;
    this.#unknown.bytes += file.bytes;
    this.#options.onUnknown?.(file);
  }

  #noteOrphan(orphan: Orphan): void {
    const time = { ttlMs: this.#options.ttlMs, nowMs: this.#nowMs };
    const isRipeNow = isRipe(orphan.since, time);
    const isOurs = orphan.reason !== "unknown";
    if (isRipeNow) this.#ripe.push(orphan);
    else this.#noteRipeAt(ripeAt(orphan.since, time));
    for (const count of isOurs ? [this.#orphaned, ...(isRipeNow ? [this.#ripeOfOurs] : [])] : []) {
      count.files += 1;
      count.bytes += orphan.stat.sizeBytes;
    }
  }

  #noteRipeAt(time: Timestamp): void {
    if (this.#nextRipeAt === undefined || time < this.#nextRipeAt) this.#nextRipeAt = time;
  }

  /** Folders go when they were empty for as long as bytes are unreferenced. Those with a dot in front are nobody's. */
  async #findRipeFolders({ emptyFolders }: RootWalk): Promise<readonly PlanAction[]> {
    const actions: PlanAction[] = [];
    const time = { ttlMs: this.#options.ttlMs, nowMs: this.#nowMs };
    for (const { key, modifiedMs } of emptyFolders) {
      if (key.split("/").some((name) => name.startsWith("."))) continue;
      const uri = this.#context.store.uriOf(key);
      const [since] = await this.#marks.look([{ uri, bytes: 0, modifiedMs }]);
      if (since === undefined || !isRipe(since, time)) continue;
      const about = { since, ripeAt: ripeAt(since, time), modifiedMs: null, identity: null };
      actions.push({ ...about, action: "delete", uri, bytes: 0, reason: "empty_folder" });
    }
    return actions;
  }

  #freedBy(actions: readonly PlanAction[], leftovers: readonly Leftover[]): number {
    const freed = new FreedBytes();
    const links = new Map(this.#ripe.map(({ uri, stat }) => [uri, stat.links]));
    for (const left of leftovers) links.set(left.action.uri, left.links);
    for (const { action, uri, identity, bytes: sizeBytes } of actions) {
      if (identity === null || action === "trash" || action === "give_back") continue;
      freed.add({ identity, sizeBytes, links: links.get(uri) });
    }
    return freed.bytes;
  }

  async #describe(actions: readonly PlanAction[], report: CollectReport): Promise<CollectPlan> {
    noteCollected(this.#context, { ...report, documents: this.#live.ownDocuments });
    const { sql, store } = this.#context;
    const own = this.#live.members.find(({ isThis }) => isThis);
    const { sequence } = await sql.describe();
    return {
      head: {
        verb: "gc",
        catalogId: own?.id ?? "",
        root: store.root,
        sequence,
        createdAt: formatTimestamp(this.#nowMs),
      },
      size: actions.length,
      bytes: actions.reduce((sum, { bytes }) => sum + bytes, 0),
      actions: async function* actionsOf() {
        yield* actions;
      },
      report,
    };
  }
}
