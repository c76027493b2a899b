-- Claims on blobs whose rows are not there yet, which local file is which row, what was placed by whom, and what a removal
-- has to say so that it can be undone.
-- Both SQLite (3.40 and later) and PostgreSQL run this text; WITHOUT ROWID, which keeps long keys once and not twice, is
-- the one place where they differ: for PostgreSQL it is left out.

CREATE TABLE leases (
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
