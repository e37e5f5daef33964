"""The door of the demo shop's REST interface: who may come in, and which route it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from cartdesk.demo.api_checkout import checkout_routes
from cartdesk.demo.api_goods import goods_routes
from cartdesk.demo.api_orders import order_routes
from cartdesk.demo.api_settings import namespace, settings_routes, site_index, site_pages
from cartdesk.demo.keys import ApiKey, ApiKeys
from cartdesk.demo.rest import RestError
from cartdesk.demo.route import BASE, READ, Call, Route, no_route
from cartdesk.demo.shop import ShopData
from cartdesk.demo.web import Request

_NO_CACHE = {"Cache-Control": "no-cache, must-revalidate, max-age=0, no-store, private"}


class Api:
    """Answers requests under /wp-json/."""

    def __init__(self, shop: ShopData, keys: ApiKeys, now: Callable[[], datetime]) -> None:
        self._shop = shop
        self._keys = keys
        self._now = now
        routes = (
            *order_routes(shop),
            *goods_routes(shop, now),
            *settings_routes(shop),
            *checkout_routes(shop),
        )
        self._routes: list[tuple[re.Pattern[str], Route]] = [
            (re.compile(BASE + route.path), route) for route in routes
        ]

    def answer(self, request: Request, headers: dict[str, str]) -> bytes:
        """Give the body and fill ``headers``. Raises RestError."""
        call = Call(request, self._shop.address, headers=headers)
        path = request.path.rstrip("/")
        if path in {"/wp-json", BASE} and not call.writing:  # open to everybody
            headers["Allow"] = READ
            return call.bare(namespace() if path == BASE else site_index(self._shop, self._now()))
        if path == "/wp-json/wp/v2/pages" and not call.writing:
            include = call.given.numbers("include")
            pages = [
                page for page in site_pages(self._shop) if page["id"] in include or not include
            ]
            headers["Allow"] = READ
            return call.records(pages, lambda page: page)
        key = None
        if path.startswith("/wp-json/wc/"):
            key = self._keys.who(request, self._shop.address, self._now())
        if key is not None:
            headers |= _NO_CACHE
            _check_rights(key, call.writing)
        for pattern, route in self._routes:
            match = pattern.fullmatch(path)
            if match and (not call.writing or request.method in route.allow.split(", ")):
                _check_role(key, route, call.writing)
                headers["Allow"] = route.allow
                call.parts = match.groups()
                return route.handler(call)
        raise no_route()


def _check_rights(key: ApiKey, writing: bool) -> None:
    if not (key.writes if writing else key.reads):
        kind = "write" if writing else "read"
        message = f"The API key provided does not have {kind} permissions."
        raise RestError(401, "woocommerce_rest_authentication_error", message)


def _check_role(key: ApiKey | None, route: Route, writing: bool) -> None:
    """Refuse strangers (401) and users without rights in the shop (403)."""
    if key is not None and key.manager:
        return
    status = 401 if key is None else 403
    if writing:
        message = "Sorry, you are not allowed to create resources."
        raise RestError(status, "woocommerce_rest_cannot_create", message)
    what = "view this resource" if route.one else "list resources"
    raise RestError(status, "woocommerce_rest_cannot_view", f"Sorry, you cannot {what}.")
