"""An envoi on which this program fails is put aside after some tries, and restarted by hand.

One that was refused too: an antivirus that was mistaken, a limit since raised (R2, ADR 302).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from intake.domain.acte import Fait
from intake.domain.envoi import Envoi, Incident, Refus
from intake.domain.incident import EN_COURS
from intake.domain.motif import Motif, StatutEnvoi
from intake.domain.travail import Echec
from intake.errors import ChangementImpossible, EnvoiInconnu, IntakeError
from intake.ports import Clock, Transaction, UnitOfWork
from intake.use_cases.desk import solder
from intake.use_cases.lease import HorsDelai

_MESSAGE = "Le traitement de cet envoi a échoué {n} fois ({code}) : il est mis de côté, l'original est gardé."
_HINT = "Signalez-le à l'exploitant ; une fois l'erreur corrigée : « flask envois relancer »."


def mis_de_cote(envoi: Envoi, echec: Echec) -> Envoi:
    refus = Refus(Motif.ERREUR_INTERNE.value, _message(echec), _HINT)
    return replace(envoi, statut=StatutEnvoi.QUARANTAINE, refus=refus, traite_le=echec.le)


def incident_interne(echec: Echec, rang: int) -> Incident:
    message = f"{_message(echec)} {_HINT}"
    return Incident(f"{echec.envoi}-IX{rang}", echec.envoi, Motif.ERREUR_INTERNE, (), message, echec.le)


def _message(echec: Echec) -> str:
    return _MESSAGE.format(n=echec.a_nous, code=echec.code)


def noter_echec(
    tx: Transaction, envoi: str, tranche: int, fault: BaseException, le: datetime
) -> Echec | None:
    """The failure of a step, and whose it is: what the database or the store does not answer is nobody's.

    None where it ends nothing, however often: it passes; or somebody else has brought the envoi to its end
    meanwhile, and nothing of it has failed.
    """
    known = tx.envois.lire(envoi)  # not locked: what was broken off may hold its row for a while yet
    if known is None or known.termine:
        return None
    code = fault.code if isinstance(fault, (IntakeError, HorsDelai)) else type(fault).__name__
    passes = isinstance(fault, IntakeError) and fault.retryable
    noted = tx.echecs.noter(envoi, tranche, code[:64], le, a_nous=not passes)
    return None if passes else noted


@dataclass(frozen=True)
class Relancer:
    uow: UnitOfWork
    clock: Clock

    def __call__(self, identifiant: str, par: str, raison: str) -> Envoi:
        """Received again, with what was read of it. Raises EnvoiInconnu, ChangementImpossible."""
        fait = Fait(self.clock.now(), par, "relancer", raison)
        with self.uow() as tx:
            envoi = tx.envois.lire(identifiant, verrou=True)
            if envoi is None:
                raise EnvoiInconnu(f"L'envoi {identifiant} n'existe pas.")
            if envoi.refus is None:
                raise ChangementImpossible(f"L'envoi {identifiant} n'est ni mis de côté ni refusé.")
            fresh = recommencer(tx, envoi, fait)
            tx.commit()
        return fresh


def recommencer(tx: Transaction, envoi: Envoi, fait: Fait) -> Envoi:
    """`envoi`, refused or put aside, received again; the incidents that told so are settled."""
    assert envoi.refus is not None
    fresh = replace(envoi, statut=StatutEnvoi.RECUE, refus=None, traite_le=None)
    tx.envois.changer(fresh, envoi.statut)
    tx.echecs.relancer(envoi.id)
    tx.lectures.oublier_les_echecs(envoi.id)  # pages that could not be read are tried again
    for incident in tx.incidents.de_envoi(envoi.id):
        if incident.motif.value == envoi.refus.code and incident.piece is None and incident.etat in EN_COURS:
            solder(tx, incident, fait)
    return fresh
