-- Which engines worked out the minutes of a merged tally, as `7:480 8:3`: engine 7 so many of them, engine 8 the others. Engine
-- 0 stands for minutes that are no longer kept, of which nobody knows it.

-- Added to the table's description; 0002 says why.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'PRIMARY KEY (', 'engines TEXT NOT NULL DEFAULT ''0:1'',
    PRIMARY KEY (')
WHERE type = 'table' AND name = 'tally_shift';
PRAGMA writable_schema = RESET;

-- One entry for each merged row and engine: minutes are counted as they are read, without sorting three months of them. No
-- temporary table: a gateway may have no other folder to write than that of its data.
CREATE TABLE counted (
    shift_start INTEGER, machine INTEGER, shift TEXT, product TEXT, line TEXT, "order" TEXT, standard TEXT, policy TEXT,
    business_date TEXT, site TEXT, org TEXT, crew TEXT, mould TEXT, engine INTEGER, minutes INTEGER,
    PRIMARY KEY (shift_start, machine, shift, product, line, "order", standard, policy, business_date, site, org, crew,
        mould, engine)
) WITHOUT ROWID;
INSERT INTO counted
SELECT shift_start, machine, shift, product, line, "order", standard, policy, business_date, site, org, crew, mould, engine, 1
FROM tally WHERE true
ON CONFLICT DO UPDATE SET minutes = minutes + 1;
-- Of a shift that began before the minutes that are kept, those that are gone may have been of other engines.
UPDATE tally_shift SET engines = coalesce((
    SELECT iif(tally_shift.shift_start < (SELECT max(CAST(value AS INTEGER)) FROM meta WHERE key = 'pruned_before'), '0:1 ', '')
        || group_concat(engine || ':' || minutes, ' ')
    FROM counted AS of
    WHERE of.shift_start = tally_shift.shift_start AND of.machine = tally_shift.machine AND of.shift = tally_shift.shift
        AND of.product = tally_shift.product AND of.line = tally_shift.line AND of."order" = tally_shift."order"
        AND of.standard = tally_shift.standard AND of.policy = tally_shift.policy
        AND of.business_date = tally_shift.business_date AND of.site = tally_shift.site AND of.org = tally_shift.org
        AND of.crew = tally_shift.crew AND of.mould = tally_shift.mould
), '0:1')
WHERE shift_start >= (SELECT min(shift_start) FROM counted);
DROP TABLE counted;
