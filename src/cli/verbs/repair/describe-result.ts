import type {
  RepairOrigin,
  RepairReason,
  RepairResult,
  RepairStep,
  RepairStepResult,
} from "../../../catalog/repair/repair-options.ts";
import { quote } from "../../../core/messages/quote.ts";
import { decodePathOfUri } from "../../../core/storage-uri.ts";
import { formatCount } from "../../output/human-text.ts";

const REASONS: Readonly<Record<RepairReason, string>> = {
  other_kind: "a folder, symlink or special file has its name",
  permission: "it may not be read, and may be what it should be",
  conflicting_records: "rows disagree what it should be",
  outside_root: "it lies outside of the root, where nothing is written",
  other_catalog: "another catalog of the root may want what is there",
  in_use: "somebody is writing it, or a collector has its name",
  no_hash: "its hash is not on record, so that no bytes can be proven to be right",
};

const STEP_RESULTS: Readonly<Record<RepairStepResult, string>> = {
  untried: "would be tried",
  right: "has the bytes",
  gone: "has nothing",
  other_bytes: "has other bytes",
  other_size: "has more or fewer bytes",
  refused: "is not asked",
  unavailable: "cannot be read now",
};

const ORIGINS: Readonly<Record<RepairOrigin, string>> = {
  quarantine: "quarantine",
  trash: "the trash",
  copy: "copy",
  source: "source",
};

/** What people call a place. */
export function showPlace(uri: string): string {
  return decodePathOfUri(uri) ?? uri;
}

/** What came of one place, as the end of a line. */
export function describeStep({ origin, uri, result, message }: RepairStep): string {
  const what = message === null ? STEP_RESULTS[result] : `${STEP_RESULTS[result]}: ${message}`;
  return `${ORIGINS[origin]} ${showPlace(uri)} ${what}`;
}

/** Where the bytes came from that a file has again. */
export function describeOrigin({ steps }: RepairResult): string {
  const step = steps.at(-1);
  if (step === undefined) return "nowhere";
  const place = showPlace(step.uri);
  return step.origin === "quarantine" || step.origin === "trash" ? ORIGINS[step.origin] : place;
}

/** What would be tried, in few words. */
export function describePlan({ steps }: RepairResult): string {
  const count = (origin: RepairOrigin): number => steps.filter((step) => step.origin === origin).length;
  const kept = count("quarantine") + count("trash");
  const parts = [
    ...(kept > 0 ? [`${formatCount(kept, "file")} in quarantine or in the trash`] : []),
    ...(count("copy") > 0 ? [formatCount(count("copy"), "other file")] : []),
    ...(count("source") > 0 ? [formatCount(count("source"), "source")] : []),
  ];
  return parts.join(", ");
}

/** Why a file is bad still, in one sentence. */
export function describeFinding(result: RepairResult): string {
  return `Cannot repair ${quote(showPlace(result.uri), 1000)}: ${describeReason(result)}.`;
}

function describeReason({ outcome, reason, steps }: RepairResult): string {
  if (reason !== null) return REASONS[reason];
  const telling = steps.filter(({ result }) => isTelling(outcome, result));
  const step = telling.findLast(({ origin }) => origin === "source") ?? telling.at(-1);
  if (step === undefined) return "nobody has its bytes";
  const place = quote(showPlace(step.uri), 1000);
  if (outcome === "drifted") return `${place} serves other bytes by now`;
  return `${place} did not give its bytes: ${step.message ?? STEP_RESULTS[step.result]}`;
}

/** Whether a step says why it came to such an outcome. */
function isTelling(outcome: RepairResult["outcome"], result: RepairStepResult): boolean {
  if (outcome === "drifted") return result === "other_bytes" || result === "other_size";
  return outcome === "unavailable" && (result === "unavailable" || result === "refused");
}
