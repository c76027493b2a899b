import type { BlobKey } from "../../../core/naming/blob-key.ts";
import type { Sha256 } from "../../../core/sha256.ts";
import type { SqlEngine } from "../../../ports/sql.ts";
import type { CallOptions } from "../../call-options.ts";
import type { RootMember } from "../../root/root-members.ts";
import type { FileCount } from "../collect-options.ts";
import { LiveNames, type LiveNamesContext, type ReadLiveOptions } from "./live-names.ts";
import { selectNothing } from "./live-statements.ts";

/** Lists the catalogs of a root, as they are now. */
export interface MemberSource {
  /**
   * All of them, read anew.
   * @throws {CatalogError} REFUSED when one of them cannot be read
   */
  list(): Promise<readonly RootMember[]>;
}

/** What one catalog refers to, and when that was read. */
export interface LiveSet {
  /** The catalog. */
  readonly sql: SqlEngine;
  /** It is the one that collects. */
  readonly isThis: boolean;
  /** What it refers to. */
  readonly names: LiveNames;
  /** How many commits the catalog had before it was read. */
  sequence: number;
}

/**
 * What all catalogs of a root refer to, as of the last {@link refresh}. A catalog to which nobody has committed since is
 * not read again.
 */
export class LiveSets {
  readonly #context: LiveNamesContext;
  readonly #members: MemberSource;
  readonly #links = new Set<BlobKey>();
  #sets = new Map<string, LiveSet>();
  #read: readonly RootMember[] = [];

  /** Reads nothing yet. */
  constructor(context: LiveNamesContext, members: MemberSource) {
    this.#context = context;
    this.#members = members;
  }

  /** The catalogs that were read. */
  get members(): readonly RootMember[] {
    return this.#read;
  }

  /** How many names there are; one that two catalogs have counts twice. */
  get size(): number {
    return sum(this.#sets, ({ names }) => names.size);
  }

  /** How large what they name is by the records, in bytes. */
  get bytes(): number {
    return sum(this.#sets, ({ names }) => names.bytes);
  }

  /** The documents of the catalog that collects. */
  get ownDocuments(): FileCount | undefined {
    return [...this.#sets.values()].find(({ isThis }) => isThis)?.names.documents;
  }

  /** Whether anything refers to what has a key, or a pin keeps it. */
  has(key: BlobKey): boolean {
    return this.#some((names) => names.has(key));
  }

  /** Whether a pin of any catalog keeps the bytes at a key, or all that have their hash. */
  isPinned(key: BlobKey, sha256: Sha256 | null): boolean {
    return this.#some((names) => names.isPinned(key, sha256));
  }

  /** Whether a pin of any catalog may keep bytes whose hash begins so, with 16 characters or more. */
  mayBePinned(sha256Start: string): boolean {
    return this.#some((names) => names.mayBePinned(sha256Start));
  }

  /** Takes symlinks into account that the root has: rows may lead through them. What was read before is read anew then. */
  addLinks(links: Iterable<BlobKey>): void {
    const before = this.#links.size;
    for (const link of links) this.#links.add(link);
    if (this.#links.size > before) this.#sets = new Map();
  }

  /**
   * Reads the markers, and then what their catalogs refer to, whatever anybody committed before the call; the logs that
   * were read are durable when it resolves.
   * @throws {CatalogError} REFUSED when a catalog cannot be read, and what the engines throw
   */
  async refresh(options: ReadLiveOptions = {}): Promise<void> {
    const sets = new Map<string, LiveSet>();
    const members = await this.#members.list();
    for (const member of members) sets.set(member.id, await this.#readMember(member, options));
    this.#sets = sets;
    this.#read = members;
  }

  /**
   * Reads what one catalog refers to; {@link refresh} reads it again only if somebody commits to it.
   * @throws {CatalogError} what the engine throws
   */
  async read(member: RootMember, options: ReadLiveOptions = {}): Promise<void> {
    this.#sets.set(member.id, await this.#readMember(member, options));
  }

  /** Takes over what a catalog refers to from who has read that after so many commits. */
  know({ id, sql, isThis }: RootMember, { names, sequence }: Pick<LiveSet, "names" | "sequence">): void {
    this.#sets.set(id, { sql, isThis, names, sequence });
  }

  /** A batch of the catalog's own was committed that refers to nothing in the root. */
  passOwnBatch(): void {
    for (const set of this.#sets.values()) if (set.isThis) set.sequence += 1;
  }

  #some(test: (names: LiveNames) => boolean): boolean {
    for (const { names } of this.#sets.values()) if (test(names)) return true;
    return false;
  }

  async #readMember({ id, sql, isThis, findKey }: RootMember, options: ReadLiveOptions): Promise<LiveSet> {
    const sequence = await readSequence(sql, options);
    const known = this.#sets.get(id);
    if (known?.sql === sql && known.sequence === sequence) return known;
    const names = new LiveNames(this.#context, this.#links);
    await names.read(sql, { ...options, findKey });
    return { sql, isThis, names, sequence };
  }
}

/** How many commits a catalog has, whatever its engine has missed before. */
export async function readSequence(sql: SqlEngine, { signal }: CallOptions): Promise<number> {
  await sql.query(selectNothing(), { fresh: true, signal });
  return (await sql.describe()).sequence;
}

function sum(sets: ReadonlyMap<string, LiveSet>, of: (set: LiveSet) => number): number {
  let total = 0;
  for (const set of sets.values()) total += of(set);
  return total;
}
