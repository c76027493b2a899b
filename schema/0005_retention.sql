-- What is to stay whatever any rule says, and what was removed on purpose and is not to come back by itself.
-- Both SQLite (3.40 and later) and PostgreSQL run this text, but for the identity columns, as in 0001, and WITHOUT ROWID,
-- as in 0002.

CREATE TABLE pins (
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
