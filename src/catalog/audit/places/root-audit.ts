import type { BlobKey } from "../../../core/naming/blob-key.ts";
import { isCatalogError } from "../../../errors.ts";
import type { BlobStat } from "../../../ports/blob-store.ts";
import type { FileCount } from "../../collect/collect-options.ts";
import { type ReferredNames, walkRoot } from "../../collect/find/walk-root.ts";
import { LiveNames } from "../../collect/live/live-names.ts";
import { LiveSets, readSequence } from "../../collect/live/live-sets.ts";
import type { OrphanMarks } from "../../collect/marks/orphan-marks.ts";
import { MEMORY_MARKER } from "../../root/root-marker.ts";
import type { ReadableMembers, RootMember, RootMembers } from "../../root/root-members.ts";
import { cannotBeRead } from "../../root/unreadable-catalog.ts";
import type { AuditContext } from "../audit-context.ts";
import type { AuditFinding } from "../audit-finding.ts";
import type { AuditOptions } from "../audit-options.ts";
import { RowAudit } from "../rows/audit-rows.ts";
import { ExpectedSizes } from "../rows/expected-sizes.ts";
import { unreadableCatalog } from "./find-markers.ts";
import { findOddNames, findUnreferenced } from "./find-unreferenced.ts";

/** What a {@link RootAudit} works with. */
export interface RootAuditOptions {
  /** The catalog and its store. */
  readonly context: AuditContext;
  /** The catalogs of the root. */
  readonly members: RootMembers;
  /** When orphans were first seen. */
  readonly marks: OrphanMarks;
  /** Those of the audit. */
  readonly options: AuditOptions;
}

/** Where nobody knows what is referred to, everything may be. */
const ANYTHING: ReferredNames = { has: () => true, addLinks: () => undefined, refresh: async () => undefined };

/** What the catalogs of a root refer to, against what lies in it. Its steps are done in the order in which they stand. */
export class RootAudit {
  /** What this catalog's rows say about the sizes of files in the root. */
  readonly expected: ExpectedSizes = new ExpectedSizes();
  /** What was read of this catalog. */
  readonly rows: RowAudit;
  readonly #options: RootAuditOptions;
  readonly #names: LiveNames;
  readonly #live: LiveSets;
  readonly #files = { files: 0, bytes: 0 };
  /** Catalogs that could be opened, and not be read. */
  readonly #failed = new Set<string>();
  #members: readonly RootMember[] = [];
  #allReadable = true;

  /** Looks at nothing yet. */
  constructor(options: RootAuditOptions) {
    const { context } = options;
    this.#options = options;
    this.#names = new LiveNames(context);
    this.#live = new LiveSets(context, { list: () => this.#list() });
    this.rows = new RowAudit(context, { names: this.#names, expected: this.expected });
  }

  /** Whether everything is known that anything refers to. */
  get knowsNames(): boolean {
    return this.#allReadable && this.rows.complete;
  }

  /** What is pinned, by the catalogs that could be read. */
  get pins(): Pick<LiveSets, "isPinned"> {
    return this.#live;
  }

  /** Regular files in the root. */
  get files(): FileCount {
    return this.#files;
  }

  /** Which catalogs use the root; gives those that cannot be asked. */
  async *readMembers(): AsyncGenerator<AuditFinding, void, undefined> {
    this.#allReadable = false;
    const { members, unreadable } = await this.#look();
    this.#members = members;
    this.#allReadable = unreadable.length === 0;
    for (const each of unreadable) yield unreadableCatalog(each);
  }

  /** What this catalog says, row by row; gives what is wrong with that. */
  async *readRows(): AsyncGenerator<AuditFinding, void, undefined> {
    const { context, options } = this.#options;
    const own = this.#members.find(({ isThis }) => isThis);
    const sequence = await readSequence(context.sql, options);
    yield* this.rows.run(own?.findKey ?? ((uri) => context.store.findKey(uri)), options);
    if (own !== undefined) this.#live.know(own, { names: this.#names, sequence });
  }

  /** What the other catalogs say, and all that lies in the root; gives what nothing refers to. */
  async *walk(): AsyncGenerator<AuditFinding, void, undefined> {
    yield* this.#readOthers();
    const { context, marks, options } = this.#options;
    const { signal, onProgress } = options;
    const walk = await walkRoot(context.store, this.knowsNames ? this.#referred() : ANYTHING, {
      signal,
      onFile: (key, stat) => this.#see(key, stat),
      onProgress: ({ done }) => onProgress?.({ phase: "files", done }),
    });
    onProgress?.({ phase: "files", done: this.#files.files });
    yield* findOddNames(context, walk.odd);
    // A catalog may have come meanwhile that cannot be asked.
    if (this.knowsNames)
      yield* findUnreferenced(context, walk, { members: this.#live.members, pins: this.#live, marks });
  }

  /** Most files are named by a row of this catalog that the store wrote. */
  #referred(): ReferredNames {
    const live = this.#live;
    const { store } = this.#options.context;
    return {
      has: (key) => this.expected.has(store.comparableKey(key)) || live.has(key),
      addLinks: (links) => live.addLinks(links),
      refresh: (options) => live.refresh(options),
    };
  }

  async *#readOthers(): AsyncGenerator<AuditFinding, void, undefined> {
    for (const member of this.#members) {
      if (member.isThis) continue;
      try {
        await this.#live.read(member, this.#options.options);
      } catch (error) {
        if (!isCatalogError(error, "CORRUPT")) throw error;
        this.#failed.add(member.id);
        this.#allReadable = false;
        yield unreadableCatalog(cannotBeRead({ ...member, sequence: 0 }, error));
      }
    }
  }

  #see(key: BlobKey, stat: BlobStat | undefined): void {
    this.#files.files += 1;
    this.#files.bytes += stat?.sizeBytes ?? 0;
    this.expected.see(this.#options.context.store.comparableKey(key), stat?.sizeBytes);
  }

  /** As they are now. */
  async #list(): Promise<readonly RootMember[]> {
    const { members, unreadable } = await this.#look();
    if (unreadable.length > 0) this.#allReadable = false;
    return members.filter(({ id }) => !this.#failed.has(id));
  }

  /** All catalogs in memory have one marker; for one of them it is its own. */
  async #look(): Promise<ReadableMembers> {
    const { context, members } = this.#options;
    const found = await members.listReadable();
    const isOwn = context.catalogPath === "";
    return { ...found, unreadable: found.unreadable.filter(({ id }) => !isOwn || id !== MEMORY_MARKER) };
  }
}
