// Generated from schema/*.sql by npm run generate; do not edit.
import type { Migration } from "../ports/sql.ts";

/** Every step of the schema, in order. */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: "documents",
    sql: `CREATE TABLE meta (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE documents (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  artifact_id TEXT NOT NULL,
  source_url TEXT NOT NULL,
  resolver TEXT NOT NULL,
  content_type TEXT,
  bytes BIGINT NOT NULL CHECK (bytes >= 0),
  sha256 TEXT CHECK (length(sha256) = 64),
  storage_uri TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  run_id TEXT,
  CONSTRAINT documents_key UNIQUE (artifact_id, source_url, resolver)
);

CREATE INDEX documents_sha256 ON documents (sha256);
CREATE INDEX documents_source_url ON documents (source_url);
CREATE INDEX documents_storage_uri ON documents (storage_uri);
CREATE INDEX documents_content_type ON documents (content_type);
CREATE INDEX documents_resolver ON documents (resolver);
CREATE INDEX documents_run_id ON documents (run_id);
CREATE INDEX documents_created_at ON documents (created_at);

CREATE TABLE variants (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  document_id BIGINT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
  variant TEXT NOT NULL,
  storage_uri TEXT NOT NULL,
  bytes BIGINT CHECK (bytes >= 0),
  content_type TEXT,
  sha256 TEXT CHECK (length(sha256) = 64),
  created_at TEXT NOT NULL,
  CONSTRAINT variants_key UNIQUE (document_id, variant)
);

CREATE INDEX variants_sha256 ON variants (sha256);
CREATE INDEX variants_storage_uri ON variants (storage_uri);

CREATE TABLE removals (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uri TEXT NOT NULL,
  sha256 TEXT,
  bytes BIGINT,
  removed_at TEXT NOT NULL,
  verb TEXT NOT NULL,
  plan TEXT,
  reason TEXT,
  record TEXT
);

CREATE INDEX removals_uri ON removals (uri);
CREATE INDEX removals_sha256 ON removals (sha256);
CREATE INDEX removals_removed_at ON removals (removed_at);
`,
    sqliteSchema: [
      ["table", "meta", "meta", `CREATE TABLE meta (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
)`],
      ["index", "sqlite_autoindex_meta_1", "meta", null],
      ["table", "documents", "documents", `CREATE TABLE documents (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  artifact_id TEXT NOT NULL,
  source_url TEXT NOT NULL,
  resolver TEXT NOT NULL,
  content_type TEXT,
  bytes BIGINT NOT NULL CHECK (bytes >= 0),
  sha256 TEXT CHECK (length(sha256) = 64),
  storage_uri TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  run_id TEXT,
  CONSTRAINT documents_key UNIQUE (artifact_id, source_url, resolver)
)`],
      ["index", "sqlite_autoindex_documents_1", "documents", null],
      ["table", "sqlite_sequence", "sqlite_sequence", "CREATE TABLE sqlite_sequence(name,seq)"],
      ["index", "documents_sha256", "documents", "CREATE INDEX documents_sha256 ON documents (sha256)"],
      ["index", "documents_source_url", "documents", "CREATE INDEX documents_source_url ON documents (source_url)"],
      ["index", "documents_storage_uri", "documents", "CREATE INDEX documents_storage_uri ON documents (storage_uri)"],
      ["index", "documents_content_type", "documents", "CREATE INDEX documents_content_type ON documents (content_type)"],
      ["index", "documents_resolver", "documents", "CREATE INDEX documents_resolver ON documents (resolver)"],
      ["index", "documents_run_id", "documents", "CREATE INDEX documents_run_id ON documents (run_id)"],
      ["index", "documents_created_at", "documents", "CREATE INDEX documents_created_at ON documents (created_at)"],
      ["table", "variants", "variants", `CREATE TABLE variants (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  document_id BIGINT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
  variant TEXT NOT NULL,
  storage_uri TEXT NOT NULL,
  bytes BIGINT CHECK (bytes >= 0),
  content_type TEXT,
  sha256 TEXT CHECK (length(sha256) = 64),
  created_at TEXT NOT NULL,
  CONSTRAINT variants_key UNIQUE (document_id, variant)
)`],
      ["index", "sqlite_autoindex_variants_1", "variants", null],
      ["index", "variants_sha256", "variants", "CREATE INDEX variants_sha256 ON variants (sha256)"],
      ["index", "variants_storage_uri", "variants", "CREATE INDEX variants_storage_uri ON variants (storage_uri)"],
      ["table", "removals", "removals", `CREATE TABLE removals (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uri TEXT NOT NULL,
  sha256 TEXT,
  bytes BIGINT,
  removed_at TEXT NOT NULL,
  verb TEXT NOT NULL,
  plan TEXT,
  reason TEXT,
  record TEXT
)`],
      ["index", "removals_uri", "removals", "CREATE INDEX removals_uri ON removals (uri)"],
      ["index", "removals_sha256", "removals", "CREATE INDEX removals_sha256 ON removals (sha256)"],
      ["index", "removals_removed_at", "removals", "CREATE INDEX removals_removed_at ON removals (removed_at)"],
    ],
  },
  {
    version: 2,
    name: "claims",
    sql: `CREATE TABLE leases (
  id TEXT NOT NULL PRIMARY KEY,
  uri TEXT NOT NULL,
  origin TEXT NOT NULL CHECK (origin IN ('placed', 'in_place', 'registered')),
  sha256 TEXT CHECK (length(sha256) = 64),
  bytes BIGINT CHECK (bytes >= 0),
  identity TEXT,
  holder TEXT NOT NULL,
  taken_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
);

CREATE INDEX leases_uri ON leases (uri);
CREATE INDEX leases_expires_at ON leases (expires_at);

CREATE TABLE sources (
  path TEXT NOT NULL,
  document_id BIGINT NOT NULL,
  variant TEXT,
  CONSTRAINT sources_key PRIMARY KEY (path, document_id)
);

CREATE INDEX sources_document_id ON sources (document_id);

CREATE TABLE in_place (
  uri TEXT NOT NULL PRIMARY KEY,
  path TEXT NOT NULL
);

CREATE INDEX in_place_path ON in_place (path);

CREATE TABLE placed (
  uri TEXT NOT NULL PRIMARY KEY,
  sha256_start TEXT NOT NULL CHECK (length(sha256_start) = 16)
) WITHOUT ROWID;

ALTER TABLE removals ADD COLUMN variant TEXT;
ALTER TABLE removals ADD COLUMN content_type TEXT;
ALTER TABLE removals ADD COLUMN created_at TEXT;
ALTER TABLE removals ADD COLUMN origin TEXT;
ALTER TABLE removals ADD COLUMN identity TEXT;
`,
    sqliteSchema: [
      ["table", "meta", "meta", `CREATE TABLE meta (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
)`],
      ["index", "sqlite_autoindex_meta_1", "meta", null],
      ["table", "documents", "documents", `CREATE TABLE documents (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  artifact_id TEXT NOT NULL,
  source_url TEXT NOT NULL,
  resolver TEXT NOT NULL,
  content_type TEXT,
  bytes BIGINT NOT NULL CHECK (bytes >= 0),
  sha256 TEXT CHECK (length(sha256) = 64),
  storage_uri TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  run_id TEXT,
  CONSTRAINT documents_key UNIQUE (artifact_id, source_url, resolver)
)`],
      ["index", "sqlite_autoindex_documents_1", "documents", null],
      ["table", "sqlite_sequence", "sqlite_sequence", "CREATE TABLE sqlite_sequence(name,seq)"],
      ["index", "documents_sha256", "documents", "CREATE INDEX documents_sha256 ON documents (sha256)"],
      ["index", "documents_source_url", "documents", "CREATE INDEX documents_source_url ON documents (source_url)"],
      ["index", "documents_storage_uri", "documents", "CREATE INDEX documents_storage_uri ON documents (storage_uri)"],
      ["index", "documents_content_type", "documents", "CREATE INDEX documents_content_type ON documents (content_type)"],
      ["index", "documents_resolver", "documents", "CREATE INDEX documents_resolver ON documents (resolver)"],
      ["index", "documents_run_id", "documents", "CREATE INDEX documents_run_id ON documents (run_id)"],
      ["index", "documents_created_at", "documents", "CREATE INDEX documents_created_at ON documents (created_at)"],
      ["table", "variants", "variants", `CREATE TABLE variants (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  document_id BIGINT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
  variant TEXT NOT NULL,
  storage_uri TEXT NOT NULL,
  bytes BIGINT CHECK (bytes >= 0),
  content_type TEXT,
  sha256 TEXT CHECK (length(sha256) = 64),
  created_at TEXT NOT NULL,
  CONSTRAINT variants_key UNIQUE (document_id, variant)
)`],
      ["index", "sqlite_autoindex_variants_1", "variants", null],
      ["index", "variants_sha256", "variants", "CREATE INDEX variants_sha256 ON variants (sha256)"],
      ["index", "variants_storage_uri", "variants", "CREATE INDEX variants_storage_uri ON variants (storage_uri)"],
      ["table", "removals", "removals", `CREATE TABLE removals (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uri TEXT NOT NULL,
  sha256 TEXT,
  bytes BIGINT,
  removed_at TEXT NOT NULL,
  verb TEXT NOT NULL,
  plan TEXT,
  reason TEXT,
  record TEXT
, variant TEXT, content_type TEXT, created_at TEXT, origin TEXT, identity TEXT)`],
      ["index", "removals_uri", "removals", "CREATE INDEX removals_uri ON removals (uri)"],
      ["index", "removals_sha256", "removals", "CREATE INDEX removals_sha256 ON removals (sha256)"],
      ["index", "removals_removed_at", "removals", "CREATE INDEX removals_removed_at ON removals (removed_at)"],
      ["table", "leases", "leases", `CREATE TABLE leases (
  id TEXT NOT NULL PRIMARY KEY,
  uri TEXT NOT NULL,
  origin TEXT NOT NULL CHECK (origin IN ('placed', 'in_place', 'registered')),
  sha256 TEXT CHECK (length(sha256) = 64),
  bytes BIGINT CHECK (bytes >= 0),
  identity TEXT,
  holder TEXT NOT NULL,
  taken_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
)`],
      ["index", "sqlite_autoindex_leases_1", "leases", null],
      ["index", "leases_uri", "leases", "CREATE INDEX leases_uri ON leases (uri)"],
      ["index", "leases_expires_at", "leases", "CREATE INDEX leases_expires_at ON leases (expires_at)"],
      ["table", "sources", "sources", `CREATE TABLE sources (
  path TEXT NOT NULL,
  document_id BIGINT NOT NULL,
  variant TEXT,
  CONSTRAINT sources_key PRIMARY KEY (path, document_id)
)`],
      ["index", "sqlite_autoindex_sources_1", "sources", null],
      ["index", "sources_document_id", "sources", "CREATE INDEX sources_document_id ON sources (document_id)"],
      ["table", "in_place", "in_place", `CREATE TABLE in_place (
  uri TEXT NOT NULL PRIMARY KEY,
  path TEXT NOT NULL
)`],
      ["index", "sqlite_autoindex_in_place_1", "in_place", null],
      ["index", "in_place_path", "in_place", "CREATE INDEX in_place_path ON in_place (path)"],
      ["table", "placed", "placed", `CREATE TABLE placed (
  uri TEXT NOT NULL PRIMARY KEY,
  sha256_start TEXT NOT NULL CHECK (length(sha256_start) = 16)
) WITHOUT ROWID`],
    ],
  },
  {
    version: 3,
    name: "collection",
    sql: `CREATE TABLE orphans (
  uri TEXT NOT NULL PRIMARY KEY,
  bytes BIGINT NOT NULL CHECK (bytes >= 0),
  modified_us BIGINT NOT NULL,
  since TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE trash (
  run TEXT NOT NULL,
  uri TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('trash', 'displaced')),
  sha256 TEXT CHECK (length(sha256) = 64),
  bytes BIGINT NOT NULL CHECK (bytes >= 0),
  trashed_at TEXT NOT NULL,
  expires_at TEXT,
  plan TEXT,
  CONSTRAINT trash_key PRIMARY KEY (run, uri)
);

CREATE INDEX trash_uri ON trash (uri);
CREATE INDEX trash_expires_at ON trash (expires_at);

CREATE INDEX removals_plan ON removals (plan);
`,
    sqliteSchema: [
      ["table", "meta", "meta", `CREATE TABLE meta (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
)`],
      ["index", "sqlite_autoindex_meta_1", "meta", null],
      ["table", "documents", "documents", `CREATE TABLE documents (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  artifact_id TEXT NOT NULL,
  source_url TEXT NOT NULL,
  resolver TEXT NOT NULL,
  content_type TEXT,
  bytes BIGINT NOT NULL CHECK (bytes >= 0),
  sha256 TEXT CHECK (length(sha256) = 64),
  storage_uri TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  run_id TEXT,
  CONSTRAINT documents_key UNIQUE (artifact_id, source_url, resolver)
)`],
      ["index", "sqlite_autoindex_documents_1", "documents", null],
      ["table", "sqlite_sequence", "sqlite_sequence", "CREATE TABLE sqlite_sequence(name,seq)"],
      ["index", "documents_sha256", "documents", "CREATE INDEX documents_sha256 ON documents (sha256)"],
      ["index", "documents_source_url", "documents", "CREATE INDEX documents_source_url ON documents (source_url)"],
      ["index", "documents_storage_uri", "documents", "CREATE INDEX documents_storage_uri ON documents (storage_uri)"],
      ["index", "documents_content_type", "documents", "CREATE INDEX documents_content_type ON documents (content_type)"],
      ["index", "documents_resolver", "documents", "CREATE INDEX documents_resolver ON documents (resolver)"],
      ["index", "documents_run_id", "documents", "CREATE INDEX documents_run_id ON documents (run_id)"],
      ["index", "documents_created_at", "documents", "CREATE INDEX documents_created_at ON documents (created_at)"],
      ["table", "variants", "variants", `CREATE TABLE variants (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  document_id BIGINT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
  variant TEXT NOT NULL,
  storage_uri TEXT NOT NULL,
  bytes BIGINT CHECK (bytes >= 0),
  content_type TEXT,
  sha256 TEXT CHECK (length(sha256) = 64),
  created_at TEXT NOT NULL,
  CONSTRAINT variants_key UNIQUE (document_id, variant)
)`],
      ["index", "sqlite_autoindex_variants_1", "variants", null],
      ["index", "variants_sha256", "variants", "CREATE INDEX variants_sha256 ON variants (sha256)"],
      ["index", "variants_storage_uri", "variants", "CREATE INDEX variants_storage_uri ON variants (storage_uri)"],
      ["table", "removals", "removals", `CREATE TABLE removals (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uri TEXT NOT NULL,
  sha256 TEXT,
  bytes BIGINT,
  removed_at TEXT NOT NULL,
  verb TEXT NOT NULL,
  plan TEXT,
  reason TEXT,
  record TEXT
, variant TEXT, content_type TEXT, created_at TEXT, origin TEXT, identity TEXT)`],
      ["index", "removals_uri", "removals", "CREATE INDEX removals_uri ON removals (uri)"],
      ["index", "removals_sha256", "removals", "CREATE INDEX removals_sha256 ON removals (sha256)"],
      ["index", "removals_removed_at", "removals", "CREATE INDEX removals_removed_at ON removals (removed_at)"],
      ["table", "leases", "leases", `CREATE TABLE leases (
  id TEXT NOT NULL PRIMARY KEY,
  uri TEXT NOT NULL,
  origin TEXT NOT NULL CHECK (origin IN ('placed', 'in_place', 'registered')),
  sha256 TEXT CHECK (length(sha256) = 64),
  bytes BIGINT CHECK (bytes >= 0),
  identity TEXT,
  holder TEXT NOT NULL,
  taken_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
)`],
      ["index", "sqlite_autoindex_leases_1", "leases", null],
      ["index", "leases_uri", "leases", "CREATE INDEX leases_uri ON leases (uri)"],
      ["index", "leases_expires_at", "leases", "CREATE INDEX leases_expires_at ON leases (expires_at)"],
      ["table", "sources", "sources", `CREATE TABLE sources (
  path TEXT NOT NULL,
  document_id BIGINT NOT NULL,
  variant TEXT,
  CONSTRAINT sources_key PRIMARY KEY (path, document_id)
)`],
      ["index", "sqlite_autoindex_sources_1", "sources", null],
      ["index", "sources_document_id", "sources", "CREATE INDEX sources_document_id ON sources (document_id)"],
      ["table", "in_place", "in_place", `CREATE TABLE in_place (
  uri TEXT NOT NULL PRIMARY KEY,
  path TEXT NOT NULL
)`],
      ["index", "sqlite_autoindex_in_place_1", "in_place", null],
      ["index", "in_place_path", "in_place", "CREATE INDEX in_place_path ON in_place (path)"],
      ["table", "placed", "placed", `CREATE TABLE placed (
  uri TEXT NOT NULL PRIMARY KEY,
  sha256_start TEXT NOT NULL CHECK (length(sha256_start) = 16)
) WITHOUT ROWID`],
      ["table", "orphans", "orphans", `CREATE TABLE orphans (
  uri TEXT NOT NULL PRIMARY KEY,
  bytes BIGINT NOT NULL CHECK (bytes >= 0),
  modified_us BIGINT NOT NULL,
  since TEXT NOT NULL
) WITHOUT ROWID`],
      ["table", "trash", "trash", `CREATE TABLE trash (
  run TEXT NOT NULL,
  uri TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('trash', 'displaced')),
  sha256 TEXT CHECK (length(sha256) = 64),
  bytes BIGINT NOT NULL CHECK (bytes >= 0),
  trashed_at TEXT NOT NULL,
  expires_at TEXT,
  plan TEXT,
  CONSTRAINT trash_key PRIMARY KEY (run, uri)
)`],
      ["index", "sqlite_autoindex_trash_1", "trash", null],
      ["index", "trash_uri", "trash", "CREATE INDEX trash_uri ON trash (uri)"],
      ["index", "trash_expires_at", "trash", "CREATE INDEX trash_expires_at ON trash (expires_at)"],
      ["index", "removals_plan", "removals", "CREATE INDEX removals_plan ON removals (plan)"],
    ],
  },
  {
    version: 4,
    name: "verification",
    sql: `CREATE TABLE verifications (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uri TEXT NOT NULL,
  result TEXT NOT NULL CHECK (result IN ('ok', 'mismatch', 'missing', 'unreadable', 'unchecked')),
  strength TEXT NOT NULL CHECK (strength IN ('full', 'provider', 'size', 'none')),
  sha256 TEXT CHECK (length(sha256) = 64),
  bytes BIGINT CHECK (bytes >= 0),
  checked_at TEXT NOT NULL,
  ok_at TEXT,
  bad_since TEXT,
  CONSTRAINT verifications_key UNIQUE (uri)
);

CREATE INDEX verifications_checked_at ON verifications (checked_at);
CREATE INDEX verifications_bad_since ON verifications (bad_since) WHERE bad_since IS NOT NULL;
CREATE INDEX verifications_by_size ON verifications (checked_at) WHERE result = 'ok' AND strength = 'size';

CREATE TABLE incidents (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uri TEXT NOT NULL,
  result TEXT NOT NULL CHECK (result IN ('mismatch', 'missing', 'unreadable')),
  reason TEXT NOT NULL,
  expected_sha256 TEXT CHECK (length(expected_sha256) = 64),
  expected_bytes BIGINT CHECK (expected_bytes >= 0),
  actual_sha256 TEXT CHECK (length(actual_sha256) = 64),
  actual_bytes BIGINT CHECK (actual_bytes >= 0),
  found_at TEXT NOT NULL,
  quarantine TEXT,
  resolved_at TEXT,
  resolution TEXT CHECK (resolution IN ('verified', 'repaired', 'replaced', 'relocated', 'removed'))
);

CREATE INDEX incidents_uri ON incidents (uri);
CREATE UNIQUE INDEX incidents_open ON incidents (uri) WHERE resolved_at IS NULL;

CREATE TABLE drifts (
  source_url TEXT NOT NULL,
  expected_sha256 TEXT NOT NULL CHECK (length(expected_sha256) = 64),
  actual_sha256 TEXT NOT NULL CHECK (length(actual_sha256) = 64),
  actual_bytes BIGINT NOT NULL CHECK (actual_bytes >= 0),
  first_seen_at TEXT NOT NULL,
  last_seen_at TEXT NOT NULL,
  CONSTRAINT drifts_key PRIMARY KEY (source_url, expected_sha256, actual_sha256)
);
`,
    sqliteSchema: [
      ["table", "meta", "meta", `CREATE TABLE meta (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
)`],
      ["index", "sqlite_autoindex_meta_1", "meta", null],
      ["table", "documents", "documents", `CREATE TABLE documents (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  artifact_id TEXT NOT NULL,
  source_url TEXT NOT NULL,
  resolver TEXT NOT NULL,
  content_type TEXT,
  bytes BIGINT NOT NULL CHECK (bytes >= 0),
  sha256 TEXT CHECK (length(sha256) = 64),
  storage_uri TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  run_id TEXT,
  CONSTRAINT documents_key UNIQUE (artifact_id, source_url, resolver)
)`],
      ["index", "sqlite_autoindex_documents_1", "documents", null],
      ["table", "sqlite_sequence", "sqlite_sequence", "CREATE TABLE sqlite_sequence(name,seq)"],
      ["index", "documents_sha256", "documents", "CREATE INDEX documents_sha256 ON documents (sha256)"],
      ["index", "documents_source_url", "documents", "CREATE INDEX documents_source_url ON documents (source_url)"],
      ["index", "documents_storage_uri", "documents", "CREATE INDEX documents_storage_uri ON documents (storage_uri)"],
      ["index", "documents_content_type", "documents", "CREATE INDEX documents_content_type ON documents (content_type)"],
      ["index", "documents_resolver", "documents", "CREATE INDEX documents_resolver ON documents (resolver)"],
      ["index", "documents_run_id", "documents", "CREATE INDEX documents_run_id ON documents (run_id)"],
      ["index", "documents_created_at", "documents", "CREATE INDEX documents_created_at ON documents (created_at)"],
      ["table", "variants", "variants", `CREATE TABLE variants (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  document_id BIGINT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
  variant TEXT NOT NULL,
  storage_uri TEXT NOT NULL,
  bytes BIGINT CHECK (bytes >= 0),
  content_type TEXT,
  sha256 TEXT CHECK (length(sha256) = 64),
  created_at TEXT NOT NULL,
  CONSTRAINT variants_key UNIQUE (document_id, variant)
)`],
      ["index", "sqlite_autoindex_variants_1", "variants", null],
      ["index", "variants_sha256", "variants", "CREATE INDEX variants_sha256 ON variants (sha256)"],
      ["index", "variants_storage_uri", "variants", "CREATE INDEX variants_storage_uri ON variants (storage_uri)"],
      ["table", "removals", "removals", `CREATE TABLE removals (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uri TEXT NOT NULL,
  sha256 TEXT,
  bytes BIGINT,
  removed_at TEXT NOT NULL,
  verb TEXT NOT NULL,
  plan TEXT,
  reason TEXT,
  record TEXT
, variant TEXT, content_type TEXT, created_at TEXT, origin TEXT, identity TEXT)`],
      ["index", "removals_uri", "removals", "CREATE INDEX removals_uri ON removals (uri)"],
      ["index", "removals_sha256", "removals", "CREATE INDEX removals_sha256 ON removals (sha256)"],
      ["index", "removals_removed_at", "removals", "CREATE INDEX removals_removed_at ON removals (removed_at)"],
      ["table", "leases", "leases", `CREATE TABLE leases (
  id TEXT NOT NULL PRIMARY KEY,
  uri TEXT NOT NULL,
  origin TEXT NOT NULL CHECK (origin IN ('placed', 'in_place', 'registered')),
  sha256 TEXT CHECK (length(sha256) = 64),
  bytes BIGINT CHECK (bytes >= 0),
  identity TEXT,
  holder TEXT NOT NULL,
  taken_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
)`],
      ["index", "sqlite_autoindex_leases_1", "leases", null],
      ["index", "leases_uri", "leases", "CREATE INDEX leases_uri ON leases (uri)"],
      ["index", "leases_expires_at", "leases", "CREATE INDEX leases_expires_at ON leases (expires_at)"],
      ["table", "sources", "sources", `CREATE TABLE sources (
  path TEXT NOT NULL,
  document_id BIGINT NOT NULL,
  variant TEXT,
  CONSTRAINT sources_key PRIMARY KEY (path, document_id)
)`],
      ["index", "sqlite_autoindex_sources_1", "sources", null],
      ["index", "sources_document_id", "sources", "CREATE INDEX sources_document_id ON sources (document_id)"],
      ["table", "in_place", "in_place", `CREATE TABLE in_place (
  uri TEXT NOT NULL PRIMARY KEY,
  path TEXT NOT NULL
)`],
      ["index", "sqlite_autoindex_in_place_1", "in_place", null],
      ["index", "in_place_path", "in_place", "CREATE INDEX in_place_path ON in_place (path)"],
      ["table", "placed", "placed", `CREATE TABLE placed (
  uri TEXT NOT NULL PRIMARY KEY,
  sha256_start TEXT NOT NULL CHECK (length(sha256_start) = 16)
) WITHOUT ROWID`],
      ["table", "orphans", "orphans", `CREATE TABLE orphans (
  uri TEXT NOT NULL PRIMARY KEY,
  bytes BIGINT NOT NULL CHECK (bytes >= 0),
  modified_us BIGINT NOT NULL,
  since TEXT NOT NULL
) WITHOUT ROWID`],
      ["table", "trash", "trash", `CREATE TABLE trash (
  run TEXT NOT NULL,
  uri TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('trash', 'displaced')),
  sha256 TEXT CHECK (length(sha256) = 64),
  bytes BIGINT NOT NULL CHECK (bytes >= 0),
  trashed_at TEXT NOT NULL,
  expires_at TEXT,
  plan TEXT,
  CONSTRAINT trash_key PRIMARY KEY (run, uri)
)`],
      ["index", "sqlite_autoindex_trash_1", "trash", null],
      ["index", "trash_uri", "trash", "CREATE INDEX trash_uri ON trash (uri)"],
      ["index", "trash_expires_at", "trash", "CREATE INDEX trash_expires_at ON trash (expires_at)"],
      ["index", "removals_plan", "removals", "CREATE INDEX removals_plan ON removals (plan)"],
      ["table", "verifications", "verifications", `CREATE TABLE verifications (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uri TEXT NOT NULL,
  result TEXT NOT NULL CHECK (result IN ('ok', 'mismatch', 'missing', 'unreadable', 'unchecked')),
  strength TEXT NOT NULL CHECK (strength IN ('full', 'provider', 'size', 'none')),
  sha256 TEXT CHECK (length(sha256) = 64),
  bytes BIGINT CHECK (bytes >= 0),
  checked_at TEXT NOT NULL,
  ok_at TEXT,
  bad_since TEXT,
  CONSTRAINT verifications_key UNIQUE (uri)
)`],
      ["index", "sqlite_autoindex_verifications_1", "verifications", null],
      ["index", "verifications_checked_at", "verifications", "CREATE INDEX verifications_checked_at ON verifications (checked_at)"],
      ["index", "verifications_bad_since", "verifications", "CREATE INDEX verifications_bad_since ON verifications (bad_since) WHERE bad_since IS NOT NULL"],
      ["index", "verifications_by_size", "verifications", "CREATE INDEX verifications_by_size ON verifications (checked_at) WHERE result = 'ok' AND strength = 'size'"],
      ["table", "incidents", "incidents", `CREATE TABLE incidents (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uri TEXT NOT NULL,
  result TEXT NOT NULL CHECK (result IN ('mismatch', 'missing', 'unreadable')),
  reason TEXT NOT NULL,
  expected_sha256 TEXT CHECK (length(expected_sha256) = 64),
  expected_bytes BIGINT CHECK (expected_bytes >= 0),
  actual_sha256 TEXT CHECK (length(actual_sha256) = 64),
  actual_bytes BIGINT CHECK (actual_bytes >= 0),
  found_at TEXT NOT NULL,
  quarantine TEXT,
  resolved_at TEXT,
  resolution TEXT CHECK (resolution IN ('verified', 'repaired', 'replaced', 'relocated', 'removed'))
)`],
      ["index", "incidents_uri", "incidents", "CREATE INDEX incidents_uri ON incidents (uri)"],
      ["index", "incidents_open", "incidents", "CREATE UNIQUE INDEX incidents_open ON incidents (uri) WHERE resolved_at IS NULL"],
      ["table", "drifts", "drifts", `CREATE TABLE drifts (
  source_url TEXT NOT NULL,
  expected_sha256 TEXT NOT NULL CHECK (length(expected_sha256) = 64),
  actual_sha256 TEXT NOT NULL CHECK (length(actual_sha256) = 64),
  actual_bytes BIGINT NOT NULL CHECK (actual_bytes >= 0),
  first_seen_at TEXT NOT NULL,
  last_seen_at TEXT NOT NULL,
  CONSTRAINT drifts_key PRIMARY KEY (source_url, expected_sha256, actual_sha256)
)`],
      ["index", "sqlite_autoindex_drifts_1", "drifts", null],
    ],
  },
  {
    version: 5,
    name: "retention",
    sql: `CREATE TABLE pins (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('document', 'artifact', 'sha256', 'uri')),
  target TEXT NOT NULL,
  reason TEXT NOT NULL,
  pinned_at TEXT NOT NULL,
  expires_at TEXT,
  CONSTRAINT pins_key UNIQUE (kind, target)
);

CREATE INDEX pins_expires_at ON pins (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE tombstones (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  artifact_id TEXT NOT NULL,
  source_url TEXT NOT NULL,
  resolver TEXT NOT NULL,
  sha256 TEXT CHECK (length(sha256) = 64),
  bytes BIGINT NOT NULL CHECK (bytes >= 0),
  removed_at TEXT NOT NULL,
  verb TEXT NOT NULL CHECK (verb IN ('remove', 'retention')),
  plan TEXT,
  reason TEXT
);

CREATE INDEX tombstones_key ON tombstones (artifact_id, source_url, resolver);

CREATE TABLE tombstone_paths (
  path TEXT NOT NULL,
  tombstone_id BIGINT NOT NULL REFERENCES tombstones (id) ON DELETE CASCADE,
  CONSTRAINT tombstone_paths_key PRIMARY KEY (path, tombstone_id)
) WITHOUT ROWID;

CREATE INDEX tombstone_paths_tombstone_id ON tombstone_paths (tombstone_id);
`,
    sqliteSchema: [
      ["table", "meta", "meta", `CREATE TABLE meta (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
)`],
      ["index", "sqlite_autoindex_meta_1", "meta", null],
      ["table", "documents", "documents", `CREATE TABLE documents (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  artifact_id TEXT NOT NULL,
  source_url TEXT NOT NULL,
  resolver TEXT NOT NULL,
  content_type TEXT,
  bytes BIGINT NOT NULL CHECK (bytes >= 0),
  sha256 TEXT CHECK (length(sha256) = 64),
  storage_uri TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  run_id TEXT,
  CONSTRAINT documents_key UNIQUE (artifact_id, source_url, resolver)
)`],
      ["index", "sqlite_autoindex_documents_1", "documents", null],
      ["table", "sqlite_sequence", "sqlite_sequence", "CREATE TABLE sqlite_sequence(name,seq)"],
      ["index", "documents_sha256", "documents", "CREATE INDEX documents_sha256 ON documents (sha256)"],
      ["index", "documents_source_url", "documents", "CREATE INDEX documents_source_url ON documents (source_url)"],
      ["index", "documents_storage_uri", "documents", "CREATE INDEX documents_storage_uri ON documents (storage_uri)"],
      ["index", "documents_content_type", "documents", "CREATE INDEX documents_content_type ON documents (content_type)"],
      ["index", "documents_resolver", "documents", "CREATE INDEX documents_resolver ON documents (resolver)"],
      ["index", "documents_run_id", "documents", "CREATE INDEX documents_run_id ON documents (run_id)"],
      ["index", "documents_created_at", "documents", "CREATE INDEX documents_created_at ON documents (created_at)"],
      ["table", "variants", "variants", `CREATE TABLE variants (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  document_id BIGINT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
  variant TEXT NOT NULL,
  storage_uri TEXT NOT NULL,
  bytes BIGINT CHECK (bytes >= 0),
  content_type TEXT,
  sha256 TEXT CHECK (length(sha256) = 64),
  created_at TEXT NOT NULL,
  CONSTRAINT variants_key UNIQUE (document_id, variant)
)`],
      ["index", "sqlite_autoindex_variants_1", "variants", null],
      ["index", "variants_sha256", "variants", "CREATE INDEX variants_sha256 ON variants (sha256)"],
      ["index", "variants_storage_uri", "variants", "CREATE INDEX variants_storage_uri ON variants (storage_uri)"],
      ["table", "removals", "removals", `CREATE TABLE removals (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uri TEXT NOT NULL,
  sha256 TEXT,
  bytes BIGINT,
  removed_at TEXT NOT NULL,
  verb TEXT NOT NULL,
  plan TEXT,
  reason TEXT,
  record TEXT
, variant TEXT, content_type TEXT, created_at TEXT, origin TEXT, identity TEXT)`],
      ["index", "removals_uri", "removals", "CREATE INDEX removals_uri ON removals (uri)"],
      ["index", "removals_sha256", "removals", "CREATE INDEX removals_sha256 ON removals (sha256)"],
      ["index", "removals_removed_at", "removals", "CREATE INDEX removals_removed_at ON removals (removed_at)"],
      ["table", "leases", "leases", `CREATE TABLE leases (
  id TEXT NOT NULL PRIMARY KEY,
  uri TEXT NOT NULL,
  origin TEXT NOT NULL CHECK (origin IN ('placed', 'in_place', 'registered')),
  sha256 TEXT CHECK (length(sha256) = 64),
  bytes BIGINT CHECK (bytes >= 0),
  identity TEXT,
  holder TEXT NOT NULL,
  taken_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
)`],
      ["index", "sqlite_autoindex_leases_1", "leases", null],
      ["index", "leases_uri", "leases", "CREATE INDEX leases_uri ON leases (uri)"],
      ["index", "leases_expires_at", "leases", "CREATE INDEX leases_expires_at ON leases (expires_at)"],
      ["table", "sources", "sources", `CREATE TABLE sources (
  path TEXT NOT NULL,
  document_id BIGINT NOT NULL,
  variant TEXT,
  CONSTRAINT sources_key PRIMARY KEY (path, document_id)
)`],
      ["index", "sqlite_autoindex_sources_1", "sources", null],
      ["index", "sources_document_id", "sources", "CREATE INDEX sources_document_id ON sources (document_id)"],
      ["table", "in_place", "in_place", `CREATE TABLE in_place (
  uri TEXT NOT NULL PRIMARY KEY,
  path TEXT NOT NULL
)`],
      ["index", "sqlite_autoindex_in_place_1", "in_place", null],
      ["index", "in_place_path", "in_place", "CREATE INDEX in_place_path ON in_place (path)"],
      ["table", "placed", "placed", `CREATE TABLE placed (
  uri TEXT NOT NULL PRIMARY KEY,
  sha256_start TEXT NOT NULL CHECK (length(sha256_start) = 16)
) WITHOUT ROWID`],
      ["table", "orphans", "orphans", `CREATE TABLE orphans (
  uri TEXT NOT NULL PRIMARY KEY,
  bytes BIGINT NOT NULL CHECK (bytes >= 0),
  modified_us BIGINT NOT NULL,
  since TEXT NOT NULL
) WITHOUT ROWID`],
      ["table", "trash", "trash", `CREATE TABLE trash (
  run TEXT NOT NULL,
  uri TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('trash', 'displaced')),
  sha256 TEXT CHECK (length(sha256) = 64),
  bytes BIGINT NOT NULL CHECK (bytes >= 0),
  trashed_at TEXT NOT NULL,
  expires_at TEXT,
  plan TEXT,
  CONSTRAINT trash_key PRIMARY KEY (run, uri)
)`],
      ["index", "sqlite_autoindex_trash_1", "trash", null],
      ["index", "trash_uri", "trash", "CREATE INDEX trash_uri ON trash (uri)"],
      ["index", "trash_expires_at", "trash", "CREATE INDEX trash_expires_at ON trash (expires_at)"],
      ["index", "removals_plan", "removals", "CREATE INDEX removals_plan ON removals (plan)"],
      ["table", "verifications", "verifications", `CREATE TABLE verifications (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uri TEXT NOT NULL,
  result TEXT NOT NULL CHECK (result IN ('ok', 'mismatch', 'missing', 'unreadable', 'unchecked')),
  strength TEXT NOT NULL CHECK (strength IN ('full', 'provider', 'size', 'none')),
  sha256 TEXT CHECK (length(sha256) = 64),
  bytes BIGINT CHECK (bytes >= 0),
  checked_at TEXT NOT NULL,
  ok_at TEXT,
  bad_since TEXT,
  CONSTRAINT verifications_key UNIQUE (uri)
)`],
      ["index", "sqlite_autoindex_verifications_1", "verifications", null],
      ["index", "verifications_checked_at", "verifications", "CREATE INDEX verifications_checked_at ON verifications (checked_at)"],
      ["index", "verifications_bad_since", "verifications", "CREATE INDEX verifications_bad_since ON verifications (bad_since) WHERE bad_since IS NOT NULL"],
      ["index", "verifications_by_size", "verifications", "CREATE INDEX verifications_by_size ON verifications (checked_at) WHERE result = 'ok' AND strength = 'size'"],
      ["table", "incidents", "incidents", `CREATE TABLE incidents (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uri TEXT NOT NULL,
  result TEXT NOT NULL CHECK (result IN ('mismatch', 'missing', 'unreadable')),
  reason TEXT NOT NULL,
  expected_sha256 TEXT CHECK (length(expected_sha256) = 64),
  expected_bytes BIGINT CHECK (expected_bytes >= 0),
  actual_sha256 TEXT CHECK (length(actual_sha256) = 64),
  actual_bytes BIGINT CHECK (actual_bytes >= 0),
  found_at TEXT NOT NULL,
  quarantine TEXT,
  resolved_at TEXT,
  resolution TEXT CHECK (resolution IN ('verified', 'repaired', 'replaced', 'relocated', 'removed'))
)`],
      ["index", "incidents_uri", "incidents", "CREATE INDEX incidents_uri ON incidents (uri)"],
      ["index", "incidents_open", "incidents", "CREATE UNIQUE INDEX incidents_open ON incidents (uri) WHERE resolved_at IS NULL"],
      ["table", "drifts", "drifts", `CREATE TABLE drifts (
  source_url TEXT NOT NULL,
  expected_sha256 TEXT NOT NULL CHECK (length(expected_sha256) = 64),
  actual_sha256 TEXT NOT NULL CHECK (length(actual_sha256) = 64),
  actual_bytes BIGINT NOT NULL CHECK (actual_bytes >= 0),
  first_seen_at TEXT NOT NULL,
  last_seen_at TEXT NOT NULL,
  CONSTRAINT drifts_key PRIMARY KEY (source_url, expected_sha256, actual_sha256)
)`],
      ["index", "sqlite_autoindex_drifts_1", "drifts", null],
      ["table", "pins", "pins", `CREATE TABLE pins (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('document', 'artifact', 'sha256', 'uri')),
  target TEXT NOT NULL,
  reason TEXT NOT NULL,
  pinned_at TEXT NOT NULL,
  expires_at TEXT,
  CONSTRAINT pins_key UNIQUE (kind, target)
)`],
      ["index", "sqlite_autoindex_pins_1", "pins", null],
      ["index", "pins_expires_at", "pins", "CREATE INDEX pins_expires_at ON pins (expires_at) WHERE expires_at IS NOT NULL"],
      ["table", "tombstones", "tombstones", `CREATE TABLE tombstones (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  artifact_id TEXT NOT NULL,
  source_url TEXT NOT NULL,
  resolver TEXT NOT NULL,
  sha256 TEXT CHECK (length(sha256) = 64),
  bytes BIGINT NOT NULL CHECK (bytes >= 0),
  removed_at TEXT NOT NULL,
  verb TEXT NOT NULL CHECK (verb IN ('remove', 'retention')),
  plan TEXT,
  reason TEXT
)`],
      ["index", "tombstones_key", "tombstones", "CREATE INDEX tombstones_key ON tombstones (artifact_id, source_url, resolver)"],
      ["table", "tombstone_paths", "tombstone_paths", `CREATE TABLE tombstone_paths (
  path TEXT NOT NULL,
  tombstone_id BIGINT NOT NULL REFERENCES tombstones (id) ON DELETE CASCADE,
  CONSTRAINT tombstone_paths_key PRIMARY KEY (path, tombstone_id)
) WITHOUT ROWID`],
      ["index", "tombstone_paths_tombstone_id", "tombstone_paths", "CREATE INDEX tombstone_paths_tombstone_id ON tombstone_paths (tombstone_id)"],
    ],
  },
];
