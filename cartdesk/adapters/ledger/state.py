"""Small facts by name: how far the sync is, what the shop said of itself."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from cartdesk.domain.model import Shop

if TYPE_CHECKING:
    from sqlite_utils import Database


class State:
    """Keys and their text values."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def get(self, key: str) -> str | None:
        """Give a value, or None."""
        for row in self._db.query("SELECT value FROM state WHERE key = ?", [key]):
            return str(row["value"])
        return None

    def put(self, key: str, value: str | None) -> None:
        """Keep a value; None forgets it."""
        if value is None:
            self._db.execute("DELETE FROM state WHERE key = ?", [key])
        else:
            self._db.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", [key, value])

    def shop(self) -> Shop | None:
        """Give the shop as it was last seen."""
        text = self.get("shop")
        if text is None:
            return None
        known = {field.name for field in fields(Shop)}
        data: dict[str, Any] = {k: v for k, v in json.loads(text).items() if k in known}
        data["plugins"] = tuple(data.get("plugins", ()))
        return Shop(**data)

    def keep_shop(self, shop: Shop) -> None:
        """Keep what the shop said of itself."""
        self.put("shop", json.dumps(asdict(shop)))
