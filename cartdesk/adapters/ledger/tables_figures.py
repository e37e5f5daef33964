"""Whose figures are out of date when a version is given out, a reason named or a cart let back."""

from __future__ import annotations

_NEWLY_STALE = "person NOT IN (SELECT person FROM figures_stale_persons)"
_OF_FEEDBACK = f"""
    INSERT INTO figures_stale_persons SELECT person FROM orders
    WHERE id = (SELECT cart_id FROM feedback WHERE id = {{}}.feedback_id) AND {_NEWLY_STALE};
"""

FIGURES = f"""
CREATE INDEX assignments_cart ON assignments (cart_id, letter);
CREATE TRIGGER figures_version_given AFTER INSERT ON assignments WHEN NEW.letter != '' BEGIN
    INSERT INTO figures_stale_persons
    SELECT person FROM orders WHERE id = NEW.cart_id AND {_NEWLY_STALE};
END;
CREATE TRIGGER figures_reason_named AFTER INSERT ON feedback_reasons BEGIN
    {_OF_FEEDBACK.format("NEW")}
END;
CREATE TRIGGER figures_reason_gone AFTER DELETE ON feedback_reasons BEGIN
    {_OF_FEEDBACK.format("OLD")}
END;
CREATE TRIGGER figures_feedback_changed AFTER UPDATE OF cart_id, source, written_at ON feedback
BEGIN
    INSERT INTO figures_stale_persons SELECT DISTINCT person FROM orders
    WHERE id IN (OLD.cart_id, NEW.cart_id) AND {_NEWLY_STALE};
END;
CREATE TRIGGER figures_let_back AFTER UPDATE OF let_back ON orders BEGIN
    INSERT INTO figures_stale_persons SELECT NEW.person
    WHERE NEW.person NOT IN (SELECT person FROM figures_stale_persons);
END;
"""
