"""The ledger's tables of feedback."""

FEEDBACK = """
CREATE TABLE feedback (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    key TEXT NOT NULL,               -- what names the piece in its source, so that it lands once
    written_at TEXT NOT NULL,
    landed_at TEXT NOT NULL,
    text TEXT NOT NULL,
    who TEXT NOT NULL,
    email TEXT NOT NULL,
    cart_id INTEGER,
    product_id INTEGER NOT NULL,
    product TEXT NOT NULL,
    rating INTEGER,
    language TEXT NOT NULL,
    mood TEXT NOT NULL,
    mood_words TEXT NOT NULL,        -- JSON list
    given TEXT NOT NULL,             -- JSON list: reasons named without words
    corrected INTEGER NOT NULL,
    wording TEXT NOT NULL,           -- hash of what it says; '': nothing to compare by
    state TEXT NOT NULL,
    waiting_since TEXT,
    thread TEXT NOT NULL,            -- JSON: what an answer in the same thread needs; '': none
    words TEXT NOT NULL,             -- folded text the filter looks in
    erased_at TEXT,                  -- since when nothing is known of who said what
    UNIQUE (source, key)
);
CREATE INDEX feedback_written ON feedback (written_at);
CREATE INDEX feedback_state ON feedback (state, waiting_since);
CREATE INDEX feedback_email ON feedback (email) WHERE email != '';
CREATE INDEX feedback_cart ON feedback (cart_id) WHERE cart_id IS NOT NULL;
CREATE INDEX feedback_wording ON feedback (wording) WHERE wording != '';

CREATE TABLE feedback_reasons (
    feedback_id INTEGER NOT NULL REFERENCES feedback (id),
    reason TEXT NOT NULL,
    words TEXT NOT NULL,             -- JSON list
    spans TEXT NOT NULL,             -- JSON list of [start, end] in the text
    PRIMARY KEY (feedback_id, reason)
) WITHOUT ROWID;
CREATE INDEX feedback_reasons_reason ON feedback_reasons (reason, feedback_id);

CREATE TABLE corrections (
    wording TEXT PRIMARY KEY,
    reasons TEXT NOT NULL,           -- JSON list
    mood TEXT NOT NULL,
    at TEXT NOT NULL
) WITHOUT ROWID;

-- what customers wrote on their orders, without reading the large rows themselves
CREATE INDEX orders_said ON orders (id, note) WHERE note != '';
"""
