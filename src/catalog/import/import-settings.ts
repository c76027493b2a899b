import { parseName } from "../../core/document.ts";
import { UNKNOWN_RESOLVER } from "../../core/manifest/downloader.ts";
import { quote } from "../../core/messages/quote.ts";
import { type OnChange, parseOnChange } from "../../core/outcome.ts";
import { isAbsolutePath, parentPath } from "../../core/path.ts";
import { TRANSFERS, type Transfer } from "../placing/stage-file.ts";
import type { HashMode, ImportOptions, ImportSource, ManifestFormat } from "./import-options.ts";

/** The values of `ImportOptions`, checked and with their defaults. */
export interface ImportSettings {
  /** What the lines are. */
  readonly format: ManifestFormat;
  /** Which files are read for their hash. */
  readonly hash: HashMode;
  /** `undefined`: files are registered where they lie. */
  readonly into: Transfer | undefined;
  /** Absolute. */
  readonly baseDir: string;
  /** Whether a file that is not there is registered, if its line has a size. */
  readonly allowMissing: boolean;
  /** Whether files that the base directory does not contain are registered. */
  readonly allowOutside: boolean;
  /** Whether what was removed on purpose is registered all the same. */
  readonly bringBack: boolean;
  /** Whether the import stops at the first finding. */
  readonly strict: boolean;
  /** What is done when a key comes again with other bytes. */
  readonly onChange: OnChange;
  /** For lines that name no run; `null`: none. */
  readonly runId: string | null;
  /** For generic lines that name no resolver. */
  readonly resolver: string;
  /** How many files are read at once. */
  readonly jobs: number;
}

const FORMATS: readonly ManifestFormat[] = ["auto", "downloader", "jsonl"];
const HASH_MODES: readonly HashMode[] = ["missing", "all", "none"];
const MAX_JOBS = 256;

/**
 * Checks what a caller wants of an import.
 * @throws {TypeError} for a value of the wrong kind, or a stream without a base directory
 * @throws {RangeError} when `jobs` is no whole number from 1 to 256
 */
export function parseImportOptions(source: ImportSource, options: ImportOptions): ImportSettings {
  const { jobs = 4 } = options;
  if (!Number.isInteger(jobs) || jobs < 1 || jobs > MAX_JOBS) {
    throw new RangeError(`Cannot use jobs ${jobs}: expected a whole number from 1 to ${MAX_JOBS}`);
  }
  return {
    format: parseChoice("format", options.format ?? "auto", FORMATS),
    hash: parseChoice("hash", options.hash ?? "missing", HASH_MODES),
    into: parseInto(options),
    baseDir: parseBaseDir(source, options.baseDir),
    allowMissing: options.allowMissing ?? false,
    allowOutside: options.allowOutside ?? false,
    bringBack: options.bringBack ?? false,
    strict: options.strict ?? false,
    onChange: parseOnChange(options.onChange ?? "keep"),
    runId: options.runId === undefined ? null : parseName("runId", options.runId),
    resolver: parseName("resolver", options.resolver ?? UNKNOWN_RESOLVER),
    jobs,
  };
}

function parseInto({ into, hash, allowMissing }: ImportOptions): Transfer | undefined {
  if (into === undefined) return undefined;
  const known = parseChoice("into", into, TRANSFERS);
  if (hash === "none") throw new TypeError('Cannot use hash "none" with into: bytes are hashed while they are placed');
  if (allowMissing) throw new TypeError("Cannot use allowMissing with into: a file that is gone cannot be placed");
  return known;
}

function parseChoice<Choice extends string>(field: string, value: string, choices: readonly Choice[]): Choice {
  const known = choices.find((choice) => choice === value);
  if (known !== undefined) return known;
  throw new TypeError(`Cannot use ${field} ${quote(value)}: expected one of ${choices.join(", ")}`);
}

function parseBaseDir(source: ImportSource, baseDir: string | undefined): string {
  if (baseDir === undefined) {
    if ("path" in source) return parentPath(source.path);
    throw new TypeError(`Cannot import ${quote(source.name)}: a stream has no folder, and baseDir is not given`);
  }
  if (!isAbsolutePath(baseDir)) throw new TypeError(`Cannot use baseDir ${quote(baseDir)}: expected an absolute path`);
  return parseName("baseDir", baseDir);
}
