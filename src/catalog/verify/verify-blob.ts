import type { BlobVerification } from "../../core/verification/verification.ts";
import type { DigestPool } from "../../ports/digest-pool.ts";
import type { CallOptions } from "../call-options.ts";
import type { BlobRows } from "../ledger/expectations.ts";
import { BlobChecker, type CheckerContext } from "./look/blob-checker.ts";
import { readInThread } from "./look/read-in-thread.ts";

/** What {@link verifyBlob} works with. */
export interface VerifyBlobContext extends Omit<CheckerContext, "digests"> {
  /** Reads files. @default this thread does */
  readonly digests?: DigestPool | undefined;
}

/** Options of {@link verifyBlob}. */
export interface VerifyBlobOptions extends CallOptions {
  /** Only the size is compared, or what the store itself keeps. @default false */
  readonly quick?: boolean | undefined;
  /** It is known to have been put aside. @default false */
  readonly putAside?: boolean | undefined;
}

/** Compares one blob with what its rows say, at this moment. Nothing is written down. */
export async function verifyBlob(
  context: VerifyBlobContext,
  rows: BlobRows,
  { quick = false, putAside = false, signal }: VerifyBlobOptions = {},
): Promise<BlobVerification> {
  const { digests = readInThread(context) } = context;
  const checker = new BlobChecker({ ...context, digests }, { quick, readsUnhashed: false });
  return (await checker.checkOne({ rows, putAside }, { signal })).verification;
}
