"""What the figures are counted from, and the counts that are kept ready.

``figures_facts`` holds one row for each thing that counts (a cart was abandoned, a letter left),
under the day of the shop it happened on. ``figures_sums`` holds their sums by every property, for
each day and for blocks of 8 and of 64 days, so that a year is a few dozen sums of each key.
Triggers name whose facts are out of date whatever changed the orders, so no other part of the
program needs to know of figures.
"""

METRICS = """
-- how far the address got while the checkout was unfinished: nothing, email, address; '': unknown
ALTER TABLE orders ADD COLUMN reached TEXT NOT NULL DEFAULT '';
UPDATE orders SET reached = CASE
    WHEN email = '' THEN 'nothing'
    WHEN json_valid(raw) AND json_extract(raw, '$.billing.address_1') != ''
        AND json_extract(raw, '$.billing.city') != '' THEN 'address'
    ELSE 'email' END
WHERE erased_at IS NULL AND quiet_since IS NOT NULL;
CREATE INDEX orders_draft ON orders (id) WHERE lane = 'draft';
CREATE INDEX orders_recovered_by ON orders (recovered_by) WHERE recovered_by IS NOT NULL;
CREATE INDEX events_letter ON events (reminder_id, kind) WHERE reminder_id IS NOT NULL
    AND kind IN ('letter.refused', 'letter.came-back', 'letter.bounced', 'letter.replied');

CREATE TABLE figures_facts (
    order_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    reminder_id INTEGER NOT NULL,   -- 0: no letter of its own
    currency TEXT NOT NULL,
    day INTEGER NOT NULL,           -- days since 1 January of the year 1, in the shop's zone
    minor INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    discount INTEGER NOT NULL,
    minutes INTEGER,                -- from the start to abandonment, from there to the return
    stage TEXT NOT NULL,
    country TEXT NOT NULL,
    device TEXT NOT NULL,
    loyalty TEXT NOT NULL,
    product TEXT NOT NULL,
    band TEXT NOT NULL,
    hour TEXT NOT NULL,
    weekday TEXT NOT NULL,
    step TEXT NOT NULL,
    letter TEXT NOT NULL,
    version TEXT NOT NULL,
    language TEXT NOT NULL,
    reason TEXT NOT NULL,
    apart TEXT NOT NULL,
    PRIMARY KEY (order_id, kind, reminder_id)
) WITHOUT ROWID;
CREATE INDEX figures_facts_day ON figures_facts (day);
CREATE INDEX figures_facts_kind ON figures_facts (currency, kind, day, order_id);

CREATE TABLE figures_sums (
    currency TEXT NOT NULL,
    dimension TEXT NOT NULL,        -- '': everything
    length INTEGER NOT NULL,        -- days in a block: 1, 8 or 64
    block INTEGER NOT NULL,         -- the day divided by the length
    key TEXT NOT NULL,              -- never '', which is what the other keys leave of everything
    kind TEXT NOT NULL,
    count INTEGER NOT NULL,
    minor INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    discount INTEGER NOT NULL,
    PRIMARY KEY (currency, dimension, length, block, key, kind)
) WITHOUT ROWID;
CREATE INDEX figures_sums_block ON figures_sums (length, block);
CREATE INDEX figures_sums_all ON figures_sums (length, block, kind, currency, count)
    WHERE dimension = '';

CREATE TABLE figures_stale_persons (person INTEGER PRIMARY KEY);
CREATE TABLE figures_stale_days (day INTEGER PRIMARY KEY);
CREATE TABLE figures_products (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO figures_stale_persons SELECT DISTINCT person FROM orders;

CREATE TABLE visits (
    day TEXT PRIMARY KEY,           -- of the shop's zone, YYYY-MM-DD
    visits INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TRIGGER figures_order_new AFTER INSERT ON orders BEGIN
    INSERT INTO figures_stale_persons
    SELECT NEW.person WHERE NEW.person NOT IN (SELECT person FROM figures_stale_persons);
END;
CREATE TRIGGER figures_order_changed AFTER UPDATE OF lane, state, person, country, currency,
    total, created_at, quiet_since, placed_at, abandoned_at, recovered_by, recovered_at, evidence,
    junk, reached, raw ON orders
BEGIN
    INSERT INTO figures_stale_persons
    SELECT OLD.person WHERE OLD.person NOT IN (SELECT person FROM figures_stale_persons);
    INSERT INTO figures_stale_persons
    SELECT DISTINCT person FROM orders
    WHERE (id = NEW.id OR id = OLD.recovered_by OR id = NEW.recovered_by
            OR recovered_by = NEW.id)
        AND person NOT IN (SELECT person FROM figures_stale_persons);
END;
CREATE TRIGGER figures_letter_new AFTER INSERT ON reminders BEGIN
    INSERT INTO figures_stale_persons
    SELECT person FROM orders WHERE id = NEW.cart_id
        AND person NOT IN (SELECT person FROM figures_stale_persons);
END;
CREATE TRIGGER figures_letter_changed AFTER UPDATE OF state, sent_at, step, letter, language
    ON reminders
BEGIN
    INSERT INTO figures_stale_persons
    SELECT person FROM orders WHERE id = NEW.cart_id
        AND person NOT IN (SELECT person FROM figures_stale_persons);
END;
CREATE TRIGGER figures_letter_answered AFTER INSERT ON events
    WHEN NEW.reminder_id IS NOT NULL AND NEW.kind IN
        ('letter.refused', 'letter.came-back', 'letter.bounced', 'letter.replied')
BEGIN
    INSERT INTO figures_stale_persons
    SELECT person FROM orders WHERE id = (SELECT cart_id FROM reminders WHERE id = NEW.reminder_id)
        AND person NOT IN (SELECT person FROM figures_stale_persons);
END;
"""
