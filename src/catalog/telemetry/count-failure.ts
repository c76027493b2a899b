import type { VerifyFailure } from "../../core/telemetry/metric-labels.ts";
import type { BlobVerification } from "../../core/verification/verification.ts";
import type { CatalogContext } from "../context.ts";

/** Counts a blob that is not what is on record; each run does so once a blob. */
export function countFailure(
  { telemetry }: Pick<CatalogContext, "telemetry">,
  verification: Pick<BlobVerification, "result" | "reason">,
): void {
  const reason = failureOf(verification);
  if (reason !== undefined) telemetry.count("contentdownload_verify_failures_total", { reason });
}

function failureOf({ result, reason }: Pick<BlobVerification, "result" | "reason">): VerifyFailure | undefined {
  switch (result) {
    case "ok":
    case "unchecked":
      return undefined;
    case "mismatch":
      // Of rows that disagree one at least has the hash of other bytes.
      return reason === "size" ? "size_mismatch" : "hash_mismatch";
    case "missing":
    case "unreadable":
      return result;
    default:
      return result satisfies never;
  }
}
