import { quote } from "../../core/messages/quote.ts";
import { CatalogError } from "../../errors.ts";
import type { CapabilityContext } from "../capability-context.ts";
import { storelessError } from "../disabled.ts";
import { findCatalogId } from "../meta/catalog-id.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import { lookAtCatalog } from "./catalog-at.ts";
import type { RootEntry } from "./root-entry.ts";
import { parseRootMarker } from "./root-marker.ts";

/** A catalog that uses the root, as its marker says. */
export interface RootCatalog {
  /** Its id, which names the marker; `memory` for all that are nowhere but in memory. */
  readonly id: string;
  /** Whether it is this one. */
  readonly isThis: boolean;
  /** The marker cannot be read: nothing else is known, and nothing is to be collected. */
  readonly isDamaged: boolean;
  /** Path or URL without credentials; `null` in memory, and where it is not known. */
  readonly path: string | null;
  /** The root as that catalog calls it; `null` where it is not known. */
  readonly root: string | null;
  /** How many commits the root has seen of it; `null` where that is not known. */
  readonly sequence: number | null;
  /** UTC (RFC 3339); `null` where it is not known. */
  readonly seenAt: string | null;
}

/** What {@link RootCapability.describeRoot} tells. */
export interface RootStatus {
  /** The id of this catalog; `undefined` where it has none yet, as it was only opened to read. */
  readonly catalogId: string | undefined;
  /** A path, or a URI without credentials. */
  readonly root: string;
  /** Whether this catalog is older than the root has seen it, as one from a backup; see {@link RootCapability.adoptRoot}. */
  readonly isOlder: boolean;
  /** The catalogs that use it, by id: this one from the first row on that names anything there. */
  readonly catalogs: readonly RootCatalog[];
}

/** Which catalogs use the root, and who is who. */
export interface RootCapability {
  /** Which catalogs use the root. */
  describeRoot(): Promise<RootStatus>;
  /**
   * Enters the catalog in its root if a row names anything there; that happens by itself with the first one, so this is
   * for a marker that was lost.
   * @throws {CatalogError} REFUSED for a copy that has the id of another catalog; what the store throws
   */
  enterRoot(): Promise<void>;
  /**
   * Drops the marker of a catalog that is gone for good: from then on its rows keep nothing in the root.
   * @throws {CatalogError} NOT_FOUND for an id without a marker; REFUSED for this catalog, and for one that is there, or
   * of which nobody can tell
   */
  forgetCatalog(id: string): Promise<void>;
  /** Gives a copy of a catalog an id of its own, and enters it in its root. Gives the new id. */
  renewCatalogId(): Promise<string>;
  /** Lets a catalog that was restored from a backup take part again: the root sees it as it is now. */
  adoptRoot(): Promise<void>;
}

/** The methods of {@link RootCapability}. */
export function createRootCapability(context: CapabilityContext): RootCapability {
  const require = (): { readonly placing: PlacingContext; readonly root: RootEntry } => {
    const placing = context.requirePlacing();
    if (placing.root === undefined) throw storelessError();
    return { placing, root: placing.root };
  };
  return {
    describeRoot: async () => {
      if (context.placing === undefined) throw storelessError();
      return describeRoot(context, context.placing);
    },
    enterRoot: async () => require().root.enterIfNamed(),
    forgetCatalog: async (id) => {
      const { placing } = require();
      await forgetCatalog(context, placing, id);
    },
    renewCatalogId: async () => {
      const { root } = require();
      const id = context.entropy.nonce();
      await root.rename(id);
      return id;
    },
    adoptRoot: async () => require().root.adopt(),
  };
}

async function describeRoot({ sql }: CapabilityContext, { store, root }: PlacingContext): Promise<RootStatus> {
  const catalogId = await findCatalogId(sql);
  const catalogs: RootCatalog[] = [];
  for (const found of await store.markers.list()) {
    const marker = parseRootMarker(found);
    const { path = null, root = null, sequence = null, seenAt = null } = marker ?? {};
    const { name: id } = found;
    catalogs.push({ id, isThis: id === catalogId, isDamaged: marker === undefined, path, root, sequence, seenAt });
  }
  catalogs.sort((one, other) => (one.id < other.id ? -1 : 1));
  return { catalogId, root: store.root, isOlder: (await root?.isOlder()) === true, catalogs };
}

async function forgetCatalog(context: CapabilityContext, { store }: PlacingContext, id: string): Promise<void> {
  const found = isMarkerName(id) ? await store.markers.read(id) : undefined;
  if (found === undefined) {
    throw new CatalogError(
      "NOT_FOUND",
      `Cannot forget catalog ${quote(id)}: the root ${quote(store.root)} knows none`,
      {
        details: { what: "catalog" },
        hint: "Give the id of one that it knows, as a file in the folder .content-catalog of the root is called.",
      },
    );
  }
  if (id === (await findCatalogId(context.sql))) throw inUse(id, "it is this one");
  const path = parseRootMarker(found)?.path;
  if (path !== undefined && path !== null) {
    const there = await lookAtCatalog(context, path, id);
    if (there.what === "same") throw inUse(id, `it is at ${quote(path)}`);
    if (there.what === "unknown") throw inUse(id, `it may be at ${quote(path)}: ${there.reason}`);
  }
  await store.markers.drop(id);
}

function isMarkerName(id: string): boolean {
  return /^[^./\0][^/\0]*$/.test(id);
}

function inUse(id: string, where: string): CatalogError<"REFUSED"> {
  return new CatalogError("REFUSED", `Cannot forget catalog ${quote(id)}: ${where}`, {
    details: { guard: "other catalog" },
    hint: "Forget only one that is gone for good; what it keeps in the root would be taken for nobody's.",
  });
}
