"""What the service does by itself: mails, warnings, and the end of what has had its time."""

from __future__ import annotations

from datetime import timedelta

from intake.domain.acces import SYSTEME
from intake.use_cases.purge import Bilan
from web.api.depots_directs import sweep as sweep_direct
from web.api.photos import sweep as sweep_photos
from web.api.televersements import sweep as sweep_uploads
from web.mail import deliver
from web.rendering import sweep as sweep_copies
from web.wiring import Site

_LEFT = timedelta(days=1)  # what is half-written in the object store for longer was left by a crash


def turn(site: Site, *, purge: bool = True) -> dict[str, int]:
    """One turn of the sweeper, safe to run twice and by several; what was done, by name.

    `purge`: also look for what time ends, which reads more rows than a turn every few seconds should.
    """
    now = site.clock.now()
    by_rule = site.au_nom_de(SYSTEME)
    taken_up = by_rule.reparer.reprendre_tout()
    placed = by_rule.liberer.promouvoir_tout()
    warned = site.jetons.prevenir()
    photos = sweep_photos(site)
    ended = site.purger() if purge else Bilan()
    sent, late = deliver(site.uow, site.mailer, site.clock)
    with site.uow() as tx:
        sessions = tx.acces.sessions.oublier(now) + tx.acces.departs.oublier(now)
        answers = tx.api.oublier_avant(now - timedelta(days=1))
        tx.travaux.oublier(now - timedelta(days=1))
        tx.commit()
    return {
        "reprises": len(taken_up),
        "deposees": len(placed),
        "alertes": warned,
        "rappels": ended.rappels,
        "purges": len(ended.fins),
        "objets": ended.objets,
        "courriers": sent,
        "courriers_remis": late,
        "sessions": sessions,
        "reponses": answers,
        "televersements": sweep_uploads(site.settings.data),
        "depots_directs": sweep_direct(site, orphans=purge),
        "photos": photos,
        "copies": sweep_copies(site.settings.data),
        "restes": site.objects.sweep(_LEFT) if purge else 0,
    }
