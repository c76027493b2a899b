import { asCatalogError } from "../../core/messages/file-error.ts";
import { quote } from "../../core/messages/quote.ts";
import { isAbsolutePath } from "../../core/path.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import { findCatalogId } from "../meta/catalog-id.ts";
import { selectMeta } from "../meta/meta-statements.ts";
import type { LookAtCatalogContext } from "./catalog-at.ts";
import { OLDER_THAN } from "./root-statements.ts";
import {
  beforeLeases,
  cannotBeRead,
  notThere,
  type OtherCatalog,
  olderThanSeen,
  onlyInMemory,
  type UnreadableCatalog,
} from "./unreadable-catalog.ts";

/** The first schema that has leases. */
const SCHEMA_WITH_LEASES = 2;

/** A catalog that can be asked, or why it cannot be. */
export type FoundCatalog =
  | { readonly sql: SqlEngine; readonly unreadable?: undefined }
  | { readonly unreadable: UnreadableCatalog };

interface Opened {
  readonly path: string;
  /** Which file it was, and how it looked, before it was opened. */
  readonly file: string;
  readonly sql: SqlEngine;
}

/**
 * The other catalogs of a root, open for reading as long as they are the same files. One that was replaced is opened
 * anew: what lies beside it may belong to the one before, which is only noticed then.
 */
export class OtherCatalogs {
  readonly #context: LookAtCatalogContext;
  readonly #open = new Map<string, Opened>();

  /** Opens nothing yet. */
  constructor(context: LookAtCatalogContext) {
    this.#context = context;
  }

  /** Opens a catalog, or looks whether it is still the one that is open, and whether what it says now can be relied on. */
  async find(other: OtherCatalog): Promise<FoundCatalog> {
    const wasOpen = this.#open.has(other.id);
    const found = await this.#attempt(other);
    if (!wasOpen || found.unreadable === undefined) return found;
    await this.#close(other.id);
    return this.#attempt(other);
  }

  /** Closes all but these. */
  async keepOnly(ids: ReadonlySet<string>): Promise<void> {
    for (const id of [...this.#open.keys()]) if (!ids.has(id)) await this.#close(id);
  }

  async #attempt(other: OtherCatalog): Promise<FoundCatalog> {
    try {
      const found = await this.#ensure(other);
      if (found.unreadable !== undefined) return found;
      const unreadable = await judge(found.sql, other);
      return unreadable === undefined ? found : { unreadable };
    } catch (error) {
      return { unreadable: cannotBeRead(other, error) };
    }
  }

  async #ensure(other: OtherCatalog): Promise<FoundCatalog> {
    const { id, path } = other;
    const { openOther } = this.#context;
    if (path === null) return { unreadable: onlyInMemory() };
    if (!isAbsolutePath(path)) return { unreadable: notThere(other, `${quote(path)} is no path of this machine`) };
    const file = await this.#lookAt(path);
    if (file === undefined) return { unreadable: notThere(other, `${quote(path)} is not there`) };
    if (openOther === undefined) return { unreadable: notThere(other, `${quote(path)} cannot be opened from here`) };
    const opened = this.#open.get(id);
    if (opened?.path === path && opened.file === file) return opened;
    await this.#close(id);
    const sql = await openOther(path);
    this.#open.set(id, { path, file, sql });
    return { sql };
  }

  async #lookAt(path: string): Promise<string | undefined> {
    try {
      const stat = await this.#context.fs.stat(path);
      return stat && JSON.stringify([stat.identity, stat.sizeBytes, stat.modifiedMs]);
    } catch (error) {
      throw asCatalogError(error, { verb: "look at", path });
    }
  }

  async #close(id: string): Promise<void> {
    const opened = this.#open.get(id);
    this.#open.delete(id);
    await opened?.sql.close();
  }
}

/** Whether an open catalog is the one of the marker, and as new as the root has seen it; whatever was committed before. */
async function judge(sql: SqlEngine, other: OtherCatalog): Promise<UnreadableCatalog | undefined> {
  const [before] = await sql.query(selectMeta(OLDER_THAN), { fresh: true });
  const id = await findCatalogId(sql);
  if (id !== other.id) {
    const there = id === undefined ? "one without an id" : id;
    return notThere(other, `at ${quote(other.path ?? "")} is another one, ${there}`);
  }
  const { schemaVersion, sequence } = await sql.describe();
  if (schemaVersion < SCHEMA_WITH_LEASES) return beforeLeases(other, schemaVersion);
  if (sequence < other.sequence) return olderThanSeen(other, `${sequence} of ${other.sequence} commits`);
  return before === undefined
    ? undefined
    : olderThanSeen(other, `it came back with fewer than ${String(before[0])} commits`);
}
