import { quote } from "../../../core/messages/quote.ts";
import { parseSha256 } from "../../../core/sha256.ts";
import type { BlobStore, TakenBlob } from "../../../ports/blob-store.ts";
import type { NamedPlace } from "../../files/canonical-name.ts";
import { LEASE_ATTEMPTS } from "../../leases/until-registered.ts";
import { hashBlob } from "../../placing/stage-content.ts";
import { findTrashLines, lineOf } from "../../trash/list-trash.ts";
import { findingOf } from "../describe-finding.ts";
import type { WantedBytes } from "../find-wanted.ts";
import { RestoreClaims, type RestoreContext } from "../restore-context.ts";
import { staleTrash } from "../rows/restore-facts.ts";
import { type BroughtBytes, bringBytes, formerUri } from "./bring-bytes.ts";

/** Brings bytes back for which no row is on record: they are where they were, and nothing refers to them. */
export async function restoreBytes(context: RestoreContext, wanted: WantedBytes): Promise<void> {
  const place = await context.names.locate(wanted.uri);
  if (place.key === undefined || context.handled.has(place.uri)) return;
  context.handled.add(place.uri);
  for (let attempt = 1; attempt <= LEASE_ATTEMPTS; attempt++) {
    if (await restoreOnce(context, { ...wanted, place })) return;
  }
  tellMissing(context, wanted, "held");
}

/** One attempt: whether it is done. */
async function restoreOnce(
  context: RestoreContext,
  wanted: WantedBytes & { readonly place: NamedPlace },
): Promise<boolean> {
  const { place, origin } = wanted;
  const claims = new RestoreClaims(context);
  try {
    await claims.add([{ place, origin, sha256: null, bytes: null }]);
    const newest = await findNewest(context, wanted);
    const hash: string | undefined = newest?.hash ?? wanted.hash;
    const bytes = newest?.bytes ?? null;
    const sha256 = hash?.length === 64 ? parseSha256(hash) : null;
    const brought = await bringBytes(context, claims, { place, bytes, hash, sha256, origin });
    if (brought === "overtaken") return false;
    if (typeof brought === "string") tellMissing(context, wanted, brought);
    else await conclude(context, { place }, brought);
    return true;
  } finally {
    await claims.release();
  }
}

/** The hash and size of what was put into the trash last, of what may be given back and has the hash that is wanted. */
async function findNewest(
  context: RestoreContext,
  { place, hash: start }: WantedBytes & { readonly place: NamedPlace },
): Promise<{ readonly hash: string; readonly bytes: number } | undefined> {
  const store = context.placing?.store;
  if (store === undefined || place.key === undefined) return undefined;
  for (const taken of await sortByAge(context, store, await context.bytes.listFree(place.key))) {
    const hash = await hashBlob(context, store, taken.at);
    if (hash?.startsWith(start ?? "")) return { hash, bytes: taken.stat.sizeBytes };
  }
  return undefined;
}

async function sortByAge(
  { sql }: RestoreContext,
  store: BlobStore,
  blobs: readonly TakenBlob[],
): Promise<readonly TakenBlob[]> {
  if (blobs.length < 2) return blobs;
  const lines = await findTrashLines(sql, [...new Set(blobs.map(({ key }) => store.uriOf(key)))]);
  const timeOf = (taken: TakenBlob): string => lineOf(lines, store, taken)?.trashedAt ?? "";
  return [...blobs].sort((one, other) => (timeOf(one) < timeOf(other) ? 1 : -1));
}

async function conclude(
  context: RestoreContext,
  wanted: { readonly place: NamedPlace },
  brought: BroughtBytes,
): Promise<void> {
  const { apply, sql, tally } = context;
  if (apply) {
    const stale = await staleTrash(context, wanted.place, brought);
    if (stale.length > 0) await sql.batch(stale, { durable: false });
  }
  if (brought.from === "place") return;
  const { place, bytes, from } = brought;
  const nothing = { document: null, variant: null, removedBefore: null };
  tally.restored({ uri: place.uri, bytes, from, formerUri: formerUri(wanted, brought), ...nothing });
}

/** What was never there is no finding. */
function tellMissing({ tally }: RestoreContext, { uri, isGone }: WantedBytes, why: "held" | "nowhere"): void {
  if (why === "held") {
    const message = `Cannot restore the bytes at ${quote(uri, 1000)}: a collector decides about them at this moment`;
    tally.finding(findingOf({ kind: "held", message, uri }));
  } else if (isGone) {
    const message = `Cannot restore the bytes at ${quote(uri, 1000)}: they are neither there nor in the trash, or cannot be read`;
    tally.finding(findingOf({ kind: "no_bytes", message, uri }));
  }
}
