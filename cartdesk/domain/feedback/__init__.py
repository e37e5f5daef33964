"""What people say about not buying (reasons, mood), and what the facts say without words."""

from __future__ import annotations

from cartdesk.domain.feedback.reading import Correction, Found, Reading, read_feedback
from cartdesk.domain.feedback.reasons import Mood, Reason
from cartdesk.domain.feedback.wording import wording

__all__ = ["Correction", "Found", "Mood", "Reading", "Reason", "read_feedback", "wording"]
