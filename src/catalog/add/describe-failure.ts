import { isExhaustion } from "../../core/messages/file-error.ts";
import { quote } from "../../core/messages/quote.ts";
import { cleanSecrets } from "../../core/secrets/clean-secrets.ts";
import { type CatalogError, isCatalogError } from "../../errors.ts";
import type { FileSystem } from "../../ports/file-system.ts";
import type { AddFinding, AddFindingKind } from "./add-options.ts";

/** Errors that are about one file whatever else holds. */
const KINDS: Readonly<Partial<Record<CatalogError["code"], AddFindingKind>>> = {
  CONFLICT: "unstable",
  REFUSED: "refused",
  INTEGRITY: "damaged",
  SIZE_MISMATCH: "damaged",
  UNAVAILABLE: "unavailable",
};

/** The finding for the failure of one file; `undefined` when it is trouble of the whole, like a full disk. */
export async function findFileFailure(fs: FileSystem, path: string, error: unknown): Promise<AddFinding | undefined> {
  if (isMisuse(error)) return { kind: "unusable", message: `Cannot add ${quote(path)}: ${error.message}`, path };
  if (!isCatalogError(error) || isAboutCatalog(error)) return undefined;
  const known = KINDS[error.code];
  if (known !== undefined) return { kind: known, message: error.message, path };
  if (isExhaustion(error.cause)) return undefined;
  // It failed in the middle, where a look at its beginning finds nothing.
  if (isCatalogError(error, "BACKEND") && error.details.path === path) {
    return { kind: "unreadable", message: error.message, path };
  }
  // Only a look at the file itself tells whether it or the root is at fault.
  const kind = await findReadFailure(fs, path);
  return kind && { kind, message: error.message, path };
}

/** Whether it is true of every file: the catalog is a copy, and may not use its root. */
function isAboutCatalog(error: CatalogError): boolean {
  return isCatalogError(error, "REFUSED") && error.details.guard === "copy";
}

async function findReadFailure(fs: FileSystem, path: string): Promise<"gone" | "unreadable" | undefined> {
  try {
    if ((await fs.lstat(path)) === undefined) return "gone";
    const handle = await fs.open(path, "read");
    try {
      await handle.read(new Uint8Array(1), 0);
    } finally {
      await handle.close();
    }
    return undefined;
  } catch {
    return "unreadable";
  }
}

/** A source from elsewhere, as far as its failure is concerned. */
export interface FailedSource {
  /** For messages, without secrets. */
  readonly name: string;
  /** May hold secrets. */
  readonly artifactId: string;
  /** Whether it failed after it was opened. */
  readonly isOpen: boolean;
}

/** The finding for the failure of a source from elsewhere; its id is left out. */
export function findSourceFailure(source: FailedSource, error: unknown): AddFinding | undefined {
  const { name: path, artifactId, isOpen } = source;
  const start = `Cannot add ${quote(path)}: `;
  if (isOpen && isMisuse(error) && error.cause === undefined) {
    return { kind: "unusable", message: `${start}what is said about it cannot be used (${error.name})`, path };
  }
  if (isCatalogError(error) && isAboutCatalog(error)) return undefined;
  if (!isCatalogError(error)) return { ...describeNetworkError(error, start), path };
  const known = KINDS[error.code];
  if (known === undefined) return undefined;
  const prefixes = [`Cannot ingest ${quote(cleanSecrets(artifactId))}: `, `Cannot fetch ${quote(path)}: `];
  const prefix = prefixes.find((each) => error.message.startsWith(each));
  const reason = prefix === undefined ? `it failed (${error.code})` : error.message.slice(prefix.length);
  return { kind: known, message: `${start}${reason}${error.hint === undefined ? "" : `. ${error.hint}`}`, path };
}

/** What the network says, without addresses: a code, or nothing more than the kind of error. */
function describeNetworkError(error: unknown, start: string): Pick<AddFinding, "kind" | "message"> {
  if (!(error instanceof Error)) return { kind: "unavailable", message: `${start}it cannot be opened` };
  if (error.name === "NotCapable") {
    // Deno says which permission it wants, and with it the address.
    const [flag = "--allow-net"] = /--allow-[a-z]+/.exec(error.message) ?? [];
    return { kind: "refused", message: `${start}the runtime was not given the permission; start Deno with ${flag}` };
  }
  // Bun tells the code itself, others that of the cause.
  const code = codeOf(error) ?? codeOf(error.cause) ?? error.name;
  return { kind: "unavailable", message: `${start}the source does not answer (${code})` };
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function isMisuse(error: unknown): error is Error {
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
}
