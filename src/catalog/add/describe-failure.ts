import { quote } from "../../core/messages/quote.ts";
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
  if (!isCatalogError(error)) return undefined;
  const known = KINDS[error.code];
  if (known !== undefined) return { kind: known, message: error.message, path };
  // Only a look at the file itself tells whether it or the root is at fault.
  const kind = await findReadFailure(fs, path);
  return kind && { kind, message: error.message, path };
}

async function findReadFailure(fs: FileSystem, path: string): Promise<"gone" | "unreadable" | undefined> {
  try {
    const handle = await fs.open(path, "read");
    try {
      await handle.read(new Uint8Array(1), 0);
    } finally {
      await handle.close();
    }
    return undefined;
  } catch {
    return (await fs.lstat(path).catch(() => undefined)) === undefined ? "gone" : "unreadable";
  }
}

/** The finding for the failure of a source from elsewhere; its id, which may hold secrets, is left out. */
export function findSourceFailure(
  source: { readonly name: string; readonly artifactId: string },
  error: unknown,
): AddFinding | undefined {
  const { name: path, artifactId } = source;
  const start = `Cannot add ${quote(path)}: `;
  if (!isCatalogError(error)) {
    const message = error instanceof Error ? describeCause(error) : "it cannot be opened";
    return {
      kind: isMisuse(error) && error.cause === undefined ? "unusable" : "unavailable",
      message: start + message,
      path,
    };
  }
  const known = KINDS[error.code];
  if (known === undefined) return undefined;
  const prefix = `Cannot ingest ${quote(artifactId)}: `;
  const reason = error.message.startsWith(prefix) ? error.message.slice(prefix.length) : `it failed (${error.code})`;
  return { kind: known, message: start + reason, path };
}

/** What the network says, without addresses: a code, or nothing more than the kind of error. */
function describeCause(error: Error): string {
  const { cause } = error;
  const code = cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
  return `the source does not answer (${code ?? error.name})`;
}

function isMisuse(error: unknown): error is Error {
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
}
