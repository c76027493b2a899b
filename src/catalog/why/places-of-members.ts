import type { StorageUri } from "../../core/storage-uri.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import type { CallOptions } from "../call-options.ts";
import type { CanonicalNames, NamedPlace } from "../files/canonical-name.ts";
import { findPlaceTexts } from "../find/place-texts.ts";
import type { ReadableMembers } from "../root/root-members.ts";

/** The catalogs of a root that can be asked, this one among them, and those that cannot. */
export type MembersOfRoot = ReadableMembers;

/** What there is without a root. */
export const NO_MEMBERS: MembersOfRoot = { members: [], unreadable: [] };

/** A catalog that is asked about places. */
export interface AskedCatalog {
  /** Its id; `null` for the one that explains. */
  readonly id: string | null;
  /** Where it is, as far as that matters. */
  readonly path: string | null;
  /** What it says. */
  readonly sql: SqlEngine;
  /** Which tables it has. */
  readonly schemaVersion: number;
  /** By which texts its rows, leases and lines name each place, by the canonical one. */
  readonly texts: ReadonlyMap<StorageUri, readonly string[]>;
}

/** What {@link askOthers} works with. */
export interface AskContext {
  /** The catalog that explains. */
  readonly sql: SqlEngine;
  /** Tells which place a text means. */
  readonly names: CanonicalNames;
}

/** The catalog that explains, and by which texts it names places. */
export async function askOwn(
  { sql, names }: AskContext,
  places: readonly NamedPlace[],
  options: CallOptions,
): Promise<AskedCatalog> {
  const texts = await findPlaceTexts({ sql, names }, places, options);
  const { schemaVersion } = await sql.describe();
  return { id: null, path: null, sql, schemaVersion, texts: new Map([...texts].map(([uri, all]) => [uri, [...all]])) };
}

/** The other catalogs of the root, and by which texts they name those of the places that lie in it. */
export async function askOthers(
  { names }: Pick<AskContext, "names">,
  about: { readonly root: MembersOfRoot; readonly places: readonly NamedPlace[] },
  options: CallOptions,
): Promise<readonly AskedCatalog[]> {
  const shared = about.places.filter(({ key }) => key !== undefined);
  const asked: AskedCatalog[] = [];
  for (const { id, path, sql, isThis, uriOf } of about.root.members) {
    if (isThis) continue;
    const found = await findPlaceTexts({ sql, names }, shared, options);
    const texts = new Map<StorageUri, readonly string[]>();
    for (const { uri, key } of shared) {
      const all = new Set(found.get(uri));
      if (key !== undefined) all.add(uriOf(key));
      texts.set(uri, [...all]);
    }
    const { schemaVersion } = await sql.describe();
    asked.push({ id, path, sql, schemaVersion, texts });
  }
  return asked;
}

/** The canonical text of each text by which a catalog names places. */
export function canonicalTexts({ texts }: AskedCatalog): ReadonlyMap<string, StorageUri> {
  const canonical = new Map<string, StorageUri>();
  for (const [uri, all] of texts) for (const text of all) canonical.set(text, uri);
  return canonical;
}
