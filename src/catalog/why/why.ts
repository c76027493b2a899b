import type { DocumentRecord, VariantRecord } from "../../core/document.ts";
import type { CapabilityContext } from "../capability-context.ts";
import { CanonicalNames, type NamedPlace } from "../files/canonical-name.ts";
import { type ResolvedThing, type ResolveOptions, resolveThing } from "../find/resolve-thing.ts";
import { endOfPrefix } from "../records/columns.ts";
import { variantFromRow } from "../records/rows.ts";
import { RootMembers } from "../root/root-members.ts";
import { selectTrashByHash } from "../trash/trash-statements.ts";
import { selectVariants } from "../variants/variants-statements.ts";
import { explainPlaces } from "./explain-places.ts";
import { explainTombstones } from "./explain-tombstones.ts";
import type { Explanation, RemovalFact, UnreadableMember } from "./explanation.ts";
import { distinctPins, findPinsByHash } from "./find-pins-of.ts";
import { type MembersOfRoot, NO_MEMBERS } from "./places-of-members.ts";
import { selectLeasedByHash } from "./why-statements.ts";

/** Options of `why`. */
export interface WhyOptions extends ResolveOptions {
  /** For how long bytes must be unreferenced before they may be collected, in days. @default as it was opened */
  readonly orphanTtlDays?: number | undefined;
  /** Where catalogs are, by id, that are not where the root has seen them. @default they are there */
  readonly catalogAt?: ReadonlyMap<string, string> | undefined;
}

/** Explains what keeps something, what will become of it, and what became of it. */
export async function why(context: CapabilityContext, target: string, options: WhyOptions): Promise<Explanation> {
  const store = context.placing?.store;
  const names = new CanonicalNames({ fs: context.fs, store });
  const found = await resolveThing({ sql: context.sql, names }, target, options);
  const variants = await addVariants(context, found, options);
  const places = await listPlaces(context, { found, variants, names }, options);
  const { members, close } = openMembers(context, options);
  try {
    const root = await members();
    const { orphanTtlDays = context.keeping.orphanTtlDays } = options;
    const explained = await explainPlaces({ ...context, store, names, root, orphanTtlDays }, places, options);
    const removals = await mergeRemovals(found, explained.removals, names);
    const tombstones = await explainTombstones(context.sql, { found, removals }, options);
    const isPlaceKnown = explained.places.some((each) => each.isKnown);
    const ofHash = await findPinsByHash(context.sql, found.sought.hash, options);
    const pins = distinctPins([...explained.places.flatMap(({ place }) => place.pins), ...ofHash]);
    const isKnown = isPlaceKnown || found.documents.length + variants.length + removals.length + pins.length > 0;
    // What nobody knows is worth a word where there is nothing else to say.
    const shown = explained.places.filter((each) => (isKnown ? each.isKnown : each.place.bytes !== null));
    return {
      target: found.sought.word,
      isKnown,
      documents: found.documents,
      variants,
      places: shown.map(({ place }) => place),
      pins,
      removals,
      tombstones,
      unreadable: root.unreadable.map(
        ({ id, path, reason }): UnreadableMember => ({ catalogId: id, catalogPath: path, reason }),
      ),
    };
  } finally {
    await close();
  }
}

/** The variants that were found, and all of the documents that were. */
async function addVariants(
  { sql }: CapabilityContext,
  { documents, variants }: ResolvedThing,
  options: WhyOptions,
): Promise<readonly VariantRecord[]> {
  const all = new Map(variants.map((variant) => [variant.id, variant]));
  for (const { id } of documents) {
    for (const row of await sql.query(selectVariants(id), options)) {
      const variant = variantFromRow(row);
      all.set(variant.id, variant);
    }
  }
  return [...all.values()].sort((one, other) => one.id - other.id);
}

/** Every place that is concerned, by URI: what the word itself is, and what rows, lines and leases name that are about it. */
async function listPlaces(
  { sql }: CapabilityContext,
  about: {
    readonly found: ResolvedThing;
    readonly variants: readonly VariantRecord[];
    readonly names: CanonicalNames;
  },
  options: WhyOptions,
): Promise<readonly NamedPlace[]> {
  const { found, variants, names } = about;
  const places = new Map(found.places.map((place) => [place.uri, place]));
  const texts: string[] = [...found.documents, ...variants].map(
    ({ storageUri }: DocumentRecord | VariantRecord) => storageUri,
  );
  texts.push(...found.removals.map(({ uri }) => uri));
  const { hash } = found.sought;
  if (hash !== undefined) {
    for (const statement of [selectLeasedByHash(hash), selectTrashByHash(hash, endOfPrefix(hash))]) {
      texts.push(...(await sql.query(statement, options)).map(([uri]) => String(uri)));
    }
  }
  for (const text of new Set(texts)) {
    if (text === "") continue;
    const place = await names.locate(text as NamedPlace["uri"]);
    places.set(place.uri, place);
  }
  return [...places.values()].sort((one, other) => (one.uri < other.uri ? -1 : 1));
}

/** The catalogs of the root, if there is one. */
function openMembers(
  { placing, sql }: CapabilityContext,
  { catalogAt }: WhyOptions,
): { readonly members: () => Promise<MembersOfRoot>; readonly close: () => Promise<void> } {
  if (placing === undefined) return { members: async () => NO_MEMBERS, close: async () => {} };
  const { catalogPath } = placing.settings;
  const members = new RootMembers({ ...placing, sql, catalogPath }, { catalogAt });
  return { members: () => members.listReadable(), close: () => members.close() };
}

/** What was found by the word, and what happened at the places: an own line that both have once. */
async function mergeRemovals(
  { removals }: ResolvedThing,
  ofPlaces: readonly RemovalFact[],
  names: CanonicalNames,
): Promise<readonly RemovalFact[]> {
  const all = [...ofPlaces];
  const known = new Set(ofPlaces.flatMap(({ id, catalogId }) => (catalogId === null ? [id] : [])));
  for (const record of removals) {
    if (known.has(record.id)) continue;
    const place = record.uri === "" ? null : (await names.locate(record.uri)).uri;
    all.push({ ...record, catalogId: null, place });
  }
  return all.sort((one, other) => compare(one.removedAt, other.removedAt) || one.id - other.id);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
