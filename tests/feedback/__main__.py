"""Prints precision and recall of the labeller per language and reason.

Run ``python -m tests.feedback`` for the labelled set, ``python -m tests.feedback development``
for the examples the word lists were written with.
"""

from __future__ import annotations

import sys

from tests.feedback.scores import DEVELOPMENT, LABELLED, measure, pieces, report

if __name__ == "__main__":
    print(report(measure(pieces(DEVELOPMENT if "development" in sys.argv[1:] else LABELLED))))
