import { quote } from "../../core/messages/quote.ts";
import type { BlobKey } from "../../core/naming/blob-key.ts";
import { isAbsolutePath, isInsidePath } from "../../core/path.ts";
import { decodePathOfUri, fileUriFromPath, type StorageUri } from "../../core/storage-uri.ts";
import { CatalogError } from "../../errors.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { FoundMarker } from "../../ports/root-markers.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import { findCatalogId } from "../meta/catalog-id.ts";
import { selectMeta } from "../meta/meta-statements.ts";
import { lookForRowsOf } from "./look-for-rows-of.ts";
import { OtherCatalogs } from "./other-catalogs.ts";
import { type RefuseCopyContext, refuseCopy } from "./refuse-copy.ts";
import type { RootEntry } from "./root-entry.ts";
import { MEMORY_MARKER, parseRootMarker, type RootMarker } from "./root-marker.ts";
import { OLDER_THAN } from "./root-statements.ts";
import { damagedMarker, onlyInMemory, otherCatalogError, type UnreadableCatalog } from "./unreadable-catalog.ts";

/** What {@link RootMembers} works with. */
export interface RootMembersContext extends RefuseCopyContext {
  /** The root. */
  readonly store: BlobStore;
  /** Takes the marker along with a catalog that was moved; only where the catalog may be written to. */
  readonly root?: Pick<RootEntry, "enter"> | undefined;
}

/** Options of {@link RootMembers}. */
export interface RootMembersOptions {
  /** Where catalogs are, by id, that are not where their markers say. */
  readonly catalogAt?: ReadonlyMap<string, string> | undefined;
}

/** A catalog that uses the root, open to be asked. */
export interface RootMember {
  /** Its id. */
  readonly id: string;
  /** Whether it is the catalog that asks. */
  readonly isThis: boolean;
  /** Where it is; `null` in memory. */
  readonly path: string | null;
  /** What it says; that of another catalog is open for reading until it is gone from the root, or was replaced. */
  readonly sql: SqlEngine;
  /** How its rows name what has a key here: by the root as that catalog calls it. */
  uriOf(key: BlobKey): StorageUri;
  /** What has a key here by a URI of its rows, under the root as either catalog calls it; else `undefined`. */
  findKey(uri: string): BlobKey | undefined;
}

/** What {@link RootMembers.listReadable} gives. */
export interface ReadableMembers {
  /** This catalog, and all others that can be asked. */
  readonly members: readonly RootMember[];
  /** Those that cannot. */
  readonly unreadable: readonly UnreadableCatalog[];
}

/** What the root knows now. */
interface Markers {
  readonly ownId: string | undefined;
  readonly own: FoundMarker | undefined;
  readonly others: readonly FoundMarker[];
}

/** The catalogs that use a root, as its markers name them, this one among them. To be asked one call after the other. */
export class RootMembers {
  readonly #context: RootMembersContext;
  readonly #catalogAt: ReadonlyMap<string, string>;
  readonly #others: OtherCatalogs;

  /** Opens nothing yet. */
  constructor(context: RootMembersContext, { catalogAt = new Map() }: RootMembersOptions = {}) {
    this.#context = context;
    this.#catalogAt = catalogAt;
    this.#others = new OtherCatalogs(context);
  }

  /**
   * All of them. Reads the markers anew, opens what they name by now, and looks again at what is open.
   * @throws {CatalogError} REFUSED where not each of them can be asked and relied on: `marker`, `copy`, `older catalog`,
   * `other catalog`
   */
  async list(): Promise<readonly RootMember[]> {
    const { store } = this.#context;
    const markers = await this.#readMarkers();
    const own = await this.#requireOwn(markers);
    this.#refuseStrangers(markers);
    const { members, unreadable } = await this.#find(markers);
    const [first] = unreadable;
    if (first !== undefined) throw otherCatalogError(store.root, first);
    return [this.#ownMember(own.id, own), ...members];
  }

  /** As {@link list}, for who only asks: nothing is refused, and catalogs that cannot be asked are told with the reason. */
  async listReadable(): Promise<ReadableMembers> {
    const markers = await this.#readMarkers();
    const { members, unreadable } = await this.#find(markers);
    const own = markers.own && parseRootMarker(markers.own);
    return { members: [this.#ownMember(markers.ownId ?? MEMORY_MARKER, own), ...members], unreadable };
  }

  /** Closes all but this catalog. */
  close(): Promise<void> {
    return this.#others.keepOnly(new Set());
  }

  /** They are read before any catalog is asked: what they have seen of one is then there. */
  async #readMarkers(): Promise<Markers> {
    const { sql, store, catalogPath } = this.#context;
    const all = await store.markers.list();
    const ownId = catalogPath === "" ? undefined : await findCatalogId(sql);
    const others = all.filter(({ name }) => name !== ownId).sort((one, other) => (one.name < other.name ? -1 : 1));
    await this.#others.keepOnly(new Set(others.map(({ name }) => name)));
    return { ownId, own: all.find(({ name }) => name === ownId), others };
  }

  async #find({ others }: Markers): Promise<ReadableMembers> {
    const members: RootMember[] = [];
    const unreadable: UnreadableCatalog[] = [];
    for (const found of others) {
      const marker = parseRootMarker(found);
      if (found.name === MEMORY_MARKER) unreadable.push(onlyInMemory());
      else if (marker === undefined) unreadable.push(damagedMarker(found.name));
      else {
        const { id, sequence } = marker;
        const path = this.#catalogAt.get(id) ?? marker.path;
        const there = await this.#others.find({ id, path, sequence });
        if (there.unreadable !== undefined) unreadable.push(there.unreadable);
        else members.push({ id, isThis: false, path, sql: there.sql, ...this.#names(marker.root) });
      }
    }
    return { members, unreadable };
  }

  async #requireOwn({ ownId, own }: Markers): Promise<RootMarker> {
    const { sql, store, catalogPath, root } = this.#context;
    // All catalogs in memory have one marker, so that none of them knows who else uses the root.
    if (catalogPath === "") throw otherCatalogError(store.root, onlyInMemory());
    const marker = own && parseRootMarker(own);
    if (marker === undefined || ownId === undefined) throw await this.#noMarker(own !== undefined);
    if (marker.path !== null && marker.path !== catalogPath) {
      await refuseCopy(this.#context, marker);
      await root?.enter({ canFail: true });
    }
    const [before] = await sql.query(selectMeta(OLDER_THAN), { fresh: true });
    const { sequence } = await sql.describe();
    if (sequence < marker.sequence) throw this.#olderCatalog(`${sequence} of ${marker.sequence} commits`);
    if (before !== undefined) throw this.#olderCatalog(`it came back with fewer than ${String(before[0])} commits`);
    return marker;
  }

  async #noMarker(isDamaged: boolean): Promise<CatalogError<"REFUSED">> {
    const { sql, store, catalogPath } = this.#context;
    const what = isDamaged ? "its marker of the catalog" : "it has no marker of the catalog";
    const { found } = await lookForRowsOf(sql, store, { removals: true });
    return new CatalogError(
      "REFUSED",
      `Cannot collect ${quote(store.root)}: ${what} ${quote(catalogPath)}${isDamaged ? " is damaged" : ""}`,
      {
        details: { guard: "marker", path: store.root },
        hint: found
          ? 'Run "catalog init" with this catalog and this root: it enters the catalog there.'
          : "No row of the catalog names anything there: name another catalog with --catalog, or another root with --root.",
      },
    );
  }

  #olderCatalog(why: string): CatalogError<"REFUSED"> {
    const { store, catalogPath } = this.#context;
    const what = `the catalog ${quote(catalogPath)} is older than the root has seen it`;
    return new CatalogError(
      "REFUSED",
      `Cannot collect ${quote(store.root)}: ${what} (${why}), as one from a backup is`,
      {
        details: { guard: "older catalog", path: catalogPath },
        hint: 'Use the newer one; if this one is to stay, run "catalog init --adopt" and look through what is reported then.',
      },
    );
  }

  #refuseStrangers({ ownId, others }: Markers): void {
    const { store } = this.#context;
    for (const id of this.#catalogAt.keys()) {
      if (others.some(({ name }) => name === id)) continue;
      const what = id === ownId ? "is the one that collects" : "is none of those that use it";
      throw new CatalogError("REFUSED", `Cannot collect ${quote(store.root)}: catalog ${quote(id)} ${what}`, {
        details: { guard: "other catalog" },
        hint: `Those that use it: ${others.map(({ name }) => name).join(", ") || "no other"}.`,
      });
    }
  }

  #ownMember(id: string, marker: RootMarker | undefined): RootMember {
    const { sql, store, catalogPath } = this.#context;
    const { findKey } = this.#names(marker?.root ?? null);
    const path = catalogPath === "" ? null : catalogPath;
    return { id, isThis: true, path, sql, uriOf: (key) => store.uriOf(key), findKey };
  }

  /** How a catalog names what lies in the root, which it may reach by another mount, or reached before it was moved. */
  #names(calledRoot: string | null): Pick<RootMember, "uriOf" | "findKey"> {
    const { store } = this.#context;
    const { root } = store;
    if (calledRoot === null || calledRoot === root || !isAbsolutePath(calledRoot) || !isAbsolutePath(root)) {
      return { uriOf: (key) => store.uriOf(key), findKey: (uri) => store.findKey(uri) };
    }
    const findThere = (uri: string): BlobKey | undefined => {
      const path = decodePathOfUri(uri);
      if (path === undefined || !isInsidePath(calledRoot, path)) return undefined;
      return store.findKey(fileUriFromPath(`${root}/${path.slice(calledRoot.length)}`));
    };
    return {
      uriOf: (key) => fileUriFromPath(`${calledRoot}/${key}`),
      findKey: (uri) => store.findKey(uri) ?? findThere(uri),
    };
  }
}
