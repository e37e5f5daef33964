"""The browser of this computer, if it has one with a window."""

from __future__ import annotations

from pathlib import Path

# Browsers that would draw over the screens.
_OF_THE_TERMINAL = frozenset({"www-browser", "links", "elinks", "lynx", "w3m"})


def browse(url: str) -> bool:
    """Open a URL in a browser with a window of its own; False when there is none."""
    import webbrowser

    try:
        browser = webbrowser.get()
        if Path(browser.name).name in _OF_THE_TERMINAL:
            return False
        return bool(browser.open(url))
    except (webbrowser.Error, OSError):
        return False
