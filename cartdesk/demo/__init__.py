"""A shop, its shoppers and a mail server on this computer: no network, account or key.

``world`` ties it together; ``store`` is the WooCommerce shop, ``shoppers`` and ``cast`` the
story, ``mailsink`` the mail server, ``clock`` the story's time.
"""
