"""What is left to do, as it is shown: in the same words by the terminal and by the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from intake.domain.travail import Echec
from storage.work_queries import EnCours, LotEnCours, TravailEnCours


def echec(vu: Echec) -> dict[str, Any]:
    """`tranche`: the first page of a range, 0: opening or closing. `a_nous`: of these, our faults."""
    return {
        "tranche": vu.tranche,
        "code": vu.code,
        "compte": vu.compte,
        "a_nous": vu.a_nous,
        "le": vu.le.isoformat(),
        "pas_avant": vu.pas_avant.isoformat(),
    }


def envoi(vu: EnCours, echecs: Sequence[Echec]) -> dict[str, Any]:
    return {
        "envoi": vu.envoi,
        "canal": vu.canal.value,
        "recu_le": vu.recu_le.isoformat(),
        "tranches": vu.tranches,
        "faites": vu.faites,
        "par": list(vu.par),
        "mis_de_cote": vu.mis_de_cote,
        "echecs": [echec(e) for e in echecs],
    }


def lot(vu: LotEnCours) -> dict[str, Any]:
    told = {"lot": vu.lot, "recu_le": vu.recu_le.isoformat(), "essais": vu.essais}
    return told | {"pris": vu.pris, "mis_de_cote": vu.mis_de_cote}


def travail(vu: TravailEnCours) -> dict[str, Any]:
    of = {"travail": vu.travail, "genre": vu.genre, "envoi": vu.envoi, "demande": vu.demande}
    told = {"cree_le": vu.cree_le.isoformat(), "essais": vu.essais}
    return of | told | {"pris": vu.pris, "mis_de_cote": vu.mis_de_cote}
