"""Routes of the register: search, create, update, radiate, reactivate, alias."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import msgspec

from intake.domain import numero as numeros
from intake.domain.demande import Demande, StatutDemande
from intake.domain.journal import Action
from intake.errors import DroitsInsuffisants
from intake.ports import Transaction
from storage.uow import SqlTransaction
from web.api import schemas as s
from web.api.blueprint import api
from web.api.guard import acteur, aujourd_hui, cible, deposant, journalise, site
from web.api.idempotence import Answer, idempotent
from web.api.paging import decode, page
from web.api.problems import ErreurApi
from web.api.travaux import laisser
from web.documents import check_births, demande_of
from web.travaux import reprise


def _show(demande: Demande) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(demande)
    return shown


def _target() -> Demande:
    demande = cible().demande
    assert demande is not None
    return demande


@api.get("/demandes")
@api.input(s.RechercheDemandes, location="query")
@api.output(s.DemandesTrouvees)
@api.doc(
    tags=["Demandes"],
    summary="Chercher parmi ses demandes, par le nom et le prénom ou leurs débuts, ou le début du numéro",
)
def demandes_chercher(query_data: dict[str, Any]) -> dict[str, Any]:
    n = query_data["limite"]
    after = decode(query_data["curseur"], [str]) or [""]
    numero = numeros.compact(query_data["numero"]) if query_data["numero"] else None
    with site().uow() as tx:
        found = tx.api.demandes(
            acteur(),
            nom=query_data["nom"],
            numero=numero,
            statut=query_data["statut"],
            apres=after[0],
            n=n + 1,
        )
    return page(found, n, lambda row: row, lambda row: [row["numero_unique"]])


def _created(json_data: dict[str, Any]) -> Answer:
    number = demande_of(_plain(json_data), "Demande").numero_unique
    with site().uow() as tx:
        made = tx.registre.chercher(number)
    assert made is not None
    return _show(made), 201


@api.post("/demandes")
@api.input(s.DemandeCreee)
@api.output(s.DemandeVue, 201)
@api.doc(tags=["Demandes"], summary="Enregistrer une demande")
@idempotent(_created)
def demande_creer(json_data: dict[str, Any]) -> Answer:
    made = demande_of(_plain(json_data), "Demande")
    check_births(made, "Demande", aujourd_hui())
    made = replace(made, guichet=made.guichet or acteur().guichet)
    if not acteur().suit(made.numero_unique, made.guichet):
        raise DroitsInsuffisants("Cette demande n'est ni de votre guichet ni de vos territoires.")
    with journalise(Action.CREATION, "demande", made.numero_unique)() as tx:
        made = replace(made, date_derniere_modification=aujourd_hui())
        tx.registre.creer(made)
        work = _left(tx, made.numero_unique)
        tx.commit()
    return _show(made) | {"suivi": laisser(work)}, 201


@api.get("/demandes/<numero>")
@api.output(s.DemandeVue)
@api.doc(tags=["Demandes"], summary="Lire une demande, par son numéro ou un alias")
def demande_lire(numero: str) -> dict[str, Any]:
    del numero
    return _show(_target())


def _as_it_is(numero: str, json_data: dict[str, Any]) -> Answer:
    del numero, json_data
    return _show(_target()), 200


@api.patch("/demandes/<numero>")
@api.input(s.DemandeModifiee)
@api.output(s.DemandeVue)
@api.doc(
    tags=["Demandes"],
    summary="Modifier une demande : les champs donnés remplacent les anciens, null les efface",
)
@idempotent(_as_it_is)
def demande_modifier(numero: str, json_data: dict[str, Any]) -> Answer:
    del numero
    changed = _plain(json_data)
    if "guichet" in changed and not acteur().suit(_target().numero_unique, changed["guichet"]):
        raise DroitsInsuffisants("La demande ne serait plus de votre guichet ni de vos territoires.")

    def change(now: Demande) -> Demande:
        made = demande_of({**_show(now), **changed}, "Demande")
        if "personnes" in changed:  # what was registered before this was asked keeps nobody from a telephone
            check_births(made, "Demande", aujourd_hui())
        return made

    return _changed(change, "demande", ", ".join(sorted(changed))), 200


@api.post("/demandes/<numero>/radiation")
@api.input(s.Raison)
@api.output(s.DemandeVue)
@api.doc(tags=["Demandes"], summary="Radier une demande ; ses pièces ne bougent pas")
@idempotent(_as_it_is)
def demande_radier(numero: str, json_data: dict[str, Any]) -> Answer:
    del numero
    today = aujourd_hui()

    def change(now: Demande) -> Demande:
        if not now.active:
            return now
        return replace(now, statut=StatutDemande.RADIEE, date_radiation=today)

    return _changed(change, "radiation", json_data["raison"]), 200


@api.post("/demandes/<numero>/reactivation")
@api.input(s.Raison)
@api.output(s.DemandeVue)
@api.doc(tags=["Demandes"], summary="Réactiver une demande radiée (R16) : sa purge est annulée")
@idempotent(_as_it_is)
def demande_reactiver(numero: str, json_data: dict[str, Any]) -> Answer:
    del numero
    return _resumed(
        lambda now: replace(now, statut=StatutDemande.ACTIVE, date_radiation=None),
        "réactivation",
        json_data["raison"],
    )


def _named(numero: str, autre: str) -> Answer:
    del numero, autre
    return _show(_target()), 200


@api.put("/demandes/<numero>/alias/<autre>")
@api.output(s.DemandeVue)
@api.doc(tags=["Demandes"], summary="Ajouter un autre numéro qui mène à cette demande")
@idempotent(_named)
def alias_ajouter(numero: str, autre: str) -> Answer:
    del numero
    other = numeros.lire(autre)
    if other is None:
        raise ErreurApi("REQUETE_INVALIDE", "Cet alias n'est pas un numéro unique.")

    def change(now: Demande) -> Demande:
        return replace(now, alias=tuple(sorted({*now.alias, other.valeur})))

    return _resumed(change, "alias", "")


def _left(tx: Transaction, numero: str) -> str | None:
    """What the change lets go on, as a row of the same transaction: no crash comes between."""
    return reprise(cast(SqlTransaction, tx), site(), acteur(), deposant(acteur()), numero)


def _resumed(change: Any, what: str, why: str) -> Answer:
    """202 where pieces that waited for this are left to the workers."""
    left: list[str | None] = []
    shown = _changed(change, what, why, lambda tx: left.append(_left(tx, _target().numero_unique)))
    where = laisser(left[0])
    return shown | {"suivi": where}, 202 if where else 200


def _changed(
    change: Any, what: str, why: str, then: Callable[[Transaction], None] = lambda _: None
) -> dict[str, Any]:
    number = _target().numero_unique
    with journalise(Action.MODIFICATION, what, number, why)() as tx:
        tx.registre.verrouiller(number)
        now = tx.registre.chercher(number)  # as it is now that nobody else may change it
        if now is None:
            raise ErreurApi("DEMANDE_INCONNUE", "Cette demande n'est pas dans votre registre.")
        made = replace(change(now), date_derniere_modification=aujourd_hui())
        if made.numero_unique in made.alias:
            raise ErreurApi("REQUETE_INVALIDE", "Une demande n'est pas son propre alias.")
        tx.registre.enregistrer(made)
        then(tx)
        tx.commit()
    return _show(made)


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(data)
    return plain
