-- What lies in the root unreferenced, and what was put into the trash for people who want it back.
-- Both SQLite (3.40 and later) and PostgreSQL run this text; WITHOUT ROWID is left out for PostgreSQL.

CREATE TABLE orphans (
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
