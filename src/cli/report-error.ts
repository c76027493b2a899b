import { isCatalogError } from "../errors.ts";
import { EXIT, type ExitCode, exitCodeOf, UsageError } from "./exit-codes.ts";
import type { ErrorReport } from "./output/part.ts";

/** What to say about an error, and the exit code for it. */
export async function reportError(
  error: unknown,
  { signal, verbose }: { readonly signal: AbortSignal; readonly verbose: boolean },
): Promise<{ readonly report: ErrorReport; readonly exitCode: ExitCode }> {
  if (signal.aborted && (error === signal.reason || isAbort(error))) {
    return {
      exitCode: EXIT.interrupted,
      report: {
        code: "INTERRUPTED",
        message: "Interrupted; what was acknowledged is stored.",
        hint: "Run the same command again to go on.",
        trace: undefined,
      },
    };
  }
  const trace = verbose ? traceOf(error) : undefined;
  return { exitCode: exitCodeOf(error), report: { ...(await describe(error)), trace } };
}

async function describe(error: unknown): Promise<Omit<ErrorReport, "trace">> {
  if (error instanceof UsageError) return { code: "USAGE", message: error.message, hint: await usageHint(error) };
  if (isCatalogError(error)) {
    const guard = isCatalogError(error, "REFUSED") ? error.details.guard : undefined;
    return { code: error.code, message: error.message, hint: error.hint, guard };
  }
  return {
    code: "UNEXPECTED",
    message: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    hint: "This should not happen; --verbose shows where it did.",
  };
}

async function usageHint({ hint, unknown }: UsageError): Promise<string | undefined> {
  if (unknown === undefined) return hint;
  const { findNearestName } = await import("../core/messages/nearest-name.ts");
  const nearest = findNearestName(unknown.name, unknown.known);
  return nearest === undefined ? hint : `Did you mean "${nearest}"?`;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/** The stack of what nobody expected, and the causes of the rest. */
function traceOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const lines: string[] = [];
  if (!isCatalogError(error) && !(error instanceof UsageError)) lines.push(error.stack ?? error.message);
  for (let { cause } = error; cause instanceof Error; cause = cause.cause) lines.push(`caused by ${cause.stack}`);
  return lines.length === 0 ? undefined : lines.join("\n");
}
