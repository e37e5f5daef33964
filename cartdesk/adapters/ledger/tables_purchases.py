"""When an order was bought, apart from whether it counts as a sale now."""

PURCHASES = """
-- placed_at is for the figures: NULL again when the shop takes the sale back.
-- This is for letters: once bought stays bought, in the bin, refunded or cancelled.
ALTER TABLE orders ADD COLUMN bought_at TEXT;
UPDATE orders SET bought_at = placed_at WHERE placed_at IS NOT NULL;
"""
