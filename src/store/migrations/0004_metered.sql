-- Time whose energy a meter told. Old tallies stay as they are: no meter was read for them.

-- Added to the tables' descriptions; 0002 says why.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'PRIMARY KEY (', 'metered_ms INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (')
WHERE type = 'table' AND name IN ('tally', 'tally_history', 'tally_shift');
PRAGMA writable_schema = RESET;
