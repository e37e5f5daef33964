"""What the ledger keeps of a letter beyond its sending."""

LETTERS = """
-- the language it is written in: the merchant's choice, or the one it was frozen in; '': by rule
ALTER TABLE reminders ADD COLUMN language TEXT NOT NULL DEFAULT '';
"""
