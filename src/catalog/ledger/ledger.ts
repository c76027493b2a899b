import { inChunks } from "../../core/in-chunks.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import { DAY_MS, formatTimestamp, type Timestamp } from "../../core/timestamp.ts";
import type { IncidentResolution } from "../../core/verification/incident-resolution.ts";
import type { BlobContent, BlobVerification } from "../../core/verification/verification.ts";
import type { SqlCommit, SqlRow, SqlStatement, SqlValue } from "../../ports/sql.ts";
import type { Telemetry } from "../../ports/telemetry.ts";
import type { CatalogContext } from "../context.ts";
import { type DriftSighting, upsertDrift } from "./drift-statements.ts";
import { type BlobRows, findBlobRows } from "./expectations.ts";
import { openIncident, type Resolved, resolveGood, resolveUnnamed } from "./incident-statements.ts";
import { entryFromRow, type LedgerEntry } from "./ledger-entry.ts";
import {
  deleteStale,
  type LedgerLine,
  type Overwrites,
  selectEntries,
  selectUnnamed,
  selectUnnamedIncidents,
  upsertIntact,
  upsertVerifications,
} from "./ledger-statements.ts";
import { LEAVING, leavePlace } from "./row-changes.ts";

/** What a {@link Ledger} works with. */
export interface LedgerContext extends Pick<CatalogContext, "sql" | "clock"> {
  /** Told of each result that is written down. @default nobody is */
  readonly telemetry?: Telemetry | undefined;
}

/** Options of {@link Ledger.record}. */
export interface RecordOptions {
  /** Where the bytes of bad blobs were put aside, by their places. @default nowhere */
  readonly quarantine?: ReadonlyMap<StorageUri, StorageUri> | undefined;
}

/** So many results have one statement: half of what is mostly written down at once. */
const LINES = 250;

/** So many names are looked through at a time. */
const PAGE = 256;

/** What was verified when and with what result, per blob; and what was found bad, until it is good again. */
export class Ledger {
  readonly #context: LedgerContext;
  /** So far the catalog has only what it had when the watch began, and what this ledger wrote; `undefined`: it may have more. */
  #undisturbedTo: number | undefined;

  /** Reads nothing yet. */
  constructor(context: LedgerContext) {
    this.#context = context;
  }

  /**
   * To be called before rows are read that results will be compared with: as long as nothing but this ledger writes, they
   * are not read again when a result is written down.
   */
  async watch(): Promise<void> {
    this.#undisturbedTo = (await this.#context.sql.describe()).sequence;
  }

  /**
   * Writes down how the verification of blobs went, in one batch. A bad one opens an incident unless one is open; what is
   * found good again ends it. A look at the size alone takes nothing back that reading the bytes has shown. Nothing is
   * written of a blob whose rows say something else by now than what it was compared with.
   */
  async record(verifications: readonly BlobVerification[], options: RecordOptions = {}): Promise<void> {
    await this.#write(verifications, { ...options, resolution: "verified" });
  }

  /** Writes down that a blob has good bytes again, and ends its incident. */
  async repaired(verification: BlobVerification, resolution: IncidentResolution): Promise<void> {
    await this.#write([verification], { resolution });
  }

  /** What is remembered of a blob; `undefined`: it was never verified. */
  async find(uri: StorageUri): Promise<LedgerEntry | undefined> {
    return (await this.findMany([uri])).get(uri);
  }

  /** What is remembered of blobs, by URI; nothing about those that were never verified. */
  async findMany(uris: readonly StorageUri[]): Promise<ReadonlyMap<StorageUri, LedgerEntry>> {
    const entries = new Map<StorageUri, LedgerEntry>();
    for (const some of inChunks(uris, LINES)) {
      for (const row of await this.#context.sql.query(selectEntries(some))) {
        const entry = entryFromRow(row);
        if (entry !== undefined) entries.set(entry.uri, entry);
      }
    }
    return entries;
  }

  /** Writes down that a source serves other bytes, or that it does still. */
  async noteDrift(drift: DriftSighting): Promise<void> {
    await this.#context.sql.batch([upsertDrift(drift)]);
  }

  /** Forgets what was verified of blobs that no row names, and ends their incidents. Gives how many they were. */
  async dropUnnamed(): Promise<number> {
    const { sql, clock } = this.#context;
    let dropped = 0;
    for (const select of [selectUnnamed, selectUnnamedIncidents]) {
      for (let after: SqlValue | undefined = ""; after !== undefined; ) {
        const rows: readonly SqlRow[] = await sql.query(select(after, PAGE));
        // Another tool may have written anything, which goes as well.
        const page = rows.map(([uri]) => uri as StorageUri);
        const ended = { now: formatTimestamp(clock.now()), resolution: "removed" } as const;
        const statements = page.flatMap((uri) => leavePlace(uri, ended));
        const results = page.length === 0 ? [] : await sql.batch(statements, { durable: false });
        // Rows that came meanwhile keep what is known of their blobs.
        dropped += results.filter(({ changes }, at) => at % LEAVING === 0 && changes > 0).length;
        after = rows.at(-1)?.[0];
      }
    }
    return dropped;
  }

  async #write(
    given: readonly BlobVerification[],
    { quarantine, resolution }: RecordOptions & { readonly resolution: IncidentResolution },
  ): Promise<void> {
    if (given.length === 0) return;
    // Of two results for one blob the later one counts.
    const verifications = [...new Map(given.map((each) => [each.uri, each])).values()];
    const nowMs = this.#context.clock.now();
    const resolved = { now: formatTimestamp(nowMs), resolution };
    const statements = [
      ...entriesOf(verifications, formatTimestamp(nowMs + DAY_MS)),
      ...resolutionsOf(verifications, resolved),
    ];
    for (const each of verifications) {
      if (isBad(each)) statements.push(...openIncident(toIncident(each, quarantine?.get(each.uri) ?? null)));
    }
    let commit: SqlCommit | undefined;
    await this.#context.sql.batch(statements, {
      onCommitted: (told) => {
        commit = told;
      },
    });
    for (const { result, strength, actual } of verifications) {
      this.#context.telemetry?.count("content_catalog.verified", { result, strength });
      this.#context.telemetry?.count("content_catalog.verified.size", { result, strength }, actual.bytes ?? 0);
    }
    if (!this.#isUndisturbed(commit)) await this.#forgetStale(verifications);
  }

  /** Whether nobody has committed anything but this ledger since the watch began; without one nobody knows. */
  #isUndisturbed(commit: SqlCommit | undefined): boolean {
    const before = this.#undisturbedTo;
    const commits = before === undefined || commit?.alone !== true ? undefined : commit.sequence - before;
    // What changed nothing does not count.
    const isNext = commits === 0 || commits === 1;
    this.#undisturbedTo = isNext ? commit?.sequence : undefined;
    return isNext;
  }

  /** A row may have changed between the look at it and the end of the batch; what changes it later forgets by itself. */
  async #forgetStale(verifications: readonly BlobVerification[]): Promise<void> {
    const { sql, clock } = this.#context;
    const rows = await findBlobRows(
      sql,
      verifications.map(({ uri }) => uri),
    );
    const stale = verifications.filter(({ uri, expected }) => !isExpected(rows.get(uri), expected));
    const ended = { now: formatTimestamp(clock.now()), resolution: "removed" } as const;
    const statements = stale.flatMap(({ uri, checkedAt }) => [deleteStale(uri, checkedAt), resolveUnnamed(uri, ended)]);
    if (statements.length > 0) await sql.batch(statements, { durable: false });
  }
}

/** What writes down how blobs were found. */
function entriesOf(verifications: readonly BlobVerification[], tomorrow: Timestamp): SqlStatement[] {
  const lines = verifications.map((each) => ({ ...toLine(each), overwrites: overwritesOf(each) }));
  const statements = inChunks(lines.filter(isIntact), LINES).map((some) => upsertIntact(some, { tomorrow }));
  for (const overwrites of ["anything", "weaker", "unchecked"] as const) {
    const others = lines.filter((each) => each.overwrites === overwrites && !isIntact(each));
    for (const some of inChunks(others, LINES)) statements.push(upsertVerifications(some, { overwrites, tomorrow }));
  }
  return statements;
}

/** What ends the incidents of blobs that were found good. */
function resolutionsOf(verifications: readonly BlobVerification[], resolved: Resolved): SqlStatement[] {
  let span: { readonly from: Timestamp; readonly to: Timestamp } | undefined;
  for (const each of verifications) {
    if (isBad(each) || overwritesOf(each) === "unchecked") continue;
    const { checkedAt: at } = each;
    span = { from: span && span.from < at ? span.from : at, to: span && span.to > at ? span.to : at };
  }
  return span === undefined ? [] : [resolveGood(span, resolved)];
}

/** Whether a row says still what a blob was compared with, as far as both say something. */
function isExpected(rows: BlobRows | undefined, { sha256, bytes }: BlobContent): boolean {
  const agrees = <Value>(one: Value | null, other: Value | null): boolean =>
    one === null || other === null || one === other;
  return rows?.contents.some((each) => agrees(each.sha256, sha256) && agrees(each.bytes, bytes)) ?? false;
}

function isBad({ result }: BlobVerification): boolean {
  return result !== "ok" && result !== "unchecked";
}

function overwritesOf({ result, strength }: BlobVerification): Overwrites {
  if (result === "unchecked") return strength === "none" ? "unchecked" : "weaker";
  return result === "ok" && strength === "size" ? "weaker" : "anything";
}

function isIntact({ result, strength, sha256, bytes }: LedgerLine): boolean {
  return result === "ok" && strength === "full" && sha256 === null && bytes === null;
}

function toLine(verification: BlobVerification): LedgerLine {
  const { uri, result, strength, expected, actual, checkedAt } = verification;
  return {
    uri,
    result,
    strength,
    sha256: actual.sha256 === expected.sha256 ? null : actual.sha256,
    bytes: actual.bytes === expected.bytes ? null : actual.bytes,
    checkedAt,
    badSince: isBad(verification) ? checkedAt : null,
  };
}

function toIncident(verification: BlobVerification, quarantine: StorageUri | null): Parameters<typeof openIncident>[0] {
  const { uri, result, reason, expected, actual, checkedAt } = verification;
  return { uri, result, reason: reason ?? "", expected, actual, foundAt: checkedAt, quarantine };
}
