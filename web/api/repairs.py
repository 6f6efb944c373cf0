"""Routes of what an envoi holds as a group: its number given, set aside, its bordereau attached (R9)."""

from __future__ import annotations

from typing import Any

from intake.domain.commands import DonnerNumero, Ecarter, JoindreBordereau
from intake.domain.incident import EN_COURS
from intake.domain.motif import Motif
from intake.errors import ChangementImpossible
from intake.use_cases.repair import Repare
from web.api import schemas_gestes as forms
from web.api.blueprint import api
from web.api.guard import acteur, cible, deposant, gestes, site
from web.api.idempotence import Answer, idempotent
from web.api.orders import check_held, geste, shown, sienne
from web.api.travaux import differe, laisser
from web.travaux import bordereau


def _done(envoi: str, json_data: dict[str, Any]) -> Answer:
    del json_data
    with site().uow() as tx:
        now = tx.envois.lire(envoi)
    assert now is not None
    return _told(Repare(now))


@api.post("/envois/<envoi>/numero")
@api.input(forms.NumeroDonne)
@api.output(forms.Reparation)
@api.doc(tags=["Envois"], summary="Dire de quelle demande sont des pages retenues, ou toutes (R9)")
@idempotent(_done)
def envoi_numero(envoi: str, json_data: dict[str, Any]) -> Answer:
    number = DonnerNumero(sienne(json_data["numero"]))
    pages = tuple(json_data["pages"])
    check_held(envoi, pages)
    return _told(gestes().reparer.donner_numero(envoi, pages, number, geste(json_data["raison"])))


@api.post("/envois/<envoi>/mise-a-l-ecart")
@api.input(forms.MiseALEcart)
@api.output(forms.Reparation)
@api.doc(tags=["Envois"], summary="Écarter des pages retenues qui ne sont de personne (R9)")
@idempotent(_done)
def envoi_ecarter(envoi: str, json_data: dict[str, Any]) -> Answer:
    pages = tuple(json_data["pages"])
    check_held(envoi, pages)
    return _told(gestes().reparer.ecarter(envoi, pages, Ecarter(), geste(json_data["raison"])))


@api.post("/envois/<envoi>/bordereau")
@api.input(forms.BordereauJoint)
@api.output(forms.Reparation)
@api.doc(tags=["Envois"], summary="Joindre ce que dit le bordereau manquant ; ses comptes sont comparés (R8)")
@idempotent(_done)
def envoi_bordereau(envoi: str, json_data: dict[str, Any]) -> Answer:
    asked = json_data
    sent = cible().envoi
    assert sent is not None
    if sent.deposant != acteur().deposant:  # what it says opens what is held to the guichet that it names
        check_held(envoi, ())
    said = JoindreBordereau(asked["guichet"], asked["fiches"], asked["pieces"], asked["id"])
    if not differe():
        return _told(gestes().reparer.joindre_bordereau(envoi, said, geste(asked["raison"])))
    with site().uow() as tx:
        now = tx.envois.lire(envoi)
        if now is None or not any(
            i.motif is Motif.SANS_BORDEREAU and i.etat in EN_COURS for i in tx.incidents.de_envoi(envoi)
        ):
            raise ChangementImpossible(f"Aucun bordereau ne manque à l'envoi {envoi}.")
        work = bordereau(tx, site(), acteur(), deposant(acteur()), envoi, said, asked["raison"])
        tx.commit()
    body: dict[str, Any] = {"envoi": envoi, "statut": now.statut.value, "pieces": [], "deposees": []}
    return body | {"suivi": laisser(work)}, 202


def _told(done: Repare) -> Answer:
    with site().uow() as tx:
        return {
            "envoi": done.envoi.id,
            "statut": done.envoi.statut.value,
            "pieces": shown(tx, done.pieces),
            "deposees": shown(tx, done.deposees),
        }, 200
