import { type DocumentKey, parseKey } from "../../core/document.ts";
import { cleanSecrets, withoutFingerprints } from "../../core/secrets/clean-secrets.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import type { SqlRow } from "../../ports/sql.ts";
import type { CatalogContext } from "../context.ts";
import { followArtifact } from "../pins/pin-rows-statements.ts";
import { isDocumentRow } from "../records/rows.ts";
import { type OlderKeyRange, rewriteKey, selectOlderKeys } from "./older-keys-statements.ts";

/** The key as it was given, where it has secrets; `undefined` where it is the one that is stored. */
export function findGivenKey({ artifactId, sourceUrl, resolver }: DocumentKey): DocumentKey | undefined {
  const given = { artifactId, sourceUrl, resolver };
  return Object.values(given).every((each) => cleanSecrets(each) === each) ? undefined : given;
}

/**
 * Takes the secrets out of rows that an older version wrote, when they are about to be registered again: their key
 * becomes the one without secrets. Where that is taken already the row stays, and a warning names both.
 */
export async function rewriteOlderKeys(
  context: Pick<CatalogContext, "sql" | "clock" | "logger">,
  given: readonly (DocumentKey | undefined)[],
): Promise<void> {
  for (const each of given) if (each !== undefined) await rewriteOlder(context, each);
}

async function rewriteOlder(
  { sql, clock, logger }: Pick<CatalogContext, "sql" | "clock" | "logger">,
  given: DocumentKey,
): Promise<void> {
  const key = parseKey(given);
  const rows = await sql.query(selectOlderKeys(rangeOf(given, key)));
  const olderRows = rows.filter((row) => isDocumentRow(row) && isOlder(row, key));
  const older = olderRows.map((row) => row[0] as number);
  const pins = olderRows.map((row) => followArtifact(row[1] as string, key.artifactId));
  if (older.length === 0) return;
  const now = formatTimestamp(clock.now());
  const results = await sql.batch([...older.map((id) => rewriteKey(id, key, now)), ...pins]);
  for (const [index, id] of older.entries()) {
    if (results[index]?.changes !== 0) continue;
    logger.log("warn", "A document has secrets in its key, and another one has the key without them: remove one", {
      id,
    });
  }
}

function rangeOf(given: DocumentKey, key: DocumentKey): OlderKeyRange {
  const [start = ""] = key.sourceUrl.split(/[?#;]/);
  return {
    artifactIds: [given.artifactId, key.artifactId, withoutFingerprints(key.artifactId)],
    given: given.sourceUrl,
    start,
    resolver: given.resolver,
  };
}

/** Whether a row would have this key today. Version 0.1 left secrets out of the ids that it made of URLs. */
function isOlder(row: SqlRow, key: DocumentKey): boolean {
  const [artifactId, sourceUrl] = [row[1] as string, row[2] as string];
  if (artifactId === key.artifactId && sourceUrl === key.sourceUrl) return false;
  if (cleanSecrets(sourceUrl) !== key.sourceUrl) return false;
  if (cleanSecrets(artifactId) === key.artifactId) return true;
  return key.artifactId === `url:${key.sourceUrl}` && artifactId === withoutFingerprints(key.artifactId);
}
