import type { Sha256Prefix } from "../../core/sha256.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import type { CallOptions } from "../call-options.ts";
import type { CanonicalNames } from "../files/canonical-name.ts";
import { type ResolvedThing, type ResolveOptions, resolveThing } from "../find/resolve-thing.ts";
import { endOfPrefix } from "../records/columns.ts";
import { listRemovalsOfPlan } from "../removals/find-removals.ts";
import { isOfRow, type RemovalRecord, removalFromRow } from "../removals/removal-line.ts";
import { selectTrashByHash } from "../trash/trash-statements.ts";
import type { RestoreTargets } from "./restore-options.ts";
import { selectRemovalOfDocument } from "./restore-statements.ts";
import { documentIdOf, type RemovedRows, readRemovedRows } from "./rows/removed-rows.ts";

/** Bytes that are wanted back where no row comes with them. */
export interface WantedBytes {
  /** The place that they had. */
  readonly uri: StorageUri;
  /** With what their hash begins, where only such are wanted. */
  readonly hash: Sha256Prefix | undefined;
  /** How they came there: `placed`, ..., or `null`. */
  readonly origin: string | null;
  /** It is on record that they are gone from there. */
  readonly isGone: boolean;
}

/** Something that is wanted back. */
export type Wanted =
  | { readonly what: "rows"; readonly rows: RemovedRows }
  | { readonly what: "bytes"; readonly bytes: WantedBytes };

/** What {@link findWanted} works with. */
export interface WantedContext {
  /** The catalog. */
  readonly sql: SqlEngine;
  /** Tells which place a text means. */
  readonly names: CanonicalNames;
}

/** What is wanted back: rows first, then bytes, which may be those of the rows. */
export async function* findWanted(
  context: WantedContext,
  targets: RestoreTargets,
  options: ResolveOptions,
): AsyncGenerator<Wanted, void, undefined> {
  if ("plan" in targets) {
    yield* findWantedOfPlan(context.sql, targets.plan, options);
    return;
  }
  const rows = new Map<number, RemovedRows>();
  const bytes = new Map<StorageUri, WantedBytes>();
  const damaged: RemovedRows[] = [];
  for (const target of new Set(targets)) {
    const found = await resolveThing(context, target, options);
    for (const each of await listRemovedRows(context.sql, found.removals, options)) {
      if (each.id === 0) damaged.push(each);
      else rows.set(each.id, each);
    }
    for (const each of await listWantedBytes(context, found, options)) bytes.set(each.uri, each);
  }
  for (const each of [...rows.values(), ...damaged]) yield { what: "rows", rows: each };
  for (const each of bytes.values()) yield { what: "bytes", bytes: each };
}

/** What an operation removed, as it comes: the lines of a document and of its variants stand together. */
async function* findWantedOfPlan(
  sql: SqlEngine,
  plan: string,
  options: CallOptions,
): AsyncGenerator<Wanted, void, undefined> {
  let lines: RemovalRecord[] = [];
  for await (const line of listRemovalsOfPlan(sql, plan, options)) {
    const [first] = lines;
    if (first !== undefined && (!isOfRow(line) || documentIdOf(first) !== documentIdOf(line))) {
      yield { what: "rows", rows: readRemovedRows(documentIdOf(first) ?? 0, lines) };
      lines = [];
    }
    if (isOfRow(line)) lines.push(line);
    else if (isOfBlob(line)) yield { what: "bytes", bytes: wantedBytes(line) };
  }
  const [first] = lines;
  if (first !== undefined) yield { what: "rows", rows: readRemovedRows(documentIdOf(first) ?? 0, lines) };
}

const GONE_FOR_GOOD = ["empty_folder", "dead_process", "trash_expired", "quarantine_expired"];

/** Whether a line is about bytes that somebody could want back: not about folders, nor about what was never placed. */
function isOfBlob({ verb, reason, uri }: RemovalRecord): boolean {
  if (verb !== "gc" && verb !== "displace") return false;
  return uri !== "" && !GONE_FOR_GOOD.some((each) => each === reason);
}

function wantedBytes({ uri, sha256, origin }: RemovalRecord): WantedBytes {
  return { uri, hash: sha256 === null ? undefined : (sha256 as string as Sha256Prefix), origin, isGone: true };
}

/** The rows that lines are about, as they were when they went last. Of several that had one key only the last. */
async function listRemovedRows(
  sql: SqlEngine,
  removals: readonly RemovalRecord[],
  options: CallOptions,
): Promise<readonly RemovedRows[]> {
  const last = new Map<number, RemovalRecord>();
  const damaged: RemovedRows[] = [];
  for (const line of removals) {
    if (!isOfRow(line)) continue;
    const id = documentIdOf(line);
    if (id === undefined) damaged.push({ id: 0, document: undefined, variants: [], damaged: [line] });
    else last.set(id, line);
  }
  const byKey = new Map<string, RemovedRows>();
  for (const [id, line] of [...last].sort(([, one], [, other]) => one.id - other.id)) {
    const lines = (await sql.query(selectRemovalOfDocument(id, line), options)).map(removalFromRow);
    const rows = readRemovedRows(id, lines);
    const record = rows.document?.record;
    byKey.set(JSON.stringify(record ? [record.artifactId, record.sourceUrl, record.resolver] : [id]), rows);
  }
  return [...byKey.values(), ...damaged];
}

/** Places whose bytes are wanted: that a word is, that a collector emptied, and that rows name which are there. */
async function listWantedBytes(
  { sql, names }: WantedContext,
  { sought, places, documents, variants, removals }: ResolvedThing,
  options: CallOptions,
): Promise<readonly WantedBytes[]> {
  const wanted = new Map<StorageUri, WantedBytes>();
  const want = async (uri: string, line?: RemovalRecord): Promise<void> => {
    const place = await names.locate(uri as StorageUri);
    const { origin = null } = line ?? {};
    const about = { hash: sought.hash, origin, isGone: line !== undefined };
    if (place.key !== undefined) wanted.set(place.uri, { uri: place.uri, ...about });
  };
  for (const { uri } of places) await want(uri);
  for (const { storageUri } of [...documents, ...variants]) await want(storageUri);
  if (sought.hash !== undefined) {
    const rows = await sql.query(selectTrashByHash(sought.hash, endOfPrefix(sought.hash)), options);
    for (const [uri] of rows) await want(String(uri));
  }
  for (const line of removals) if (isOfBlob(line)) await want(line.uri, line);
  return [...wanted.values()];
}
