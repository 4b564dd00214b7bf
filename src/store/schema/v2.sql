-- Format 2: a store says where its write-ahead log lies, and runs can be cancelled.

-- While the store is written, the path of its write-ahead log; null once it has been
-- closed well. Each name of a file has a log of its own, so whoever opens the file
-- under another name can tell that what was written last is not in it.
CREATE TABLE log_place (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    path     BLOB
) STRICT;
INSERT INTO log_place VALUES (1, NULL);

-- Programs of format 1 do not know the state and the action of runs that were
-- cancelled, and would leave `log_place` as it is.
UPDATE format SET oldest = 2;
