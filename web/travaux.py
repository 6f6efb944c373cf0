"""Work that an order of a person leaves behind: done by a worker of the urgent queue, its state kept.

Its row is committed with what causes it; whoever claims it does it, and for a repair says so in the very
transaction of the change, so that done twice it is done once. Without Redis nobody is known to be there to
take it: whoever gave the order does it.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

import msgspec

from intake.domain.acces import SYSTEME, Acteur
from intake.domain.commands import Geste, JoindreBordereau
from intake.domain.motif import StatutPiece
from intake.errors import ChangementImpossible, IntakeError, StockageIndisponible
from intake.ports import Transaction, UnitOfWork
from intake.use_cases.advance import Interrompu
from intake.use_cases.lease import tenir
from storage.uow import SqlTransaction
from web.wiring import Site

BORDEREAU, REPRISE = "bordereau", "reprise"
_MOST = 3  # times that a fault of ours is tried
_log = logging.getLogger(__name__)


def bordereau(
    tx: SqlTransaction, site: Site, acteur: Acteur, sender: str, envoi: str, ordre: JoindreBordereau, why: str
) -> str:
    """The id of the work, once committed."""
    told = {"bordereau": msgspec.to_builtins(ordre), "raison": why}
    return _ajouter(tx, site, BORDEREAU, acteur, sender, ordre=told, envoi=envoi)


def reprise(tx: SqlTransaction, site: Site, acteur: Acteur, sender: str, numero: str) -> str | None:
    """What waits for this demande, or for a place in it, goes on by itself (R16, R20); None: nothing does."""
    demande = tx.registre.chercher(numero)
    if demande is None:
        return None
    numbers = (demande.numero_unique, *demande.alias)
    waits = tx.pieces.de_numero(numbers) or [
        p for p in tx.pieces.de_demande(demande.numero_unique) if p.statut is StatutPiece.EN_ATTENTE
    ]
    if not waits:
        return None
    return _ajouter(tx, site, REPRISE, acteur, sender, ordre={}, demande=demande.numero_unique)


def _ajouter(tx: SqlTransaction, site: Site, genre: str, acteur: Acteur, sender: str, **more: Any) -> str:
    identifiant = secrets.token_hex(16)
    tx.travaux.ajouter(
        {
            "id": identifiant,
            "genre": genre,
            "acteur": msgspec.to_builtins(acteur),
            "deposant": sender,
            "cree_le": site.clock.now(),
            **more,
        }
    )
    return identifiant


def mener(site: Site, travail: str) -> bool:
    """Do it, if nobody is at it. A fault that may pass gives it back, a refusal is kept with it."""
    jeton, bail = secrets.token_hex(16), timedelta(seconds=site.settings.lease_seconds)
    now = site.clock.now()
    with site.uow() as tx:
        row = tx.travaux.reclamer(travail, jeton, now, now + bail)
        tx.commit()
    if row is None:
        return False

    def longer() -> bool:
        with site.uow() as tx:
            held = tx.travaux.prolonger(travail, jeton, site.clock.now() + bail)
            tx.commit()
        return held

    try:
        if row["essais"] > _MOST:
            raise IntakeError("Ce travail a échoué plusieurs fois ; rien n'a changé.", code="ERREUR_INTERNE")
        with tenir(longer, travail, bail):
            _faire(site, row, jeton)
    except IntakeError as e:
        _ended(site, row, jeton, e)
    except Interrompu:  # the worker was told to stop: no failure, and nothing of a failure's delay
        with suppress(StockageIndisponible):
            _rendre(site, row, jeton, row["essais"] - 1)
        raise
    except Exception:  # noqa: BLE001 - a door of the work: one bad order ends no worker; it is counted and tried again
        _log.exception("travail %s", travail)
        _rendre(site, row, jeton, row["essais"])
    return True


def _faire(site: Site, row: dict[str, Any], jeton: str) -> None:
    if row["genre"] == BORDEREAU:
        acteur = msgspec.convert(row["acteur"], Acteur)
        mine = replace(site.au_nom_de(acteur), plain=_Conclut(site.uow, row["id"], jeton))
        said = msgspec.convert(row["ordre"]["bordereau"], JoindreBordereau)
        mine.reparer.joindre_bordereau(row["envoi"], said, Geste(acteur.id, row["ordre"]["raison"]))
        return
    by_rule = site.au_nom_de(SYSTEME)
    by_rule.reparer.reprendre(row["demande"])  # each piece in its own transaction, and found done by the next
    by_rule.liberer.promouvoir(row["demande"])
    with site.uow() as tx:
        tx.travaux.conclure(row["id"], jeton, None)
        tx.commit()


def _ended(site: Site, row: dict[str, Any], jeton: str, e: IntakeError) -> None:
    if e.retryable:
        _rendre(site, row, jeton, row["essais"] - 1)
        return
    with site.uow() as tx:
        tx.travaux.conclure(row["id"], jeton, {"code": e.code, "message": e.message, "hint": e.hint})
        tx.commit()


def _rendre(site: Site, row: dict[str, Any], jeton: str, essais: int) -> None:
    with site.uow() as tx:
        tx.travaux.rendre(row["id"], jeton, site.clock.now() + timedelta(seconds=2), essais)
        tx.commit()


@dataclass(frozen=True, slots=True)
class _Conclut:
    """A unit of work whose commit also says that the work is done, by whoever still holds it."""

    uow: UnitOfWork
    travail: str
    jeton: str

    @contextmanager
    def __call__(self) -> Iterator[Transaction]:
        with self.uow() as tx:
            yield cast(Transaction, _Conclue(tx, self))


class _Conclue:
    def __init__(self, tx: Transaction, of: _Conclut) -> None:
        self._tx = tx
        self._of = of

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def commit(self) -> None:
        if not cast(SqlTransaction, self._tx).travaux.conclure(self._of.travail, self._of.jeton, None):
            raise ChangementImpossible("Ce travail est en d'autres mains.")
        self._tx.commit()
