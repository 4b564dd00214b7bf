-- Format 1, the first one.
--
-- Times are milliseconds since 1970 in UTC. A thing's `seq` is its place in the
-- order of creation; what the outside knows it by is beside it.

-- The oldest format whose program can still use this store. Read by every
-- program there will ever be: this table keeps its shape.
CREATE TABLE format (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    oldest   INTEGER NOT NULL
) STRICT;
INSERT INTO format VALUES (1, 1);

-- Texts of frameworks. Versions that differ in `active` alone share one, and so
-- do clones.
CREATE TABLE document (
    seq  INTEGER PRIMARY KEY,
    text TEXT NOT NULL
) STRICT;

-- Frameworks as they are now. A deleted one stays, for its versions stay.
CREATE TABLE framework (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT    NOT NULL UNIQUE,
    is_system       INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    created_by      INTEGER NOT NULL,
    created_by_name TEXT    NOT NULL,
    deleted_at      INTEGER,
    number          INTEGER NOT NULL,
    active          INTEGER NOT NULL
) STRICT;

-- Every version there was, numbered from 1 without a gap.
CREATE TABLE framework_version (
    framework       INTEGER NOT NULL REFERENCES framework,
    number          INTEGER NOT NULL,
    version         TEXT    NOT NULL UNIQUE,
    active          INTEGER NOT NULL,
    short_name      TEXT    NOT NULL,
    document        INTEGER NOT NULL REFERENCES document,
    changed_at      INTEGER NOT NULL,
    changed_by      INTEGER NOT NULL,
    changed_by_name TEXT    NOT NULL,
    PRIMARY KEY (framework, number)
) STRICT, WITHOUT ROWID;

-- Rule ids of the current versions of frameworks that are not deleted.
CREATE TABLE rule (
    id        TEXT    NOT NULL,
    framework INTEGER NOT NULL REFERENCES framework,
    PRIMARY KEY (id, framework)
) STRICT, WITHOUT ROWID;
CREATE INDEX rule_of_framework ON rule (framework);

-- Every content that a custom framework had.
CREATE TABLE custom_revision (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    handle          TEXT    NOT NULL,
    version         TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    description     TEXT,
    icon_url        TEXT,
    requirements    TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    created_by      INTEGER NOT NULL,
    created_by_name TEXT    NOT NULL,
    changed_at      INTEGER NOT NULL,
    changed_by      INTEGER NOT NULL,
    changed_by_name TEXT    NOT NULL
) STRICT;
CREATE INDEX custom_revision_of_handle ON custom_revision (handle);

-- Custom frameworks as they are now: a handle is there in one version.
CREATE TABLE custom_framework (
    handle   TEXT    NOT NULL PRIMARY KEY,
    version  TEXT    NOT NULL,
    revision INTEGER NOT NULL REFERENCES custom_revision
) STRICT, WITHOUT ROWID;

CREATE TABLE ruleset (
    seq               INTEGER PRIMARY KEY AUTOINCREMENT,
    name              TEXT    NOT NULL UNIQUE,
    description       TEXT    NOT NULL,
    short_description TEXT    NOT NULL,
    created_at        INTEGER NOT NULL,
    created_by        INTEGER NOT NULL,
    created_by_name   TEXT    NOT NULL
) STRICT;

CREATE TABLE ruleset_rule (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    ruleset         INTEGER NOT NULL REFERENCES ruleset ON DELETE CASCADE,
    name            TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    created_by      INTEGER NOT NULL,
    created_by_name TEXT    NOT NULL,
    UNIQUE (ruleset, name)
) STRICT;

CREATE TABLE revision (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    rule            INTEGER NOT NULL REFERENCES ruleset_rule ON DELETE CASCADE,
    id              TEXT    NOT NULL,
    version_id      INTEGER NOT NULL,
    published       INTEGER NOT NULL,
    text            TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    created_by      INTEGER NOT NULL,
    created_by_name TEXT    NOT NULL,
    UNIQUE (rule, id),
    UNIQUE (rule, version_id)
) STRICT;
CREATE INDEX revision_of_rule ON revision (rule, seq);

-- Results outlive the rule that they speak of.
CREATE TABLE memory (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    rule            TEXT    NOT NULL,
    text            TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    created_by      INTEGER NOT NULL,
    created_by_name TEXT    NOT NULL
) STRICT;

CREATE TABLE run (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT    NOT NULL UNIQUE,
    state           TEXT    NOT NULL,
    request         TEXT    NOT NULL,
    folder          TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    created_by      INTEGER NOT NULL,
    created_by_name TEXT    NOT NULL,
    started_at      INTEGER,
    ended_at        INTEGER,
    outcome         TEXT
) STRICT;
CREATE INDEX run_under_way ON run (state, seq) WHERE state IN ('queued', 'running');

-- Who changed what, and which version came of it.
CREATE TABLE audit (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL,
    by       INTEGER NOT NULL,
    by_name  TEXT    NOT NULL,
    action   TEXT    NOT NULL,
    resource TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    version  TEXT
) STRICT;
CREATE INDEX audit_of_thing ON audit (resource, id, seq);
