-- Which engines worked out the minutes of a merged tally, as `7:480 8:3`: engine 7 so many of them, engine 8 the others. Engine
-- 0 stands for minutes that are no longer kept, of which nobody knows it.

-- Added to the table's description; 0002 says why.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'PRIMARY KEY (', 'engines TEXT NOT NULL DEFAULT ''0:1'',
    PRIMARY KEY (')
WHERE type = 'table' AND name = 'tally_shift';
PRAGMA writable_schema = RESET;

-- One entry for each merged row and engine: minutes are counted as they are read, without sorting three months of them.
CREATE TEMP TABLE counted (
    shift_start INTEGER, machine INTEGER, shift TEXT, product TEXT, line TEXT, "order" TEXT, standard TEXT, policy TEXT,
    business_date TEXT, site TEXT, org TEXT, crew TEXT, mould TEXT, engine INTEGER, minutes INTEGER,
    PRIMARY KEY (shift_start, machine, shift, product, line, "order", standard, policy, business_date, site, org, crew,
        mould, engine)
) WITHOUT ROWID;
INSERT INTO counted
SELECT shift_start, machine, shift, product, line, "order", standard, policy, business_date, site, org, crew, mould, engine, 1
FROM tally WHERE true
ON CONFLICT DO UPDATE SET minutes = minutes + 1;
UPDATE tally_shift SET engines = iif(tally_shift.shift_start < kept, '0:1 ', '') || told
FROM (
    SELECT *, group_concat(engine || ':' || minutes, ' ') AS told,
        (SELECT coalesce(max(CAST(value AS INTEGER)), 0) FROM meta WHERE key = 'pruned_before') AS kept
    FROM counted
    GROUP BY shift_start, machine, shift, product, line, "order", standard, policy, business_date, site, org, crew, mould
) AS of
WHERE tally_shift.shift_start = of.shift_start AND tally_shift.machine = of.machine AND tally_shift.shift = of.shift
    AND tally_shift.product = of.product AND tally_shift.line = of.line AND tally_shift."order" = of."order"
    AND tally_shift.standard = of.standard AND tally_shift.policy = of.policy
    AND tally_shift.business_date = of.business_date AND tally_shift.site = of.site AND tally_shift.org = of.org
    AND tally_shift.crew = of.crew AND tally_shift.mould = of.mould;
DROP TABLE counted;
