import type { BlobKey } from "../../../core/naming/blob-key.ts";
import { policyKeys } from "../../../core/naming/layout.ts";
import type { Sha256 } from "../../../core/sha256.ts";
import type { StorageUri } from "../../../core/storage-uri.ts";
import { isCatalogError } from "../../../errors.ts";
import type { BlobStore, TakenBlob } from "../../../ports/blob-store.ts";
import { isCasName } from "../../collect/find/claims-of-ours.ts";
import type { NamedPlace } from "../../files/canonical-name.ts";
import type { RestoreClaims, RestoreContext } from "../restore-context.ts";
import type { SoughtBytes } from "./find-bytes.ts";

/** Bytes that are to have their place again. */
export interface BytesToBring extends SoughtBytes {
  /** The place that they had. */
  readonly place: NamedPlace;
  /** What they hash to, as far as it is known: other names are made of it. */
  readonly sha256: Sha256 | null;
  /** How they came there: `placed`, ..., or `null`. */
  readonly origin: string | null;
}

/** Bytes that are where a row may name them. */
export interface BroughtBytes {
  /** Where that is. */
  readonly place: NamedPlace;
  /** How many they are. */
  readonly bytes: number;
  /** Whether they lay there, or come from the trash. */
  readonly from: "place" | "trash";
  /** From which run they were taken, if they were. */
  readonly run: string | undefined;
}

/** Why bytes are not brought; `overtaken`: somebody else dealt with them at this moment. */
export type NotBrought = "held" | "nowhere" | "overtaken";

/**
 * Makes sure that bytes are where a row may name them: where they lie still, else out of the trash; under another name
 * where others have theirs. Each name has a lease before anybody looks at it. Where nothing is to be done, it says what
 * would be.
 */
export async function bringBytes(
  context: RestoreContext,
  claims: RestoreClaims,
  wanted: BytesToBring,
): Promise<BroughtBytes | NotBrought> {
  const { place } = wanted;
  const found = await context.bytes.find(place, wanted);
  if (found.where === "place") return { place, bytes: found.bytes, from: "place", run: undefined };
  if (found.where === "nowhere") return (await findUnderOtherName(context, claims, wanted)) ?? "nowhere";
  if (found.where !== "trash") return found.where;
  try {
    return await bringFromTrash(context, claims, { ...wanted, taken: found.taken });
  } catch (error) {
    if (!isCatalogError(error, "NOT_FOUND")) throw error;
    context.bytes.forget();
    return "overtaken";
  }
}

/**
 * Bytes under another name than theirs, to which a restoration brought them that ended before their row was there. Only a
 * hash proves that.
 */
async function findUnderOtherName(
  context: RestoreContext,
  claims: RestoreClaims,
  wanted: BytesToBring,
): Promise<BroughtBytes | undefined> {
  const { place, sha256, bytes, origin } = wanted;
  const store = context.placing?.store;
  if (store === undefined || place.key === undefined || sha256 === null) return undefined;
  for (const key of policyKeys(place.key, sha256)) {
    if (key === place.key) continue;
    const to = await context.names.locate(store.uriOf(key));
    // Where nobody has the name there is none after it either.
    if ((await store.stat(key)) === undefined) return undefined;
    await claims.add([{ place: to, origin, sha256, bytes }]);
    const there = await context.bytes.find(to, wanted);
    if (there.where === "place") return { place: to, bytes: there.bytes, from: "place", run: undefined };
  }
  return undefined;
}

type TakenBytes = BytesToBring & { readonly taken: TakenBlob };

async function bringFromTrash(
  context: RestoreContext,
  claims: RestoreClaims,
  wanted: TakenBytes,
): Promise<BroughtBytes | NotBrought> {
  const { place, taken, sha256, bytes, origin } = wanted;
  const store = context.placing?.store;
  if (store === undefined || place.key === undefined) return "nowhere";
  for (const key of policyKeys(place.key, sha256)) {
    const to = key === place.key ? place : await context.names.locate(store.uriOf(key));
    await claims.add([{ place: to, origin, sha256, bytes }]);
    if (await giveBack(context, { store, claims, to: { ...to, key } }, wanted)) {
      if (context.apply) context.bytes.remove(taken);
      return { place: to, bytes: taken.stat.sizeBytes, from: "trash", run: taken.run };
    }
    // Another restoration may have brought the same bytes there.
    const there = sha256 === null ? undefined : await context.bytes.find(to, wanted);
    if (there?.where === "place") return { place: to, bytes: there.bytes, from: "place", run: undefined };
  }
  return "nowhere";
}

/** Gives a blob one name; `false` when somebody has it. */
async function giveBack(
  { apply }: RestoreContext,
  at: {
    readonly store: BlobStore;
    readonly claims: RestoreClaims;
    readonly to: NamedPlace & { readonly key: BlobKey };
  },
  { place, taken, origin }: TakenBytes,
): Promise<boolean> {
  const { store, claims, to } = at;
  if (!apply) return isFreeFor(store, to.key, taken);
  const lease = claims.find(to.uri);
  // Before they have the name: a kill in between leaves on record whose they are.
  if (origin === "placed") lease?.identify(isCasName(to.key) ? null : taken.stat.identity);
  const became = await store.giveBack(taken, to.key === place.key ? {} : { to: to.key });
  if (became === "taken") lease?.identify(undefined);
  return became === "back";
}

/** Whether a name could be given to a blob: nobody has it, or the run that took the blob keeps it. */
async function isFreeFor(store: BlobStore, key: BlobKey, taken: TakenBlob): Promise<boolean> {
  if (await store.isKept(key)) return !taken.kept && key === taken.key;
  try {
    return (await store.stat(key)) === undefined;
  } catch (error) {
    if (isCatalogError(error, "REFUSED")) return false;
    throw error;
  }
}

/** Where bytes were, if they are elsewhere now; else `null`. */
export function formerUri(wanted: { readonly place: NamedPlace }, { place }: BroughtBytes): StorageUri | null {
  return place.uri === wanted.place.uri ? null : wanted.place.uri;
}
