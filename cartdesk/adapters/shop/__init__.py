"""The shop, over WooCommerce's REST API."""
