"""The civil day of a moment: plans take effect, and papers grow old, at midnight in Paris, not in UTC."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo


def jour_civil(moment: datetime) -> date:
    """`moment` is aware. Overseas departments too are served by the plan in force in Paris."""
    return moment.astimezone(ZoneInfo("Europe/Paris")).date()
