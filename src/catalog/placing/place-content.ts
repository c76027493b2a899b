import type { ParsedRegistration } from "../../core/document.ts";
import { quote } from "../../core/messages/quote.ts";
import type { BlobKey } from "../../core/naming/blob-key.ts";
import { casKey, policyKeys } from "../../core/naming/layout.ts";
import { renderPath } from "../../core/naming/path-template.ts";
import type { Sha256 } from "../../core/sha256.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import { CatalogError } from "../../errors.ts";
import type { BlobStat } from "../../ports/blob-store.ts";
import { withLock } from "../concurrency/with-lock.ts";
import { acquireLease, type Lease } from "../leases/lease.ts";
import { selectOwnFile } from "../origins/origin-statements.ts";
import { type Damage, makeEvidence } from "../quarantine/make-evidence.ts";
import { countDamage } from "../telemetry/count-damage.ts";
import { findDamage, requiresReading } from "./find-damage.ts";
import { findExistingCopies } from "./find-existing-copies.ts";
import type { PlacingContext } from "./placing-context.ts";
import { selectOtherNamed } from "./placing-statements.ts";
import { isSameState, type StagedContent } from "./stage-content.ts";

/**
 * How bytes came to where they are:
 * - `stored`: they were written
 * - `linked`, `cloned`: they were stored elsewhere under the root, and got a second name, or share the device's blocks
 * - `dedup`: they were there already
 * - `none`: they were not stored, as the key has others and keeps them
 */
export type Placement = "stored" | "linked" | "cloned" | "dedup" | "none";

/** Where bytes are. */
export interface PlacedContent {
  /** Where they are now, as their row will say. */
  readonly uri: StorageUri;
  /** How they came there. */
  readonly placement: Exclude<Placement, "none">;
  /** `undefined` for bytes that are stored outside of the root. */
  readonly key: BlobKey | undefined;
  /** Keeps the blob until its row is there. */
  readonly lease: Lease;
}

/** Bytes with what will be registered about them. */
export interface PlacingRequest {
  /** The bytes, which wait for their place. */
  readonly content: StagedContent;
  /** What is registered; its URI, hash and size are those of nothing yet. */
  readonly document: ParsedRegistration;
  /** For the placeholder `{basename}`; `undefined`: the last name in the path of the source URL. */
  readonly basename: string | undefined;
  /** For the placeholder `{ext}` of a name without one; `undefined` where the bytes do not tell. */
  readonly sniffedExtension: string | undefined;
  /** The bytes are gone afterwards from where they came, so that a hit has to be proven by reading it. */
  readonly isLast: boolean;
  /** A name that is made for people and is somebody else's, though nothing may have it now. @default there is none */
  readonly avoid?: StorageUri | undefined;
}

/** How often a blob may be removed just when it was found. */
const ATTEMPTS = 5;

/** Gives staged bytes their place. They are durable there when it resolves. */
export async function placeContent(context: PlacingContext, request: PlacingRequest): Promise<PlacedContent> {
  const { sha256 } = request.content;
  if (context.settings.layout === "cas") {
    if (sha256 !== null) return placeByHash(context, request, sha256);
    warnAboutLayout(context);
  }
  return placeByPolicy(context, request);
}

/** Under `cas`: the name can stand for no other bytes, so what is not them makes way. */
async function placeByHash(context: PlacingContext, request: PlacingRequest, sha256: Sha256): Promise<PlacedContent> {
  const { store, settings } = context;
  const { staging } = request.content;
  const placed = await placeAtCanonicalKey(context, request, casKey(sha256, settings.casPrefix), async (key, lease) => {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const found = await store.stat(key);
      if (found === undefined) {
        const staged = await staging.finish();
        // Whose it is, its name says.
        lease.identify(null);
        if (await store.place(staged, key, { readOnly: true, sha256 })) return "stored";
        continue;
      }
      const thorough = await requiresReading(context, store.uriOf(key), request.isLast);
      const look = { key, found, content: request.content, thorough };
      const damage = await findDamage(context, look);
      if (damage === undefined) return "dedup";
      const evidence = await makeEvidence(context, { ...damage, verb: "ingest" });
      const options = { readOnly: true, sha256, found, evidence };
      const replaced = await store.replace(await staging.finish(), key, options);
      // An empty file is what a process that died left where there are no links.
      if (replaced !== "changed" && found.sizeBytes > 0) reportDamage(context, damage, found);
      if (replaced === "replaced") return "stored";
    }
    return undefined;
  });
  if (placed === undefined) throw vanishing(store.uriOf(casKey(sha256, settings.casPrefix)));
  return placed;
}

/** Tries a name: how the bytes came to have it, or `undefined` if others have it. */
type Place = (key: BlobKey, lease: Lease) => Promise<PlacedContent["placement"] | undefined>;

/**
 * Gives bytes the name that the store lists for `wanted`, so that their row names them as everybody does who lists the
 * root, and wherever that is moved to.
 */
async function placeAtCanonicalKey(
  context: PlacingContext,
  request: PlacingRequest,
  wanted: BlobKey,
  place: Place,
): Promise<PlacedContent | undefined> {
  const { store } = context;
  let first: PlacedContent["placement"] | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const placed = await leaseAndPlace(context, request, await store.canonicalKey(wanted), place);
    if (placed === undefined) return undefined;
    first ??= placed.placement;
    if (placed.isListed) return { uri: placed.uri, placement: first, key: placed.key, lease: placed.lease };
    // Somebody made it, or a folder on its way, in another case meanwhile: now that is there to be found.
    await placed.lease.release();
  }
  throw vanishing(store.uriOf(wanted));
}

/** Takes a lease of a name before it is looked at, and keeps it if the bytes got the name. */
async function leaseAndPlace(
  context: PlacingContext,
  request: PlacingRequest,
  key: BlobKey,
  place: Place,
): Promise<(PlacedContent & { readonly key: BlobKey; readonly isListed: boolean }) | undefined> {
  const { store } = context;
  const uri = store.uriOf(key);
  const { sha256, bytes } = request.content;
  const lease = await acquireLease(context.leases, { uri, origin: "placed", sha256, bytes });
  try {
    const placement = await place(key, lease);
    if (placement !== undefined) {
      await syncAndVerify(context, request, { key, placement });
      return { uri, placement, key, lease, isListed: (await store.canonicalKey(key)) === key };
    }
  } catch (error) {
    await lease.release();
    throw error;
  }
  await lease.release();
  return undefined;
}

/** Under `policy_path`: the first name that nothing has and no row names, or that has these bytes. */
async function placeByPolicy(context: PlacingContext, request: PlacingRequest): Promise<PlacedContent> {
  const { document, content, basename, sniffedExtension } = request;
  const facts = { ...document, sha256: content.sha256, basename, sniffedExtension };
  const first = renderPath(context.settings.pathTemplate, facts);
  for (const wanted of policyKeys(first, content.sha256)) {
    if (context.store.uriOf(wanted) === request.avoid) continue;
    const placed = await placeAtCanonicalKey(context, request, wanted, (key, lease) =>
      placeAt(context, request, { key, lease }),
    );
    if (placed !== undefined) return placed;
  }
  throw new CatalogError("CONFLICT", `Cannot store ${quote(first)}: all names that it could have are taken`, {
    details: { reason: "all names are taken" },
    hint: "Turn hashing on, or use a path template that tells the documents apart.",
  });
}

/** A name that is about to be looked at. */
interface LeasedName {
  readonly key: BlobKey;
  readonly lease: Lease;
}

/** Tries one name; `undefined` if other bytes have it, or a row names it for others. */
async function placeAt(
  context: PlacingContext,
  request: PlacingRequest,
  name: LeasedName,
): Promise<PlacedContent["placement"] | undefined> {
  const { store } = context;
  const { content } = request;
  const { key, lease } = name;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const found = await store.stat(key);
    if (found !== undefined) {
      if (content.sha256 === null) return undefined;
      if ((await findDamage(context, { key, found, content, thorough: true })) !== undefined) return undefined;
      if (await isOwn(context, key, found)) lease.recognize();
      return "dedup";
    }
    // What a row names stays its own, though its bytes are gone: who brings them back wants the name.
    if (await isNamedForOthers(context, key, content)) return undefined;
    const placement = await placeOrShare(context, request, name);
    if (placement !== undefined) return placement;
    // A collector has what was there and may give it back: to all others the name is taken.
    if (await store.isKept(key)) return undefined;
  }
  throw vanishing(store.uriOf(key));
}

/** Whether a row names a place for other bytes. */
async function isNamedForOthers(
  { sql, store }: PlacingContext,
  key: BlobKey,
  { sha256 }: StagedContent,
): Promise<boolean> {
  const rows = await sql?.query(selectOtherNamed(store.uriOf(key), sha256));
  return rows !== undefined && rows.length > 0;
}

/** Whether a file has its name from this catalog and got no row: its process was killed, or its lease was ended. */
async function isOwn({ sql, store }: PlacingContext, key: BlobKey, { identity }: BlobStat): Promise<boolean> {
  const rows = await sql?.query(selectOwnFile(store.uriOf(key), identity));
  return rows !== undefined && rows.length > 0;
}

async function placeOrShare(
  context: PlacingContext,
  { content }: PlacingRequest,
  { key, lease }: LeasedName,
): Promise<"stored" | "linked" | "cloned" | undefined> {
  const { store, settings, state } = context;
  const { sha256, staging, bytes, mode } = content;
  const storeAnew = async (): Promise<"stored" | undefined> => {
    const staged = await staging.finish();
    lease.identify((await store.statStaged(staged)).identity);
    if (await store.place(staged, key, { sha256: sha256 ?? undefined })) return "stored";
    lease.identify(undefined);
    return undefined;
  };
  // Empty files save nothing, and a link ties them together.
  if (!settings.hardlinkDedup || !store.capabilities.share || sha256 === null || bytes === 0) return storeAnew();
  return withLock(state.locks, sha256, async () => {
    for await (const existing of findExistingCopies(context, { sha256, bytes })) {
      const shared = await store.share(existing, key, { mode });
      if (shared === "taken") return undefined;
      if (shared === "impossible") continue;
      lease.identify((await store.stat(key))?.identity);
      return shared;
    }
    const stored = await storeAnew();
    if (stored !== undefined) state.inFlight.set(sha256, key);
    return stored;
  });
}

/** Makes the place durable, and looks at the bytes once more if that is wanted. */
async function syncAndVerify(
  context: PlacingContext,
  { content }: PlacingRequest,
  placed: { key: BlobKey; placement: PlacedContent["placement"] },
): Promise<void> {
  const { store, settings } = context;
  const { key, placement } = placed;
  await store.syncName(key);
  // A hit was looked at when it was found, and so was what a link leads to.
  if (placement === "dedup" || placement === "linked") return;
  const isOurs = placement === "stored" && content.hashedAs !== undefined;
  if (!settings.verifyOnRegister && !isOurs) return;
  const found = await store.stat(key);
  if (found === undefined) throw vanishing(store.uriOf(key));
  // A file that somebody else has open may have been written to since it was hashed.
  const isUntouched = !isOurs || isSameState(found, content.hashedAs);
  if (isUntouched && !settings.verifyOnRegister) return;
  const damage = await findDamage(context, { key, found, content, thorough: true });
  if (damage === undefined) return;
  const evidence = await makeEvidence(context, { ...damage, verb: "ingest" });
  if ((await store.setAside(key, { found, evidence })) !== undefined) reportDamage(context, damage, found);
  throw damaged(damage);
}

function reportDamage(context: PlacingContext, damage: Damage, found: BlobStat): void {
  countDamage(context, damage, found);
  context.logger.log("error", "Damaged bytes went to quarantine", { uri: damage.uri, reason: damage.reason });
}

function damaged(damage: Damage): CatalogError {
  const actual = damage.actual.sha256 ?? "";
  const expected = damage.expected.sha256 ?? "";
  const what = damage.reason === "size_mismatch" ? `${damage.actual.bytes} bytes are there` : `they hash to ${actual}`;
  return new CatalogError("INTEGRITY", `Cannot register ${quote(damage.uri)}: its bytes came back wrong, ${what}`, {
    details: { expected, actual, path: damage.uri },
    hint: "Check the disk; the bytes and what was found are in the folder .quarantine of the root.",
  });
}

function vanishing(uri: StorageUri): CatalogError {
  const reason = "the blob was removed by others each time it was looked at";
  return new CatalogError("CONFLICT", `Cannot store ${quote(uri)}: ${reason}`, {
    details: { reason },
    hint: "Make sure that nothing else cleans up in the root, and try again.",
  });
}

function warnAboutLayout({ state, logger }: PlacingContext): void {
  if (state.warnedAboutLayout) return;
  state.warnedAboutLayout = true;
  logger.log("warn", "The layout cas needs hashes and hashing is off: bytes are stored by the path template");
}
