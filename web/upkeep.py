"""What the service does by itself: mails, warnings, and the end of what has had its time."""

from __future__ import annotations

from datetime import timedelta

from intake.use_cases.purge import Bilan
from web.api.televersements import sweep as sweep_uploads
from web.mail import deliver
from web.rendering import sweep as sweep_copies
from web.wiring import Site


def turn(site: Site, *, purge: bool = True) -> dict[str, int]:
    """One turn of the sweeper, safe to run twice and by several; what was done, by name.

    `purge`: also look for what time ends, which reads more rows than a turn every few seconds should.
    """
    now = site.clock.now()
    warned = site.jetons.prevenir()
    ended = site.purger() if purge else Bilan()
    sent, late = deliver(site.uow, site.mailer, site.clock)
    with site.uow() as tx:
        sessions = tx.acces.sessions.oublier(now) + tx.acces.departs.oublier(now)
        answers = tx.api.oublier_avant(now - timedelta(days=1))
        tx.commit()
    return {
        "alertes": warned,
        "rappels": ended.rappels,
        "purges": len(ended.fins),
        "objets": ended.objets,
        "courriers": sent,
        "courriers_remis": late,
        "sessions": sessions,
        "reponses": answers,
        "televersements": sweep_uploads(site.settings.data),
        "copies": sweep_copies(site.settings.data),
    }
