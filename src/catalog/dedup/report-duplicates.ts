import type { DocumentRecord } from "../../core/document.ts";
import type { Sha256 } from "../../core/sha256.ts";
import type { CatalogContext } from "../context.ts";
import { CanonicalNames, type NamesContext } from "../files/canonical-name.ts";
import { documentFromRow } from "../records/rows.ts";
import { type HashedCursor, selectDuplicates } from "./dedup-statements.ts";
import type { DuplicateGroup, DuplicateShare, DuplicatesOptions, DuplicatesReport } from "./find-duplicates.ts";
import { GroupTally } from "./group-tally.ts";
import { findStoredIdentity } from "./stored-identity.ts";

/** What {@link reportDuplicates} works with. */
export type ReportContext = CatalogContext & NamesContext;

const PAGE_ROWS = 500;

/**
 * Counts documents with the same bytes in one pass over those that share their hash with another. Their files are looked
 * at, each once for a group, but not read.
 */
export async function reportDuplicates(context: ReportContext, options: DuplicatesOptions): Promise<DuplicatesReport> {
  const report = new Report(context, options);
  let group: { readonly sha256: Sha256; readonly tally: GroupTally } | undefined;
  for await (const record of listDuplicates(context, options)) {
    const sha256 = String(record.sha256) as Sha256;
    if (group?.sha256 !== sha256) {
      if (group !== undefined) report.take(group.sha256, group.tally);
      group = { sha256, tally: new GroupTally() };
    }
    await report.count(group.tally, record);
  }
  if (group !== undefined) report.take(group.sha256, group.tally);
  return report.end();
}

/** Documents that have the hash of another one, by hash and id. */
async function* listDuplicates(
  { sql }: Pick<ReportContext, "sql">,
  { minBytes = 0, signal }: DuplicatesOptions,
): AsyncGenerator<DocumentRecord, void, undefined> {
  let after: HashedCursor = { sha256: "", id: 0 };
  for (;;) {
    const rows = await sql.query(selectDuplicates({ after, minBytes, limit: PAGE_ROWS }), { signal });
    for (const row of rows) {
      const record = documentFromRow(row);
      after = { sha256: String(record.sha256), id: record.id };
      yield record;
    }
    if (rows.length < PAGE_ROWS) return;
  }
}

/** Groups, and what they come to. */
class Report {
  readonly #context: ReportContext;
  readonly #names: CanonicalNames;
  readonly #limit: number;
  readonly #byResolver = new Shares();
  readonly #byContentType = new Shares();
  readonly #total = { groups: 0, documents: 0, reclaimableBytes: 0, dedupBytes: 0, mayShareBlocks: false };
  #groups: DuplicateGroup[] = [];

  constructor(context: ReportContext, { limit = Number.POSITIVE_INFINITY }: DuplicatesOptions) {
    this.#context = context;
    this.#names = new CanonicalNames(context);
    this.#limit = limit;
  }

  /** Counts a document of a group. */
  async count(tally: GroupTally, record: DocumentRecord): Promise<void> {
    const { fs, store } = this.#context;
    const { uri, key } = await this.#names.locate(record.storageUri, { follow: true });
    if (tally.has(uri)) return tally.add(record, undefined);
    const identity = await findStoredIdentity(fs, uri, record.bytes);
    tally.add(record, { uri, identity, isInRoot: key !== undefined && store?.capabilities.swap === true });
  }

  /** Takes a group that is complete. */
  take(sha256: Sha256, tally: GroupTally): void {
    // The other one may be smaller by what is on record.
    if (tally.documents < 2) return;
    const group = tally.describe(sha256);
    const { origins, further } = tally;
    const { bytes } = group;
    this.#byResolver.add({ origins: origins.resolvers, further: further.resolvers, bytes });
    this.#byContentType.add({ origins: origins.contentTypes, further: further.contentTypes, bytes });
    const total = this.#total;
    total.groups += 1;
    total.documents += group.documents;
    total.reclaimableBytes += group.reclaimableBytes;
    total.dedupBytes += group.dedupBytes;
    total.mayShareBlocks ||= group.mayShareBlocks;
    this.#groups.push(group);
    // Of many only the first ones are kept.
    if (this.#groups.length >= 2 * this.#limit + PAGE_ROWS) this.#cut();
  }

  end(): DuplicatesReport {
    this.#cut();
    return {
      groups: this.#groups,
      total: this.#total,
      byResolver: this.#byResolver.list(),
      byContentType: this.#byContentType.list(),
    };
  }

  #cut(): void {
    this.#groups = this.#groups.sort(compareGroups).slice(0, this.#limit);
  }
}

type NameCounts = ReadonlyMap<string | null, number>;

/** Documents and bytes by name. */
class Shares {
  readonly #shares = new Map<string | null, { documents: number; reclaimableBytes: number }>();

  add({ origins, further, bytes }: { origins: NameCounts; further: NameCounts; bytes: number }): void {
    for (const [name, count] of origins) this.#of(name).documents += count;
    for (const [name, count] of further) this.#of(name).reclaimableBytes += count * bytes;
  }

  list(): readonly DuplicateShare[] {
    const shares = [...this.#shares].map(([name, counts]) => ({ name, ...counts }));
    return shares.sort((one, other) => {
      const byCounts = other.reclaimableBytes - one.reclaimableBytes || other.documents - one.documents;
      return byCounts || (String(one.name) < String(other.name) ? -1 : 1);
    });
  }

  #of(name: string | null): { documents: number; reclaimableBytes: number } {
    const share = this.#shares.get(name) ?? { documents: 0, reclaimableBytes: 0 };
    this.#shares.set(name, share);
    return share;
  }
}

function compareGroups(one: DuplicateGroup, other: DuplicateGroup): number {
  const order = other.reclaimableBytes - one.reclaimableBytes || other.bytes - one.bytes;
  return order || (one.sha256 < other.sha256 ? -1 : 1);
}
