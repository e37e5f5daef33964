"""What Oak & Tin sells, in the shape of WooCommerce's products."""

from __future__ import annotations

import re
import struct
import unicodedata
import zlib
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from cartdesk.demo.rest import Json

TAX = 1.255  # prices include 25.5 % of tax, as in Finland


@dataclass(frozen=True, slots=True)
class Product:
    """One product or variation; ``cents`` is the price with tax, ``stock`` None is unmanaged."""

    id: int
    name: str
    cents: int
    kind: str = "simple"
    status: str = "publish"
    stock: int | None = None
    parent: int = 0
    option: str = ""
    cross_sells: tuple[int, ...] = ()

    @property
    def sku(self) -> str:
        """The article number; a product with variations has none of its own."""
        return "" if self.kind == "variable" else f"OT-{self.id:03}"

    @property
    def slug(self) -> str:
        """The name as a part of an address."""
        plain = unicodedata.normalize("NFKD", re.sub("<[^>]*>", "", self.name)).lower()
        return re.sub("[^a-z0-9]+", "-", plain).strip("-")

    @property
    def permalink(self) -> str:
        """The path of its page."""
        if self.kind != "variation":
            return f"/product/{self.slug}/"
        return f"/product/{BY_ID[self.parent].slug}/?attribute_size={quote(self.option)}"

    @property
    def image(self) -> str:
        """The path of its picture."""
        return f"/wp-content/uploads/2026/01/{BY_ID[self.parent or self.id].slug}.png"


PRODUCTS = (
    Product(14, "Oak serving board, large", 5900, stock=38, cross_sells=(15,)),
    Product(15, "Beeswax polish 200 ml", 2500, stock=120, cross_sells=(14, 17)),
    Product(16, 'Tin mug "Yö"', 1850),
    Product(17, "Salt & pepper set, oak", 3400),
    Product(18, "Mug 🦄 rainbow enamel", 2150),
    Product(19, "[bold]Outdoor[/bold] kettle 1.2 l", 4790),
    Product(20, "<script>alert(1)</script> sticker sheet", 650),
    Product(21, "Räksmörgås plate, ő glaze", 2890),
    Product(22, "Kitchen stool “Hirvi”", 14000, stock=6),
    Product(23, "Linen towel, two pieces", 1960),
    Product(24, "Tea tin 'Ilta' 100 g", 1290),
    Product(25, "Spoon, birch", 890, stock=200),
    Product(42, "Copper pot 3 l", 18900, stock=0),
    Product(43, "Lamp (not yet for sale)", 8900, status="draft"),
    Product(44, "Apron Aurora", 3900, kind="variable"),
    Product(45, "Apron Aurora - S", 3900, kind="variation", parent=44, option="S"),
    Product(46, "Apron Aurora - M", 4000, kind="variation", parent=44, option="M"),
    Product(47, "Apron Aurora - L & XL", 4100, kind="variation", parent=44, option="L & XL"),
)
BY_ID = {product.id: product for product in PRODUCTS}
BUYABLE = tuple(
    product
    for product in PRODUCTS
    if product.kind != "variable" and product.status == "publish" and product.stock != 0
)


def price(cents: int) -> str:
    """Write an amount as WooCommerce does in orders: "59.00"."""
    return f"{cents // 100}.{cents % 100:02}"


def product_record(product: Product, address: str, made: datetime, made_gmt: datetime) -> Json:
    """Give one product as /products/<id> shows it."""
    local, gmt = made.isoformat(), made_gmt.isoformat()
    amount = price(product.cents)
    links: Json = {
        "self": [_link(f"{address}/wp-json/wc/v3/products/{product.id}")],
        "collection": [{"href": f"{address}/wp-json/wc/v3/products"}],
    }
    if product.parent:
        links["up"] = [{"href": f"{address}/wp-json/wc/v3/products/{product.parent}"}]
    children = [other.id for other in PRODUCTS if other.parent == product.id]
    sizes = [other.option for other in PRODUCTS if other.parent == product.id]
    size: Json = {"id": 0, "name": "Size"}
    attributes: list[Json] = []
    if sizes:
        shown = {"slug": "Size", "position": 0, "visible": True, "variation": True}
        attributes = [size | shown | {"options": sizes}]
    elif product.option:
        attributes = [size | {"slug": "size", "option": product.option}]
    return {
        "id": product.id,
        "name": product.name,
        "slug": product.slug,
        "permalink": address + product.permalink,
        "date_created": local,
        "date_created_gmt": gmt,
        "date_modified": local,
        "date_modified_gmt": gmt,
        "type": product.kind,
        "status": product.status,
        "featured": False,
        "catalog_visibility": "visible",
        "description": "" if product.parent else "<p>Made slowly, by hand.</p>\n",
        "short_description": "" if product.parent else "<p>Made <em>slowly</em></p>\n",
        "sku": product.sku,
        "price": amount,
        "regular_price": "" if children else amount,
        "sale_price": "",
        "date_on_sale_from": None,
        "date_on_sale_from_gmt": None,
        "date_on_sale_to": None,
        "date_on_sale_to_gmt": None,
        "on_sale": False,
        "purchasable": product.status == "publish",
        "total_sales": "0" if product.parent else 3,
        "virtual": False,
        "downloadable": False,
        "downloads": [],
        "download_limit": -1,
        "download_expiry": -1,
        "external_url": "",
        "button_text": "",
        "tax_status": "taxable",
        "tax_class": "",
        "manage_stock": product.stock is not None,
        "stock_quantity": product.stock,
        "backorders": "no",
        "backorders_allowed": False,
        "backordered": False,
        "low_stock_amount": None,
        "sold_individually": False,
        "weight": "",
        "dimensions": {"length": "", "width": "", "height": ""},
        "shipping_required": True,
        "shipping_taxable": True,
        "shipping_class": "",
        "shipping_class_id": 0,
        "reviews_allowed": not product.parent,
        "average_rating": "0.00",
        "rating_count": 0,
        "upsell_ids": list(product.cross_sells[:1]),
        "cross_sell_ids": list(product.cross_sells),
        "parent_id": product.parent,
        "purchase_note": "",
        "categories": []
        if product.parent
        else [{"id": 15, "name": "Uncategorized", "slug": "uncategorized"}],
        "brands": [],
        "tags": [],
        "images": [_image(product, address, local, gmt)],
        "attributes": attributes,
        "default_attributes": [],
        "variations": children,
        "grouped_products": [],
        "menu_order": 0,
        "price_html": f'<span class="amount"><bdi>{amount}&nbsp;&euro;</bdi></span>',
        "related_ids": [] if product.parent else [15, 16, 17],
        "meta_data": [],
        "stock_status": "outofstock" if product.stock == 0 else "instock",
        "has_options": bool(children),
        "post_password": "",
        "global_unique_id": "",
        "_links": links,
    }


_VARIATION_LEAVES_OUT = frozenset(
    [
        "slug",
        "featured",
        "catalog_visibility",
        "short_description",
        "total_sales",
        "external_url",
        "button_text",
        "sold_individually",
        "shipping_required",
        "shipping_taxable",
        "reviews_allowed",
        "average_rating",
        "rating_count",
        "upsell_ids",
        "cross_sell_ids",
        "purchase_note",
        "categories",
        "brands",
        "tags",
        "images",
        "default_attributes",
        "variations",
        "grouped_products",
        "price_html",
        "related_ids",
        "has_options",
        "post_password",
    ]
)


def variation_record(product: Product, address: str, made: datetime, made_gmt: datetime) -> Json:
    """Give one variation as /products/<parent>/variations shows it, shorter than a product."""
    whole = product_record(product, address, made, made_gmt)
    base = f"{address}/wp-json/wc/v3/products/{product.parent}"
    own = f"{base}/variations"
    links = {
        "self": [_link(f"{own}/{product.id}", ["GET", "POST", "PUT", "PATCH", "DELETE"])],
        "collection": [{"href": own}],
        "up": [{"href": base}],
    }
    image = {
        name: value
        for name, value in whole["images"][0].items()
        if name not in {"srcset", "sizes", "thumbnail"}
    }
    kept = {name: value for name, value in whole.items() if name not in _VARIATION_LEAVES_OUT}
    return kept | {"name": product.option, "image": image, "_links": links}


def _link(href: str, allow: list[str] | None = None) -> Json:
    return {
        "href": href,
        "targetHints": {"allow": allow or ["GET", "POST", "PUT", "PATCH", "DELETE"]},
    }


def _image(product: Product, address: str, local: str, gmt: str) -> Json:
    source = address + product.image
    return {
        "id": 1000 + (product.parent or product.id),
        "date_created": local,
        "date_created_gmt": gmt,
        "date_modified": local,
        "date_modified_gmt": gmt,
        "src": source,
        "name": product.slug,
        "alt": "",
        "srcset": f"{source} 400w",
        "sizes": "(max-width: 400px) 100vw, 400px",
        "thumbnail": source,
    }


def picture(path: str) -> bytes:
    """Draw the picture of a product: a plain PNG whose colour follows from its path."""
    side = 96
    seed = zlib.crc32(path.encode())
    colour = bytes(110 + (seed >> shift) % 120 for shift in (0, 8, 16))
    rows = (b"\0" + colour * side) * side

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts
