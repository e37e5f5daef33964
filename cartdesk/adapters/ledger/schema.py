"""The ledger's tables, as numbered migrations; a released one is never edited."""

from __future__ import annotations

import sqlite3

from cartdesk.adapters.ledger.tables_addresses import ADDRESSES
from cartdesk.adapters.ledger.tables_experiments import EXPERIMENTS
from cartdesk.adapters.ledger.tables_feedback import FEEDBACK
from cartdesk.adapters.ledger.tables_figures import FIGURES
from cartdesk.adapters.ledger.tables_letters import LETTERS
from cartdesk.adapters.ledger.tables_metrics import METRICS
from cartdesk.adapters.ledger.tables_purchases import PURCHASES

_FIRST = """
CREATE TABLE state (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL,
    status TEXT NOT NULL,
    lane TEXT NOT NULL,             -- the last unfinished lane it was in, or 'none'
    state TEXT NOT NULL,            -- CartState, a pure function of the other columns
    person INTEGER NOT NULL,        -- smallest order id that shares an e-mail or customer id
    email TEXT NOT NULL,
    customer_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    country TEXT NOT NULL,
    currency TEXT NOT NULL,
    total INTEGER,                  -- minor units; NULL: not readable
    items INTEGER NOT NULL,
    created_at TEXT NOT NULL,       -- all times: UTC, ISO 8601
    modified_at TEXT NOT NULL,
    quiet_since TEXT,               -- last change while unfinished
    placed_at TEXT,                 -- first seen as bought
    first_seen TEXT NOT NULL,
    cancelled_by TEXT NOT NULL DEFAULT '',
    campaign TEXT NOT NULL DEFAULT '',
    coupons TEXT NOT NULL DEFAULT '',
    abandoned_at TEXT,
    recovered_by INTEGER,
    recovered_at TEXT,
    evidence TEXT,
    note TEXT NOT NULL DEFAULT '',  -- what the shopper wrote at checkout
    source TEXT NOT NULL DEFAULT '', -- of a failed order: keyed hash of where it came from
    junk TEXT NOT NULL DEFAULT '',  -- why it is kept apart
    let_back INTEGER NOT NULL DEFAULT 0,  -- 1: the merchant said that it is a shopper's
    unjudged INTEGER NOT NULL,      -- 1: changed since the rules looked at it
    gone_at TEXT,                   -- since when the shop no longer has it
    erased_at TEXT,                 -- since when nothing is known of the person behind it
    words TEXT NOT NULL,            -- folded text the filter looks in
    hash TEXT NOT NULL,
    raw TEXT NOT NULL               -- the shop's record without private fields
);
CREATE INDEX orders_email ON orders (email) WHERE email != '';
CREATE INDEX orders_customer ON orders (customer_id) WHERE customer_id != 0;
CREATE INDEX orders_person ON orders (person);
CREATE INDEX orders_state ON orders (state, quiet_since);
-- holds all that the Carts screen filters and sorts by, since the rows themselves are large
CREATE INDEX orders_quiet
    ON orders (quiet_since, state, lane, country, currency, total, name, words);
CREATE INDEX orders_abandoned ON orders (abandoned_at) WHERE abandoned_at IS NOT NULL;
CREATE INDEX orders_recovered ON orders (recovered_at) WHERE recovered_at IS NOT NULL;
CREATE INDEX orders_unjudged ON orders (person) WHERE unjudged;
CREATE INDEX orders_note ON orders (modified_at) WHERE note != '';
CREATE INDEX orders_failed ON orders (created_at) WHERE status = 'failed';
CREATE INDEX orders_placed ON orders (placed_at) WHERE placed_at IS NOT NULL;

CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,
    order_id INTEGER,
    seen_at TEXT NOT NULL,
    reason TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    raw TEXT NOT NULL
);

CREATE TABLE reminders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    cart_id INTEGER NOT NULL REFERENCES orders (id),
    sequence TEXT NOT NULL,
    step INTEGER NOT NULL,
    letter TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at TEXT NOT NULL,
    email TEXT NOT NULL DEFAULT '',
    held_until TEXT,                -- on the merchant's wall; NULL while held: waits for "send"
    not_before TEXT,
    approved_at TEXT,
    sent_at TEXT,
    message_id TEXT NOT NULL DEFAULT '',
    subject TEXT NOT NULL DEFAULT '',
    sha256 TEXT NOT NULL DEFAULT '',
    sender TEXT NOT NULL DEFAULT '',
    message BLOB,
    attempts INTEGER NOT NULL DEFAULT 0,
    said TEXT NOT NULL DEFAULT '',
    source TEXT NOT NULL DEFAULT '',
    UNIQUE (cart_id, sequence, step)
);
CREATE INDEX reminders_state ON reminders (state, due_at);
CREATE INDEX reminders_sent ON reminders (sent_at) WHERE sent_at IS NOT NULL;

CREATE TABLE suppressions (
    email TEXT PRIMARY KEY,         -- or '#' and a keyed hash of somebody not known any more
    reason TEXT NOT NULL,
    at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    cart_id INTEGER,
    reminder_id INTEGER,
    data TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX events_cart ON events (cart_id) WHERE cart_id IS NOT NULL;
CREATE INDEX events_kind ON events (kind, at);

CREATE TABLE notes (
    id INTEGER PRIMARY KEY,
    order_id INTEGER NOT NULL,
    written_at TEXT NOT NULL,
    author TEXT NOT NULL,
    text TEXT NOT NULL,
    to_customer INTEGER NOT NULL
);
CREATE INDEX notes_order ON notes (order_id);

CREATE TABLE reviews (
    id INTEGER PRIMARY KEY,
    written_at TEXT NOT NULL,
    product_id INTEGER NOT NULL,
    product TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    email TEXT NOT NULL,
    rating INTEGER NOT NULL,
    text TEXT NOT NULL
);

CREATE TABLE products (
    id INTEGER PRIMARY KEY,
    fetched_at TEXT NOT NULL,
    data TEXT NOT NULL
);

CREATE TABLE customers (
    email TEXT PRIMARY KEY,
    fetched_at TEXT NOT NULL,
    paying INTEGER NOT NULL
) WITHOUT ROWID;
"""

MIGRATIONS = (_FIRST, LETTERS, EXPERIMENTS, METRICS, FEEDBACK, PURCHASES, ADDRESSES, FIGURES)
VERSION = len(MIGRATIONS)


def version(conn: sqlite3.Connection) -> int:
    """Give the number of migrations a ledger has had."""
    return int(conn.execute("PRAGMA user_version").fetchone()[0])


def migrate(conn: sqlite3.Connection) -> None:
    """Run the migrations a ledger has not had yet, each in a transaction of its own."""
    for number in range(version(conn), VERSION):
        conn.executescript(
            f"BEGIN IMMEDIATE;{MIGRATIONS[number]}PRAGMA user_version = {number + 1};COMMIT;"
        )
