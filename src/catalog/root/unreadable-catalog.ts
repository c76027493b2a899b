import { quote } from "../../core/messages/quote.ts";
import { CatalogError, isCatalogError } from "../../errors.ts";
import { MEMORY_MARKER } from "./root-marker.ts";

/** A catalog that uses the root beside this one, as its marker says. */
export interface OtherCatalog {
  /** Its id. */
  readonly id: string;
  /** Where it is; `null` in memory. */
  readonly path: string | null;
  /** The highest sequence of it that the root has seen. */
  readonly sequence: number;
}

/** Why a catalog of the root cannot be asked. */
export interface UnreadableCatalog {
  /** Its id. */
  readonly id: string;
  /** Where it should be; `null` where that is not known. */
  readonly path: string | null;
  /** What is wrong, as the second half of a sentence that names the catalog. */
  readonly reason: string;
  /** The way on, as one or two sentences. */
  readonly hint: string;
  /** What opening or reading it threw. */
  readonly cause?: unknown;
}

/** One of which the marker says nothing that can be read. */
export function damagedMarker(id: string): UnreadableCatalog {
  const hint = `Open that catalog once to write, as "catalog init" does, and it is written anew; ${ifGone(id)}.`;
  return { id, path: null, reason: "its marker is damaged", hint };
}

/** One, or several, that no other process can open. */
export function onlyInMemory(): UnreadableCatalog {
  const hint = `When no process has one any more, run "catalog init --forget ${MEMORY_MARKER}".`;
  return { id: MEMORY_MARKER, path: null, reason: "nobody but its own process can ask it", hint };
}

/** One that is not where its marker, or the caller, says. `what` is the sentence about the path. */
export function notThere({ id, path }: OtherCatalog, what: string): UnreadableCatalog {
  return { id, path, reason: what, hint: sayWhere(id) };
}

/** One whose schema is from before there were leases. */
export function beforeLeases({ id, path }: OtherCatalog, version: number): UnreadableCatalog {
  const reason = `${at(path)} has the schema ${version}, which has no leases`;
  return { id, path, reason, hint: `Open it once with this version: catalog init --catalog ${word(path)}` };
}

/** One that is older than the root has seen it: its rows of today are not there. */
export function olderThanSeen({ id, path }: OtherCatalog, why: string): UnreadableCatalog {
  const reason = `${at(path)} is older than the root has seen it (${why}), as one from a backup is`;
  return { id, path, reason, hint: `To go on with it as it is: catalog init --adopt --catalog ${word(path)}` };
}

/** One that failed to be opened, or read. */
export function cannotBeRead({ id, path }: OtherCatalog, cause: unknown): UnreadableCatalog {
  if (isCatalogError(cause, "SCHEMA_TOO_NEW")) {
    const { found, supported } = cause.details;
    const reason = `${at(path)} has the schema ${found}, and this program knows those up to ${supported}`;
    return { id, path, reason, hint: "Update content-catalog.", cause };
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  const more = isCatalogError(cause) && cause.hint !== undefined ? `${cause.hint} ` : "";
  return { id, path, reason: `${at(path)} cannot be read: ${message}`, hint: `${more}${sayWhere(id)}`, cause };
}

/** What refuses a collection because of such a catalog. `root` is for the message. */
export function otherCatalogError(
  root: string,
  { id, path, reason, hint, cause }: UnreadableCatalog,
): CatalogError<"REFUSED"> {
  const who = id === MEMORY_MARKER ? "a catalog that is nowhere but in memory" : `catalog ${shown(id)}`;
  return new CatalogError("REFUSED", `Cannot collect ${quote(root)}: ${who} uses it too, and ${reason}`, {
    details: { guard: "other catalog", ...(path !== null && { path }) },
    hint,
    cause,
  });
}

function sayWhere(id: string): string {
  return `Say where it is with --catalog-at ${shown(id)}=PATH; ${ifGone(id)}.`;
}

function ifGone(id: string): string {
  return `if it is gone for good, run "catalog init --forget ${shown(id)}"`;
}

/** An id as it is; a name that is none quoted. */
function shown(id: string): string {
  return /^[0-9a-f]+$/.test(id) ? id : quote(id);
}

function at(path: string | null): string {
  return quote(path ?? "");
}

function word(path: string | null): string {
  return /^[\w./-]+$/.test(path ?? "") ? String(path) : quote(path ?? "");
}
