/** The figures of `stats`, one row a statement unless said otherwise. */
export const STATS_STATEMENTS = {
  documents: `SELECT COUNT(*), COUNT(DISTINCT artifact_id), COALESCE(SUM(bytes), 0), COUNT(*) - COUNT(sha256),
    MIN(created_at), MAX(created_at) FROM documents`,
  contents: `SELECT COUNT(*), COALESCE(SUM(size), 0), COALESCE(SUM(CASE WHEN copies > 1 THEN 1 ELSE 0 END), 0),
    COALESCE(MAX(copies), 0) FROM (SELECT COUNT(*) AS copies, MAX(bytes) AS size FROM documents WHERE sha256 IS NOT NULL
    GROUP BY sha256) AS contents`,
  unhashedBytes: "SELECT COALESCE(SUM(bytes), 0) FROM documents WHERE sha256 IS NULL",
  variants: "SELECT COUNT(*) FROM variants",
  removals: "SELECT COUNT(*) FROM removals",
  /** Many rows: name, documents, bytes. */
  byResolver: "SELECT resolver, COUNT(*), SUM(bytes) FROM documents GROUP BY resolver ORDER BY COUNT(*) DESC, resolver",
  /** Many rows: name, documents, bytes. */
  byContentType: `SELECT content_type, COUNT(*), SUM(bytes) FROM documents GROUP BY content_type
    ORDER BY COUNT(*) DESC, content_type`,
} as const;
