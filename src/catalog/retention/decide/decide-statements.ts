import type { SqlStatement } from "../../../ports/sql.ts";
import {
  BOUNDED_DOCUMENT_COLUMNS,
  boundedText,
  DOCUMENT_COLUMNS,
  isTooLong,
  statement,
} from "../../records/columns.ts";
import type { PageRequest } from "./read-in-pages.ts";

/** Which columns a decision needs beside those that it always does. */
export interface NeededColumns {
  /** The policy names resolvers. */
  readonly resolver: boolean;
  /** It names media types. */
  readonly contentType: boolean;
  /** It names runs. */
  readonly runId: boolean;
  /** There are pins of other things than places. */
  readonly pins: boolean;
}

/** What is wrong with a row as far as it can be told without reading its texts. */
const IS_ODD = [
  "octet_length(updated_at) <> 24",
  "octet_length(sha256) <> 64",
  ...["source_url", "resolver", "content_type", "run_id"].map((column) => isTooLong(column)),
].join(" OR ");

function heldBy(kind: "document" | "artifact" | "sha256", column: string): string {
  return `EXISTS (SELECT 1 FROM pins WHERE pins.kind = '${kind}' AND pins.target = ${column})`;
}

const DOCUMENT_HELD = [
  heldBy("document", "CAST(documents.id AS TEXT)"),
  heldBy("artifact", "documents.artifact_id"),
  heldBy("sha256", "documents.sha256"),
].join(" OR ");

function numberWhere(condition: string): string {
  return `CASE WHEN ${condition} THEN 1 ELSE 0 END`;
}

/**
 * The next rows: id, artifact, source URL where the id is made up, size, URI, time of creation, whether anything else is
 * wrong with it, whether a pin holds it, resolver, media type and run where they are needed.
 */
export function selectRetained(needed: NeededColumns, { afterId, size, bounded }: PageRequest): SqlStatement {
  const text = (column: string): string => (bounded ? boundedText(column) : column);
  const columns = [
    "id",
    text("artifact_id"),
    `CASE WHEN substr(artifact_id, 1, 5) = 'file:' THEN ${text("source_url")} END`,
    "bytes",
    text("storage_uri"),
    text("created_at"),
    numberWhere(IS_ODD),
    needed.pins ? numberWhere(DOCUMENT_HELD) : "0",
    needed.resolver ? text("resolver") : "NULL",
    needed.contentType ? text("content_type") : "NULL",
    needed.runId ? text("run_id") : "NULL",
  ];
  return statement(`SELECT ${columns.join(", ")} FROM documents WHERE id > ? ORDER BY id LIMIT ?`, afterId, size);
}

/** How many rows there are. */
export function countRows(): SqlStatement {
  return statement("SELECT COUNT(*) FROM documents");
}

/** The next variants: id, document, URI, size, whether a pin holds it. */
export function selectRetainedVariants(needed: NeededColumns, { afterId, size, bounded }: PageRequest): SqlStatement {
  const columns = [
    "id",
    "document_id",
    bounded ? boundedText("storage_uri") : "storage_uri",
    "bytes",
    needed.pins ? numberWhere(heldBy("sha256", "variants.sha256")) : "0",
  ];
  return statement(`SELECT ${columns.join(", ")} FROM variants WHERE id > ? ORDER BY id LIMIT ?`, afterId, size);
}

/** The next documents with all of their columns. */
export function selectWholeRows({ afterId, size, bounded }: PageRequest): SqlStatement {
  const columns = bounded ? BOUNDED_DOCUMENT_COLUMNS : DOCUMENT_COLUMNS;
  return statement(`SELECT ${columns} FROM documents WHERE id > ? ORDER BY id LIMIT ?`, afterId, size);
}

/** Gives a row if anything but a place is pinned. */
export function selectOtherPins(): SqlStatement {
  return statement("SELECT 1 FROM pins WHERE kind <> 'uri' LIMIT 1");
}

/** The next pins of places: their ids and URIs. */
export function selectPinnedPlaces({ afterId, size }: PageRequest): SqlStatement {
  return statement("SELECT id, target FROM pins WHERE kind = 'uri' AND id > ? ORDER BY id LIMIT ?", afterId, size);
}

/** The next blobs that were bad when they were last verified, longest first: since when, id, URI. */
export function selectBad(since: string, afterId: number, size: number): SqlStatement {
  return statement(
    `SELECT bad_since, id, uri FROM verifications
     WHERE bad_since IS NOT NULL AND (bad_since, id) > (?, ?) ORDER BY bad_since, id LIMIT ?`,
    since,
    afterId,
    size,
  );
}

/** What some rows name: id, URI. */
export function selectPlacesOf(ids: readonly number[]): SqlStatement {
  return statement(
    `SELECT id, storage_uri FROM documents WHERE id IN (${ids.map(() => "?").join(", ")}) ORDER BY id`,
    ...ids,
  );
}
