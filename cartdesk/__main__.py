"""Run the program with ``python -m cartdesk``."""

from cartdesk.cli import main

raise SystemExit(main())
