import type { BlobKey } from "../../core/naming/blob-key.ts";
import { casKey } from "../../core/naming/layout.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import type { BlobVerification } from "../../core/verification/verification.ts";
import { isCasName } from "../collect/find/claims-of-ours.ts";
import type { BlobRows } from "../ledger/expectations.ts";
import { dropQuietly, type StagedContent } from "../placing/stage-content.ts";
import { countFailure } from "../telemetry/count-failure.ts";
import { verifyBlob } from "../verify/verify-blob.ts";
import type { BadBlob } from "./bad-blob.ts";
import type { Candidate } from "./ladder/candidate.ts";
import { listCandidates } from "./ladder/list-candidates.ts";
import { placeIntoRoot } from "./place/into-root.ts";
import { putInPlace } from "./place/put-in-place.ts";
import type { RepairContext } from "./repair-context.ts";
import type { RepairOutcome, RepairReason, RepairResult, RepairStep } from "./repair-options.ts";

/** How it ended with a blob, beside what is known of it in any case. */
interface Ending {
  readonly outcome: RepairOutcome;
  readonly reason?: RepairReason;
  readonly movedTo?: StorageUri;
  /** What is known by now, if it is something else than what the first look gave. */
  readonly known?: BlobVerification;
}

/** Looks at a blob again and, if it is bad, tries to give it its bytes; without `apply` it only says what would be tried. */
export async function repairBlob(context: RepairContext, rows: BlobRows): Promise<RepairResult> {
  const { signal, apply = false } = context.options;
  const putAside = (await context.ledger.find(rows.uri))?.isPutAside;
  const verification = await verifyBlob(context, rows, { putAside, signal });
  countFailure(context, verification);
  const steps: RepairStep[] = [];
  const ending = await repairIfBad(context, { rows, verification, steps });
  // What was repaired is written down where it was.
  if (apply && ending.outcome !== "repaired") await context.ledger.record([ending.known ?? verification]);
  const { outcome, reason = null, movedTo = null } = ending;
  if (outcome !== "planned" && apply) context.telemetry.count("content_catalog.repairs", { outcome });
  const { uri, documents, variants } = rows;
  const { expected, result, reason: foundReason } = verification;
  return {
    uri,
    outcome,
    reason,
    expected,
    found: { result, reason: foundReason },
    movedTo,
    steps,
    documents,
    variants,
  };
}

interface SeenBlob {
  readonly rows: BlobRows;
  readonly verification: BlobVerification;
  /** Where each step is written down. */
  readonly steps: RepairStep[];
}

async function repairIfBad(context: RepairContext, seen: SeenBlob): Promise<Ending> {
  const { rows, verification, steps } = seen;
  const { result, expected } = verification;
  if (result === "ok" || result === "unchecked") return { outcome: "intact" };
  const place = await context.names.locate(rows.uri);
  const blocked = findBlock(context, seen, place.key);
  if (blocked !== undefined) return blocked;
  const { sha256, bytes } = expected;
  if (sha256 === null) return { outcome: "lost", reason: "no_hash" };
  const blob = { uri: rows.uri, place, path: place.path ?? rows.uri, sha256, bytes };
  if (context.options.apply === true) return climb(context, { ...blob, verification }, steps);
  for await (const { origin, uri } of listCandidates(context, blob)) {
    steps.push({ origin, uri, result: "untried", message: null, drift: null });
  }
  return { outcome: steps.length > 0 ? "planned" : "lost" };
}

/** Why nothing can be put where a blob was. */
function findBlock(
  { options, settings }: RepairContext,
  { verification }: SeenBlob,
  key: BlobKey | undefined,
): Ending | undefined {
  const { reason, expected } = verification;
  if (reason === "other_kind" || reason === "permission" || reason === "conflicting_records") {
    return { outcome: "blocked", reason };
  }
  if (reason === "changing") return { outcome: "unavailable", reason: "in_use" };
  if (key === undefined) return options.intoRoot === true ? undefined : { outcome: "blocked", reason: "outside_root" };
  // A name that is made of a hash stands for the bytes that have it, whatever a row says.
  const isOthers =
    expected.sha256 !== null && isCasName(key) && nameEnd(key) !== nameEnd(casKey(expected.sha256, settings.casPrefix));
  return isOthers ? { outcome: "blocked", reason: "conflicting_records" } : undefined;
}

/** `ab/cdef...` of a name of layout `cas`. */
function nameEnd(key: BlobKey): string {
  return key.split("/").slice(-2).join("/");
}

/** A bad blob, and how it was found. */
interface FoundBlob extends BadBlob {
  readonly verification: BlobVerification;
}

/** Tries one place after the other, until one has the bytes. */
async function climb(context: RepairContext, blob: FoundBlob, steps: RepairStep[]): Promise<Ending> {
  for await (const candidate of listCandidates(context, blob)) {
    context.options.signal?.throwIfAborted();
    const content = await bring(candidate, steps);
    if (content === undefined) continue;
    try {
      return await place(context, blob, content);
    } finally {
      await dropQuietly(context, () => content.staging.drop());
    }
  }
  return { outcome: outcomeOf(steps) };
}

async function bring(candidate: Candidate, steps: RepairStep[]): Promise<StagedContent | undefined> {
  const { origin, uri } = candidate;
  const brought = await candidate.bring();
  if (brought.content === undefined) {
    const { result, message, drift } = brought;
    steps.push({ origin, uri, result, message, drift });
    return undefined;
  }
  steps.push({ origin, uri, result: "right", message: null, drift: null });
  return brought.content;
}

/** What it comes to that no place had the bytes: whether it is worth to try again, or nothing is to be hoped for. */
function outcomeOf(steps: readonly RepairStep[]): RepairOutcome {
  if (steps.some(({ result }) => result === "unavailable" || result === "refused")) return "unavailable";
  const hasDrifted = steps.some(
    ({ origin, result }) => origin === "source" && (result === "other_bytes" || result === "other_size"),
  );
  return hasDrifted ? "drifted" : "lost";
}

async function place(context: RepairContext, blob: FoundBlob, content: StagedContent): Promise<Ending> {
  const { uri, place: at, verification } = blob;
  if (at.key === undefined) {
    const movedTo = await placeIntoRoot(context, blob, content);
    await context.ledger.record([good(context, { ...verification, uri: movedTo })]);
    return { outcome: "repaired", movedTo };
  }
  const became = await putInPlace(context, { blob, key: at.key, content });
  switch (became) {
    case "placed":
      await context.ledger.repaired(good(context, verification), "repaired");
      context.logger.log("info", "A blob got its bytes back", { uri });
      return { outcome: "repaired" };
    case "intact":
      return { outcome: "intact", known: good(context, verification) };
    case "in_use":
      return { outcome: "unavailable", reason: became };
    default:
      return { outcome: "blocked", reason: became };
  }
}

/** It was compared with its hash. */
function good({ clock }: RepairContext, verification: BlobVerification): BlobVerification {
  const { uri, expected } = verification;
  const checkedAt = formatTimestamp(clock.now());
  return { uri, result: "ok", reason: null, strength: "full", expected, actual: expected, checkedAt };
}
