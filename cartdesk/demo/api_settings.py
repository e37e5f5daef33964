"""What the demo shop says of itself: the index, settings, payment methods and status."""

from __future__ import annotations

from datetime import datetime
from html import escape

from cartdesk.demo.orders import GATEWAYS, ZONE
from cartdesk.demo.rest import Json, RestError
from cartdesk.demo.route import BASE, READ, Call, Route
from cartdesk.demo.shop import ShopData

_NAMESPACES = [
    "oembed/1.0",
    "wc/v3",
    "wc/v1",
    "wc-admin",
    "wc-analytics",
    "wc/store",
    "wc/store/v1",
    "wc/v2",
    "wp/v2",
    "wp-site-health/v1",
    "wp-block-editor/v1",
]
# each row: id, label, type, default and value of a setting
_SETTINGS = {
    "general": (
        ("woocommerce_store_address", "Address line 1", "text", "", "Puistokatu 7"),
        ("woocommerce_store_address_2", "Address line 2", "text", "", ""),
        ("woocommerce_store_city", "City", "text", "", "Helsinki"),
        ("woocommerce_default_country", "Country / State", "select", "US:CA", "FI"),
        ("woocommerce_store_postcode", "Postcode / ZIP", "text", "", "00140"),
        ("woocommerce_allowed_countries", "Selling location(s)", "select", "all", "all"),
        ("woocommerce_calc_taxes", "Enable taxes", "checkbox", "no", "yes"),
        ("woocommerce_enable_coupons", "Enable coupons", "checkbox", "yes", "yes"),
        ("woocommerce_currency", "Currency", "select", "USD", "EUR"),
        ("woocommerce_currency_pos", "Currency position", "select", "left", "right_space"),
        ("woocommerce_price_thousand_sep", "Thousand separator", "text", ",", " "),
        ("woocommerce_price_decimal_sep", "Decimal separator", "text", ".", ","),
        ("woocommerce_price_num_decimals", "Number of decimals", "number", "2", "2"),
    ),
    "products": (
        ("woocommerce_manage_stock", "Manage stock", "checkbox", "yes", "yes"),
        ("woocommerce_hold_stock_minutes", "Hold stock (minutes)", "number", "60", "60"),
    ),
    "advanced": (
        ("woocommerce_cart_page_id", "Cart page", "single_select_page_with_search", "", "6"),
        ("woocommerce_checkout_page_id", "Checkout page", "single_select_page", "", "7"),
        ("woocommerce_terms_page_id", "Terms and conditions", "single_select_page", "", "9"),
    ),
    "account": (
        ("woocommerce_enable_guest_checkout", "Guest checkout", "checkbox", "yes", "yes"),
        ("woocommerce_enable_checkout_login_reminder", "Login", "checkbox", "no", "no"),
        ("woocommerce_enable_signup_and_login_from_checkout", "", "checkbox", "no", "yes"),
        ("woocommerce_enable_myaccount_registration", "", "checkbox", "no", "yes"),
    ),
    "tax": (
        ("woocommerce_prices_include_tax", "Prices entered with tax", "radio", "no", "yes"),
        ("woocommerce_tax_display_shop", "Display prices in the shop", "select", "excl", "incl"),
        ("woocommerce_tax_display_cart", "Display prices in the cart", "select", "excl", "incl"),
    ),
}
# each row: id, slug and title of a page
PAGES = (
    (6, "cart", "Cart"),
    (7, "checkout", "Checkout"),
    (8, "my-account", "My account"),
    (9, "terms", "Terms &#038; conditions"),
    (10, "privacy-policy", "Privacy policy"),
)


def settings_routes(shop: ShopData) -> tuple[Route, ...]:
    """Give the routes about the shop itself."""

    def settings(call: Call) -> bytes:
        return call.every(_settings(shop, call.parts[0]))

    def setting(call: Call) -> bytes:
        for record in _settings(shop, call.parts[0]):
            if record["id"] == call.parts[1]:
                return call.one(record)
        raise RestError(404, "rest_setting_setting_invalid", "Invalid setting.")

    def gateways(call: Call) -> bytes:
        records = [
            {"id": name, "title": title, "enabled": True} for name, title in GATEWAYS.items()
        ]
        return call.records(records, lambda record: record)

    def system_status(call: Call) -> bytes:
        return call.bare(_system_status(shop))

    groups = "|".join(_SETTINGS)
    return (
        Route("/payment_gateways", READ, False, gateways),
        Route(f"/settings/({groups})", READ, False, settings),
        Route(rf"/settings/({groups})/(\w+)", READ, True, setting),
        Route("/system_status", READ, False, system_status),
    )


def _settings(shop: ShopData, group: str) -> list[Json]:
    own = {"woocommerce_hold_stock_minutes": str(shop.hold_minutes)}
    return [
        {
            "id": name,
            "label": label,
            "type": kind,
            "default": default,
            "value": own.get(name, value),
        }
        for name, label, kind, default, value in _SETTINGS[group]
    ]


def site_index(shop: ShopData, now: datetime) -> Json:
    """Give /wp-json/: what the site is, open to everybody. Its name is entity-encoded."""
    offset = now.astimezone(ZONE).utcoffset()
    hours = offset.total_seconds() / 3600 if offset else 0.0
    return {
        "name": escape(shop.name),
        "description": "Kitchen things of oak, tin and linen",
        "url": shop.address,
        "home": shop.address,
        "gmt_offset": int(hours) if hours.is_integer() else hours,
        "timezone_string": ZONE.key,
        "page_for_posts": 0,
        "page_on_front": 0,
        "show_on_front": "posts",
        "namespaces": list(_NAMESPACES),
        "authentication": [],
        "routes": {},
        "site_logo": 0,
        "site_icon": 0,
        "site_icon_url": "",
        "_links": {"help": [{"href": "https://developer.wordpress.org/rest-api/"}]},
    }


def site_pages(shop: ShopData) -> list[Json]:
    """Give the published pages of wp/v2/pages that a shop needs, open to everybody."""
    return [
        {
            "id": number,
            "slug": slug,
            "status": "publish",
            "link": f"{shop.address}/{slug}/",
            "title": {"rendered": title},
        }
        for number, slug, title in PAGES
    ]


def namespace() -> Json:
    """Give /wp-json/wc/v3: the routes of the namespace, without what they take."""
    routes = ("", "/orders", "/products", "/products/reviews", "/customers", "/system_status")
    return {
        "namespace": "wc/v3",
        "routes": {
            f"/wc/v3{route}": {"namespace": "wc/v3", "methods": ["GET"]} for route in routes
        },
        "_links": {"up": [{"href": BASE}]},
    }


def _system_status(shop: ShopData) -> Json:
    return {
        "environment": {
            "home_url": shop.address,
            "site_url": shop.address,
            "version": shop.woo,
            "wp_version": "6.9.1",
            "wp_multisite": False,
            "php_version": "8.2.36",
            "language": "en_US",
            "default_timezone": "UTC",
            "wp_debug_mode": False,
            "wp_cron": True,
            "hide_errors": None,
        },
        "settings": {
            "api_enabled": False,
            "force_ssl": False,
            "currency": "EUR",
            "currency_symbol": "&euro;",
            "currency_position": "right_space",
            "thousand_separator": " ",
            "decimal_separator": ",",
            "number_of_decimals": 2,
            "HPOS_enabled": True,
            "HPOS_sync_enabled": False,
        },
        "security": {"secure_connection": False, "hide_errors": True},
        "active_plugins": ["woocommerce/woocommerce.php"],
    }
