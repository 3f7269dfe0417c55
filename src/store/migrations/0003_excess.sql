-- Rejects beyond the pieces of their shift and product, rejects that were scanned, and what a person made of a held increase.
-- Old tallies stay as they are: nobody looked whether their rejects exceed their pieces, and what was scanned stands nowhere.

-- Added to the tables' descriptions; 0002 says why.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'PRIMARY KEY (', 'excess_reject INTEGER NOT NULL DEFAULT 0,
    scan_reject INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (')
WHERE type = 'table' AND name IN ('tally', 'tally_history', 'tally_shift');
-- `standing`: `open`, `released` or `refused` for what is held, else empty; `author`: who decided.
UPDATE sqlite_schema SET sql = replace(sql, 'PRIMARY KEY (', 'standing TEXT NOT NULL DEFAULT '''',
    author TEXT NOT NULL DEFAULT '''',
    PRIMARY KEY (')
WHERE type = 'table' AND name = 'flag';
PRAGMA writable_schema = RESET;

-- The last word on a held increase decides on it, unless it was taken back.
UPDATE flag SET standing = 'open' WHERE what = 'held';
WITH
entry (seq, at, machine, author, body) AS (
    SELECT seq, at, machine, author, iif(json_valid(body), body, '{}') FROM fact WHERE kind = 'entry'
),
word (seq, at, machine, role, release, author) AS (
    SELECT max(seq), at, machine, body ->> '$.role', body ->> '$.release', author FROM entry
    WHERE body ->> '$.says' = 'held'
        AND body ->> '$.key' NOT IN (SELECT coalesce(body ->> '$.entry', '') FROM entry WHERE body ->> '$.says' = 'undo')
    GROUP BY at, machine, body ->> '$.role'
)
UPDATE flag SET standing = iif(word.release, 'released', 'refused'), author = word.author
FROM word
WHERE flag.what = 'held' AND flag.at = word.at AND flag.machine = word.machine AND flag.role = word.role;

-- Few tallies are corrected, and what is merged says how many of its own were.
CREATE INDEX tally_revised ON tally (start, machine, line, business_date) WHERE rev > 0;
