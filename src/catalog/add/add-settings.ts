import { parseName } from "../../core/document.ts";
import { quote } from "../../core/messages/quote.ts";
import { type OnChange, parseOnChange } from "../../core/outcome.ts";
import { isAbsolutePath } from "../../core/path.ts";
import { ADD_INTO, type AddInto, type AddOptions, type AddSource } from "./add-options.ts";

/** The values of `AddOptions`, checked and with their defaults. */
export interface AddSettings {
  /** Whether folders are taken. */
  readonly recursive: boolean;
  /** Whether what was removed on purpose is added all the same where a walk comes by it. */
  readonly bringBack: boolean;
  /** How files come into the root. */
  readonly into: AddInto;
  /** What is done when a key comes again with other bytes. */
  readonly onChange: OnChange;
  /** The pipeline execution that is registered, or `null`. */
  readonly runId: string | null;
  /** How many files are worked on at once. */
  readonly jobs: number;
}

const MAX_JOBS = 256;

/**
 * Checks what a caller wants of `add`.
 * @throws {TypeError} for a value of the wrong kind, or a path that is not absolute
 * @throws {RangeError} when `jobs` is no whole number from 1 to 256
 */
export function parseAddOptions(sources: readonly AddSource[], options: AddOptions): AddSettings {
  const { jobs = 4, into = "copy", recursive = false } = options;
  if (!Number.isInteger(jobs) || jobs < 1 || jobs > MAX_JOBS) {
    throw new RangeError(`Cannot use jobs ${jobs}: expected a whole number from 1 to ${MAX_JOBS}`);
  }
  const known = ADD_INTO.find((each) => each === into);
  if (known === undefined) {
    throw new TypeError(`Cannot use into ${quote(into)}: expected one of ${ADD_INTO.join(", ")}`);
  }
  for (const source of sources) {
    if ("open" in source || (typeof source.path === "string" && isAbsolutePath(source.path))) continue;
    throw new TypeError(`Cannot add ${quote(String(source.path))}: expected an absolute path`);
  }
  return {
    recursive,
    bringBack: options.bringBack ?? false,
    into: known,
    onChange: parseOnChange(options.onChange ?? "keep"),
    runId: options.runId === undefined ? null : parseName("runId", options.runId),
    jobs,
  };
}
