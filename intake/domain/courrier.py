"""A mail to be sent: plain text, to one person."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Courrier:
    id: str
    destinataire: str
    sujet: str
    corps: str
