"""What the service does by itself: mails, warnings, and the end of what has had its time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from intake.domain.acces import SYSTEME
from intake.domain.journal import Action, Evenement
from intake.use_cases.purge import Bilan
from web.mail import deliver
from web.restes import sweep_copies, sweep_uploads
from web.wiring import Site

T = TypeVar("T")
_LEFT = timedelta(days=1)  # what is half-written in the object store for longer was left by a crash


def turn(site: Site, *, purge: bool = True) -> dict[str, int]:
    """One turn of the sweeper, safe to run twice and by several; what was done, by name.

    Raises the first fault of a step once all of them were tried.

    `purge`: also look for what time ends, which reads more rows than a turn every few seconds should.
    """
    now, faults = site.clock.now(), list[Exception]()
    by_rule = site.au_nom_de(SYSTEME)

    def tried(step: Callable[[], T], nothing: T) -> T:
        """One demande of which something cannot be written keeps no mail and no purge from the others."""
        try:
            return step()
        except Exception as fault:  # noqa: BLE001 - told once the turn is over
            faults.append(fault)
            return nothing

    taken_up = tried(lambda: len(by_rule.reparer.reprendre_tout()), 0)
    placed = tried(lambda: len(by_rule.liberer.promouvoir_tout()), 0)
    warned = tried(site.jetons.prevenir, 0)
    photos = tried(lambda: _forget_photos(site, now), 0)
    ended = tried(site.purger, Bilan()) if purge else Bilan()
    sent, late = tried(lambda: deliver(site.uow, site.mailer, site.clock), (0, 0))
    sessions, answers = tried(lambda: _forget(site, now), (0, 0))
    done = {
        "reprises": taken_up,
        "deposees": placed,
        "alertes": warned,
        "rappels": ended.rappels,
        "purges": len(ended.fins),
        "objets": ended.objets,
        "courriers": sent,
        "courriers_remis": late,
        "sessions": sessions,
        "reponses": answers,
        "televersements": sweep_uploads(site.settings.data),
        "depots_directs": _sweep_direct(site, orphans=purge),
        "photos": photos,
        "copies": sweep_copies(site.settings.data),
        "restes": site.objects.sweep(_LEFT) if purge else 0,
    }
    if faults:
        raise faults[0]
    return done


def _forget(site: Site, now: datetime) -> tuple[int, int]:
    """Sessions and kept answers whose time is over."""
    with site.uow() as tx:
        sessions = tx.acces.sessions.oublier(now) + tx.acces.departs.oublier(now)
        answers = tx.api.oublier_avant(now - timedelta(days=1))
        tx.travaux.oublier(now - timedelta(days=1))
        tx.commit()
    return sessions, answers


def _forget_photos(site: Site, now: datetime) -> int:
    """Photos that were never sent, after their day (R35); their bytes go with the next purge. How many."""
    with site.uow() as tx:
        keys = tx.photos.oublier(now)
        if not keys:
            return 0
        tx.objets.condamner(keys)
        told = {"photos": str(len(keys))}
        tx.journal.ecrire(now, [Evenement(SYSTEME, Action.PURGE, "photos jamais envoyées", details=told)])
        tx.commit()
    return len(keys)


def _sweep_direct(site: Site, *, orphans: bool) -> int:
    if site.direct is None:
        return 0
    from web.api.depots_directs import sweep  # loads the service, for the few sites that have such deposits

    return sweep(site, orphans=orphans)
