"""The civil day of a moment: plans take effect, and papers grow old, at midnight in Paris, not in UTC."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

_PARIS = ZoneInfo("Europe/Paris")


def jour_civil(moment: datetime) -> date:
    """`moment` is aware. Overseas departments too are served by the plan in force in Paris."""
    return moment.astimezone(_PARIS).date()


def minuit(jour: date) -> datetime:
    """The first moment of a civil day, aware: days of 23 and of 25 hours are told apart by it."""
    return datetime(jour.year, jour.month, jour.day, tzinfo=_PARIS)
