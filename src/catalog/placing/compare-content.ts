import { compareBytes } from "../../core/outcome.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import { hashStored } from "../files/hash-stored.ts";
import { type KnownRow, learnRowHash } from "../register/learn-hashes.ts";
import type { PlacingContext } from "./placing-context.ts";
import { isSameState, readAll, type StagedContent, unstable } from "./stage-content.ts";

/** Staged bytes beside those of a row, with the hashes that it took to compare them. */
export interface ComparedContent<Row extends KnownRow> {
  /** The staged bytes. */
  readonly content: StagedContent;
  /** The row with the hash of its blob. */
  readonly row: Row;
  /** Whether they are proven to be the same. Bytes of a row that nobody can read are not. */
  readonly isSame: boolean;
}

/** Compares staged bytes with those of a row. Where a hash is missing, both are read; the row gets its own hash. */
export async function compareContent<Row extends KnownRow>(
  context: PlacingContext,
  content: StagedContent,
  row: Row,
): Promise<ComparedContent<Row>> {
  const first = compareBytes(row.record, content);
  const { sql } = context;
  if (first !== "unknown" || sql === undefined) return { content, row, isSame: first === "same" };
  const now = formatTimestamp(context.clock.now());
  const { bytes } = content;
  const learned = await learnRowHash(sql, row, { now, bytes, hashOf: (uri) => hashStored(context, uri, { bytes }) });
  if (learned.record.sha256 === null) return { content, row, isSame: false };
  const { record } = learned;
  const hashed = await withHash(context, content, "artifactId" in record ? record.artifactId : record.variant);
  return { content: hashed, row: learned, isSame: compareBytes(learned.record, hashed) === "same" };
}

/**
 * Staged bytes with their hash, also where hashing is off; `name` is for messages.
 * @throws {CatalogError} CONFLICT when they change meanwhile
 */
export async function withHash(context: PlacingContext, content: StagedContent, name: string): Promise<StagedContent> {
  if (content.sha256 !== null) return content;
  const { store, hashers } = context;
  const { staging, hashedAs } = content;
  const staged = await staging.finish();
  const hash = await (hashers.large ?? hashers.core).create();
  for await (const chunk of readAll(await store.openStaged(staged))) await hash.update(chunk);
  // Another name of a file that somebody else may write to.
  if (hashedAs !== undefined && !isSameState(await store.statStaged(staged), hashedAs)) throw unstable(name);
  return { ...content, sha256: await hash.digest() };
}
