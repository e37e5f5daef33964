"""Which group or version each person was given, fixed when the letter was planned."""

EXPERIMENTS = """
-- A row names a cart and nothing of its person, so that it stays when the person goes.
CREATE TABLE assignments (
    id INTEGER PRIMARY KEY,
    cart_id INTEGER NOT NULL REFERENCES orders (id),  -- the one planned when it was decided
    letter TEXT NOT NULL,           -- whose version was chosen; '': whether any letter goes
    design TEXT NOT NULL,           -- what could be chosen: the share held out, or the versions
    arm TEXT NOT NULL,              -- what was: 'letters' or 'holdout', or the version
    planned_at TEXT NOT NULL,
    until TEXT NOT NULL,            -- a purchase counts when it comes before
    currency TEXT NOT NULL,
    UNIQUE (cart_id, letter)
);
CREATE INDEX assignments_design ON assignments (letter, design, currency, planned_at);
CREATE INDEX reminders_held_out ON reminders (due_at) WHERE state = 'held-out';
-- who bought what is found here without reading the large rows
CREATE INDEX orders_bought ON orders (person, placed_at, currency, total)
    WHERE placed_at IS NOT NULL;
"""
