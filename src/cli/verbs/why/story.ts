import type { Tombstone } from "../../../catalog/tombstones/tombstone.ts";
import type { TrashedBlob } from "../../../catalog/trash/trashed-blob.ts";
import type {
  Explanation,
  KeepingCatalog,
  LeaseFact,
  OrphanFact,
  PinFact,
  PlaceExplanation,
  RemovalFact,
} from "../../../catalog/why/explanation.ts";
import type { DocumentRecord, VariantRecord } from "../../../core/document.ts";
import { tellPin } from "../../documents/pin-part.ts";
import { formatCount, formatSize, formatTime } from "../../output/human-text.ts";
import { tellVerified } from "./tell-verified.ts";

/** What is known, as lines for people: each place, what keeps it, what becomes of it, and what happened there. */
export function tellStory(explanation: Explanation, nowMs: number): readonly string[] {
  const lines: string[] = [];
  const named = new Map(explanation.documents.map((each) => [each.id, each]));
  for (const place of explanation.places) for (const each of place.documents) named.set(each.id, each);
  for (const place of explanation.places) {
    if (lines.length > 0) lines.push("");
    const happened = explanation.removals.filter((each) => each.place === place.uri);
    lines.push(...tellPlace(place, { named, happened, nowMs }).map((line, at) => (at === 0 ? line : `  ${line}`)));
  }
  const homeless = explanation.removals.filter(({ place }) => place === null);
  if (homeless.length > 0) lines.push("", "Of rows whose place could not be read:");
  lines.push(...homeless.map((each) => `  ${tellRemoval(each)}`));
  const elsewhere = explanation.pins.filter(
    (pin) => !explanation.places.some(({ pins }) => pins.some((each) => isSame(each, pin))),
  );
  if (elsewhere.length > 0 && lines.length > 0) lines.push("");
  lines.push(...elsewhere.map(tellHold));
  if (explanation.tombstones.length > 0)
    lines.push("", "Removed on purpose, so imports and added folders pass over it:");
  lines.push(...explanation.tombstones.map((each) => `  ${tellTombstone(each)}`));
  return lines;
}

function isSame(one: PinFact, other: PinFact): boolean {
  return one.catalogId === other.catalogId && one.kind === other.kind && one.target === other.target;
}

function tellHold(pin: PinFact): string {
  const of = pin.catalogId === null ? "" : ` in catalog ${pin.catalogId}`;
  return `pinned${of} since ${formatTime(pin.pinnedAt)}, by the pin on ${tellPin(pin)}`;
}

function tellTombstone(tombstone: Tombstone): string {
  const { artifactId, sha256, bytes, removedAt, verb, operationId, reason } = tombstone;
  const hash = sha256 === null ? "without a hash on record" : `hash ${sha256.slice(0, 8)}`;
  const why = tellReason(verb, reason);
  const undo = operationId === null ? "" : `catalog restore --plan ${operationId} --apply, or `;
  const back = `to bring it back: ${undo}import or add it again with --bring-back`;
  return `${formatTime(removedAt)}  ${artifactId}, ${formatSize(bytes)}, ${hash}: by ${verb}${why}; ${back}`;
}

function tellPlace(
  place: PlaceExplanation,
  about: {
    readonly named: ReadonlyMap<number, DocumentRecord>;
    readonly happened: readonly RemovalFact[];
    readonly nowMs: number;
  },
): readonly string[] {
  const { documents, variants, keptBy, leases, pins, trash, orphan } = place;
  return [
    tellBytes(place),
    ...documents.map(({ id, artifactId }) => `kept by document ${id}, ${artifactId}`),
    ...variants.map((variant) => tellVariant(variant, about.named.get(variant.documentId))),
    ...keptBy.map(tellKeeping),
    ...leases.map(tellLease),
    ...pins.map(tellHold),
    ...tellVerified(place),
    ...(orphan === null ? [] : [tellOrphan(orphan, about.nowMs)]),
    ...trash.map(tellTrash),
    ...about.happened.map(tellRemoval),
  ];
}

function tellBytes({ path, uri, bytesAt, bytes }: PlaceExplanation): string {
  const name = path ?? uri;
  const size = bytes === null ? "" : `, ${formatSize(bytes)}`;
  switch (bytesAt) {
    case "stored":
      return `${name}: stored${size}`;
    case "elsewhere":
      return `${name}: outside of the root${size}`;
    case "missing":
      return `${name}: not there`;
    case "held":
      return `${name}: a collector has taken it, and decides about it at this moment`;
    case "unknown":
      return `${name}: nobody here can look there`;
    default:
      return bytesAt satisfies never;
  }
}

function tellVariant({ variant, documentId }: VariantRecord, document: DocumentRecord | undefined): string {
  return `kept by variant ${variant} of document ${documentId}${document === undefined ? "" : `, ${document.artifactId}`}`;
}

function tellKeeping({ catalogId, catalogPath, documents, variants }: KeepingCatalog): string {
  const rows = `${formatCount(documents, "document")} and ${formatCount(variants, "variant")}`;
  return `kept by catalog ${catalogPath ?? catalogId}: ${rows}`;
}

function tellLease({ catalogId, holder, holderIsAlive, takenAt, expiresAt }: LeaseFact): string {
  const who =
    holder?.pid == null ? "somebody" : `process ${holder.pid}${holder.host === null ? "" : ` on ${holder.host}`}`;
  const gone = holderIsAlive === false ? ", which is gone" : "";
  const of = catalogId === null ? "" : ` in catalog ${catalogId}`;
  return `claimed since ${formatTime(takenAt)} by ${who}${gone}${of}, until ${formatTime(expiresAt)} at most`;
}

function tellOrphan({ isOurs, since, ripeAt }: OrphanFact, nowMs: number): string {
  if (!isOurs) return "nothing refers to it, and nobody can show that a catalog put it there: it stays";
  if (since === null || ripeAt === null)
    return "nothing refers to it; the next gc notes that, and from then on it counts";
  const start = `unreferenced since ${formatTime(since)}`;
  return Date.parse(ripeAt) <= nowMs
    ? `${start}; the next "catalog gc --apply" takes it`
    : `${start}; may be collected from ${formatTime(ripeAt)} on`;
}

function tellTrash({ kind, bytes, expiresAt, plan, run }: TrashedBlob): string {
  const size = formatSize(bytes);
  const by = plan === null ? "" : `; operation ${plan}`;
  switch (kind) {
    case "trash":
      return `in the trash${expiresAt === null ? "" : ` until ${formatTime(expiresAt)}`}, ${size}${by}`;
    case "displaced":
      return `in the trash for good, ${size}: other bytes had its name when it was to go back${by}`;
    case "unlisted":
      return `in the trash, ${size}: nobody deletes it, as it is on no record here (run ${run})`;
    case "left":
      return `in the trash, ${size}: the collector that took it is gone; the next gc gives it back`;
    case "held":
      return `in the trash, ${size}: a collector decides about it at this moment`;
    default:
      return kind satisfies never;
  }
}

/** What each verb that leaves a line did to the place, or to its row. */
const DEEDS: Readonly<Record<string, string>> = {
  remove: "removed",
  retention: "dropped by retention",
  replace: "took other bytes",
  abandon: "stored, and never registered",
  gc: "taken by gc",
  displace: "could not go back, and was put aside by gc",
};

/** As words, but for what somebody said: whoever removes something says why, and a policy may name anything. */
function tellReason(verb: string, reason: string | null): string {
  if (reason === null) return "";
  return verb === "remove" ? `, ${reason}` : `, ${reason.replace(/^[a-z_]+/, (word) => word.replaceAll("_", " "))}`;
}

function tellRemoval({ removedAt, verb, plan, reason, record, variant, catalogId }: RemovalFact): string {
  const id = record?.["id"];
  const artifact = record?.["artifact_id"];
  const document = `document${typeof id === "number" ? ` ${id}` : ""}${typeof artifact === "string" ? `, ${artifact}` : ""}`;
  const row = variant === null ? document : `variant ${variant} of ${document}`;
  const what = record === null ? "" : `${row}: `;
  const why = tellReason(verb, reason);
  const by = plan === null ? "" : `; operation ${plan}`;
  const of = catalogId === null ? "" : `; in catalog ${catalogId}`;
  return `${formatTime(removedAt)}  ${what}${DEEDS[verb] ?? verb}${why}${by}${of}`;
}
