"""By which form of an address orders are one person's."""

ADDRESSES = """
-- email is the address as typed, '' when no letter can go there; this is who was meant by it
ALTER TABLE orders ADD COLUMN known_as TEXT NOT NULL DEFAULT '';
UPDATE orders SET known_as = email WHERE email != '';
CREATE INDEX orders_known_as ON orders (known_as) WHERE known_as != '';
CREATE TRIGGER orders_nameless AFTER UPDATE OF erased_at ON orders
    WHEN NEW.erased_at IS NOT NULL AND NEW.known_as != ''
BEGIN
    UPDATE orders SET known_as = '' WHERE id = NEW.id;
END;
"""
