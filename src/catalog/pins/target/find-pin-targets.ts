import type { DocumentRecord } from "../../../core/document.ts";
import { isSha256, parseSha256 } from "../../../core/sha256.ts";
import type { StorageUri } from "../../../core/storage-uri.ts";
import type { CapabilityContext } from "../../capability-context.ts";
import { CanonicalNames } from "../../files/canonical-name.ts";
import { type ResolvedThing, type ResolveOptions, resolveThing } from "../../find/resolve-thing.ts";
import { type Pin, type PinKey, type PinTarget, pinFromRow } from "../pin.ts";
import { selectPin, selectPinnedHashes } from "../pin-rows-statements.ts";
import { isKnownHash, lookUpPlace } from "./known-things.ts";

/** Options of `findPinTargets`. */
export interface FindPinTargetsOptions extends ResolveOptions {}

/** Something that a word means. */
export interface FoundPinTarget {
  /** What it is, for `pin` and `unpin`. */
  readonly target: PinTarget;
  /** The same, as a pin on it has it. */
  readonly key: PinKey;
  /** Whether the catalog knows it: there is something to pin. */
  readonly isKnown: boolean;
  /** The pin on it, or `null`. */
  readonly pin: Pin | null;
}

/** What is known of a {@link PinKey}, before it is asked whether a pin is on it. */
type Candidate = PinKey & { readonly isKnown: boolean };

/** What a word can mean that is there to be pinned, or is pinned. */
export async function findPinTargets(
  context: CapabilityContext,
  word: string,
  options: FindPinTargetsOptions,
): Promise<readonly FoundPinTarget[]> {
  const names = new CanonicalNames({ fs: context.fs, store: context.placing?.store });
  const found = await resolveThing({ sql: context.sql, names }, word, options);
  const whole = [
    ...listNamed(found),
    ...(await listHashes(context, found, options)),
    ...(await listPlaces(context, { found, names }, options)),
  ];
  const targets = await addPins(context, [...whole, ...listOthers(found, whole)], options);
  if (targets.length > 0) return targets;
  return addPins(context, await listStarted(context, found, options), options);
}

/** The row and the artifact that have the word for a name. */
function listNamed({ sought, documents }: ResolvedThing): readonly Candidate[] {
  const { id } = sought;
  const row = { kind: "document", target: String(id), isKnown: documents.some((each) => each.id === id) } as const;
  const artifacts = sought.names.map((name): Candidate => {
    return { kind: "artifact", target: name, isKnown: documents.some(({ artifactId }) => artifactId === name) };
  });
  return [...(id === undefined ? [] : [row]), ...artifacts];
}

/** The word as a whole hash. */
async function listHashes(
  context: CapabilityContext,
  { sought: { hash } }: ResolvedThing,
  options: FindPinTargetsOptions,
): Promise<readonly Candidate[]> {
  if (!isSha256(hash)) return [];
  return [{ kind: "sha256", target: hash, isKnown: await isKnownHash(context, hash, options) }];
}

/** The places that the word is. */
async function listPlaces(
  context: CapabilityContext,
  { found, names }: { readonly found: ResolvedThing; readonly names: CanonicalNames },
  options: FindPinTargetsOptions,
): Promise<readonly Candidate[]> {
  const candidates: Candidate[] = [];
  for (const place of found.places) {
    const { isKnown } = await lookUpPlace(context, { place, names }, options);
    candidates.push({ kind: "uri", target: place.uri, isKnown });
  }
  return candidates;
}

/** The documents that came from the URL or file that the word is. */
function listOthers({ sought, documents }: ResolvedThing, whole: readonly Candidate[]): readonly Candidate[] {
  const known = new Set(whole.flatMap(({ target, isKnown }) => (isKnown ? [target] : [])));
  const isMeant = ({ id, artifactId, sha256, storageUri }: DocumentRecord): boolean =>
    [String(id), artifactId, sha256, storageUri].some((each) => each !== null && known.has(each));
  const isOfStart = ({ sha256 }: DocumentRecord): boolean => {
    return sought.hash !== undefined && sha256?.startsWith(sought.hash) === true;
  };
  return documents
    .filter((document) => !isMeant(document) && !isOfStart(document))
    .map(({ id }) => ({ kind: "document", target: String(id), isKnown: true }));
}

/** The hashes that begin with the word: of rows, of what is on record, and those that are pinned. */
async function listStarted(
  { sql }: CapabilityContext,
  { sought: { hash }, documents, variants, removals }: ResolvedThing,
  options: FindPinTargetsOptions,
): Promise<readonly Candidate[]> {
  if (hash === undefined) return [];
  const all = [...documents, ...variants, ...removals].flatMap(({ sha256 }) => (sha256 === null ? [] : [sha256]));
  const known = new Set<string>(all.filter((each) => each.startsWith(hash)));
  const pinned = (await sql.query(selectPinnedHashes(hash), options)).map(([target]) => String(target));
  return [...new Set([...known, ...pinned])].sort().map((target) => {
    return { kind: "sha256", target, isKnown: known.has(target) };
  });
}

/** Those that are there, or pinned. */
async function addPins(
  { sql }: CapabilityContext,
  candidates: readonly Candidate[],
  options: FindPinTargetsOptions,
): Promise<readonly FoundPinTarget[]> {
  const targets: FoundPinTarget[] = [];
  for (const { kind, target, isKnown } of candidates) {
    const key = { kind, target };
    const [row] = await sql.query(selectPin(key), options);
    if (isKnown || row !== undefined) {
      targets.push({ target: targetOf(key), key, isKnown, pin: row === undefined ? null : pinFromRow(row) });
    }
  }
  return targets;
}

function targetOf({ kind, target }: PinKey): PinTarget {
  if (kind === "document") return { document: Number(target) };
  if (kind === "artifact") return { artifact: target };
  return kind === "sha256" ? { sha256: parseSha256(target) } : { uri: target as StorageUri };
}
