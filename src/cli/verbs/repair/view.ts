import type {
  RepairOutcome,
  RepairProgress,
  RepairResult,
  RepairStep,
} from "../../../catalog/repair/repair-options.ts";
import { formatCount, formatSize } from "../../output/human-text.ts";
import type { Block, Finding, JsonFields, Part, Progress } from "../../output/part.ts";
import { describeFinding, describeOrigin, describePlan, describeStep, showPlace } from "./describe-result.ts";
import type { RepairTally } from "./repair-tally.ts";

/** An outcome that is a finding: the file is bad still, and that is not because nothing was done. */
export type FindingOutcome = Exclude<RepairOutcome, "intact" | "planned" | "repaired">;

/** What to do about each kind of finding. */
export const HINTS: Readonly<Record<FindingOutcome, string>> = {
  blocked: "See what is there, and make way for it by hand; for a file outside of the root, give --into-root.",
  drifted: 'See what it serves by now; --keep-drifted keeps that as a variant, and "catalog add" adds the right bytes.',
  unavailable: "Try again later; for addresses that are not public give --allow-private, for large files --max-bytes.",
  lost: 'If you have the bytes, add them with "catalog add"; if nobody wants them, remove the row.',
};

/** Whether a result is told as a finding. */
export function isFinding(result: RepairResult): result is RepairResult & { readonly outcome: FindingOutcome } {
  return Object.hasOwn(HINTS, result.outcome);
}

/** A file that is good, or that there is something to try for. */
export function repairedPart(result: RepairResult): Part {
  const { outcome } = result;
  return {
    items: () => [{ type: "plan", action: "repair", outcome, ...resultFields(result) }],
    blocks: ({ verbose }) => [
      { block: "line", text: lineOf(result) },
      ...(verbose ? result.steps.map((step): Block => ({ block: "line", text: `  ${describeStep(step)}` })) : []),
    ],
  };
}

function lineOf(result: RepairResult): string {
  const { outcome, uri, movedTo, expected } = result;
  const size = expected.bytes === null ? "" : ` (${formatSize(expected.bytes)})`;
  const file = showPlace(uri) + size;
  if (outcome === "intact") return `Not bad: ${file}`;
  if (outcome === "planned") return `Would try for ${file}: ${describePlan(result)}`;
  const to = movedTo === null ? "" : `, now at ${showPlace(movedTo)}`;
  return `Repaired ${file} from ${describeOrigin(result)}${to}`;
}

/** A file that is bad still. */
export function repairFinding(result: RepairResult & { readonly outcome: FindingOutcome }): Finding {
  const { outcome, reason } = result;
  const fields = { reason, ...resultFields(result), hint: HINTS[outcome] };
  return { kind: outcome, message: describeFinding(result), fields };
}

function resultFields({ uri, expected, found, movedTo, steps, documents, variants }: RepairResult): JsonFields {
  return {
    uri,
    expected_sha256: expected.sha256,
    expected_bytes: expected.bytes,
    found_result: found.result,
    found_reason: found.reason,
    moved_to: movedTo,
    documents: [...documents],
    variants: [...variants],
    steps: steps.map(stepFields),
  };
}

function stepFields({ origin, uri, result, message, drift }: RepairStep): JsonFields {
  const { sha256 = null, bytes = null, variant = null } = drift ?? {};
  return { origin, uri, result, message, drift_sha256: sha256, drift_bytes: bytes, drift_variant: variant };
}

/** How far a repair is. */
export function repairProgress({ done, total }: RepairProgress): Progress {
  return { done, total, text: formatCount(done, "file"), fields: { command: "repair", done, total } };
}

/** What it did, for people. */
export function repairBlocks(tally: RepairTally, { apply }: { readonly apply: boolean }): readonly Block[] {
  const { bad, bytes } = tally;
  const repaired = tally.count("repaired");
  const lines = [
    ...(repaired > 0 ? [`Repaired ${formatCount(repaired, "file")}, ${formatSize(bytes)}.`] : []),
    bad > 0
      ? `${formatCount(bad, "file")} ${bad === 1 ? "is" : "are"} bad${apply ? " still" : ""}.`
      : "Nothing is bad.",
  ];
  return lines.map((text) => ({ block: "line", text }) as const);
}
