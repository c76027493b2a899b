import { type ErrorCode, isCatalogError } from "../errors.ts";

/** What the exit code of `catalog` says; the numbers are fixed. */
export const EXIT = {
  done: 0,
  finding: 1,
  usage: 2,
  partly: 3,
  refused: 4,
  failed: 5,
  busy: 11,
  damaged: 12,
  tooNew: 13,
  interrupted: 130,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The table that stands in every help. */
export const EXIT_CODE_TEXTS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.done, "done, also when there was nothing to do; also when the reader of a pipe went away"],
  [EXIT.finding, "negative finding: nothing was found, or something is bad"],
  [EXIT.usage, "wrong usage or configuration, or no such catalog or file"],
  [EXIT.partly, "partly done: something was reported"],
  [EXIT.refused, "refused by a guard"],
  [EXIT.failed, "failed: input or output, permission, backend"],
  [EXIT.busy, "busy: another process holds the catalog"],
  [EXIT.damaged, "the catalog is damaged"],
  [EXIT.tooNew, "the catalog was written by a newer version"],
  [EXIT.interrupted, "interrupted; what was acknowledged is stored"],
];

/** A command line that cannot be understood. The built-in misuse errors of parsing functions become one as well. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** What to do next, as one sentence for people. */
  readonly hint: string | undefined;
  /** A name that does not exist, and those that do: for a "did you mean". */
  readonly unknown: { readonly name: string; readonly known: readonly string[] } | undefined;

  constructor(
    message: string,
    options: {
      readonly hint?: string | undefined;
      readonly unknown?: { readonly name: string; readonly known: readonly string[] } | undefined;
    } = {},
  ) {
    super(message);
    this.hint = options.hint;
    this.unknown = options.unknown;
  }
}

/** Runs a function that parses what the user typed: its misuse errors become a {@link UsageError}. */
export function asUsage<Result>(parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError || error instanceof TypeError) {
      throw new UsageError(error.message);
    }
    throw error;
  }
}

/** The exit code for what ended a command. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return EXIT.usage;
  return isCatalogError(error) ? exitCodeOfErrorCode(error.code) : EXIT.failed;
}

function exitCodeOfErrorCode(code: ErrorCode): ExitCode {
  switch (code) {
    case "NOT_FOUND":
    case "CONFIGURATION":
      return EXIT.usage;
    case "REFUSED":
      return EXIT.refused;
    case "BUSY":
      return EXIT.busy;
    case "CORRUPT":
    case "DIVERGED":
      return EXIT.damaged;
    case "SCHEMA_TOO_NEW":
      return EXIT.tooNew;
    case "CONFLICT":
    case "INTEGRITY":
    case "SIZE_MISMATCH":
    case "READ_ONLY":
    case "NO_SPACE":
    case "PERMISSION":
    case "UNAVAILABLE":
    case "BACKEND":
    case "UNSUPPORTED":
    case "CLOSED":
    case "NOT_COMMITTED":
    case "OUTCOME_UNKNOWN":
      return EXIT.failed;
    default:
      return unknownCode(code);
  }
}

/** Another copy of the package may know codes that this one does not. */
function unknownCode(_code: never): ExitCode {
  return EXIT.failed;
}
