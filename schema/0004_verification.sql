-- What was verified when and with what result, what was found bad, and which sources serve other bytes by now.
-- Both SQLite (3.40 and later) and PostgreSQL run this text, but for the identity columns, as in 0001.

CREATE TABLE verifications (
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
