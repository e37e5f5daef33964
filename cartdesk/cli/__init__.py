"""The command line: wiring, the commands that need no screen, and the way to the screens.

``entry`` runs it all and turns every trouble into a sentence and an exit code; ``parser``
reads the arguments, ``wiring`` puts the parts of a shop together, ``commands`` and ``export``
are the plain twins of the screens, ``wizard`` the plain twin of the set-up.
"""

from __future__ import annotations

from cartdesk.cli.entry import main

__all__ = ["main"]
