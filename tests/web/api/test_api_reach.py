"""What callers reach: held pages, pieces that left, software, deleted pieces; on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from api_site import GUICHET, HABILITE, LOGICIEL, ApiSite
from intake.domain.acces import Role
from intake.domain.motif import StatutPiece
from intake.errors import DonneeRefusee
from orders_for_tests import AGENT, BAIL, GESTIONNAIRE, held_group, listed, order, says
from readings import N1, N2

pytestmark = pytest.mark.slow  # each test opens a whole site and its HTTP service


def test_what_a_numeriseur_sent_is_in_the_hands_of_the_guichet_its_bordereau_names(api: ApiSite) -> None:
    envoi = held_group(api, "guichet:NUMER")
    addresses = (
        "/incidents/E9-I0001",
        "/pieces/E9-0001",
        "/envois/E9",
        "/pieces/E9-0001/pages/1?largeur=100",
    )
    for address in addresses:
        assert api.get(AGENT, address).status_code == 404
    with api.site.uow() as tx:
        sent = tx.envois.lire(envoi)
        assert sent is not None
        tx.envois.changer(replace(sent, bordereau={"id": "B1", "guichet": GUICHET}), sent.statut)
        tx.commit()
    for address in addresses:
        assert api.get(AGENT, address).status_code == 200, address
    assert api.get(Role.CONSULTANT_SENSIBLE.value, "/pieces/E9-0001").status_code == 404
    assert "E9-I0001" in listed(api, AGENT, "etat=en_cours")
    told = api.get(AGENT, f"/envois/{envoi}/compte-rendu").get_json()
    assert [i["id"] for i in told["incidents"]] == ["E9-I0001"]
    done = order(api, "/incidents/E9-I0001/resolution", action="numero", numero=N1)
    assert [p["id"] for p in done.get_json()["pieces"]] == ["E9-0001"]


def test_of_a_piece_that_went_to_another_household_its_sender_keeps_a_trace(api: ApiSite) -> None:
    with api.site.uow() as tx:
        for name in ("E1-0003", "E3-0001"):
            it = tx.pieces.lire(name)
            assert it is not None
            tx.pieces.changer(replace(it, demande=N2))
        tx.commit()
    told = api.get(AGENT, "/envois/E1/compte-rendu").get_json()["pieces"]
    trace = next(p for p in told if p["id"] == "E1-0003")
    assert {k: v for k, v in trace.items() if v} == {
        "id": "E1-0003",
        "pages": [5, 6],
        "statut": "deplacee",
        "message": "Cette pièce est maintenant dans une demande que vous ne suivez pas.",
    }
    assert "E1-0003" in api.get(AGENT, "/envois/E1/compte-rendu?format=csv").get_data(as_text=True)
    assert "E1-0003-I" not in listed(api, AGENT, "limite=50")
    assert api.get(Role.DEMANDEUR.value, "/envois/E3/compte-rendu").get_json()["pieces"] == []


def test_nobody_decides_about_held_pieces_that_do_not_exist_for_him(api: ApiSite) -> None:
    """A sensitive one without the clearance, or another's in an envoi of which one piece is followed."""
    held_group(api)
    with api.site.uow() as tx:
        it, secret = tx.pieces.lire("E9-0001"), tx.pieces.lire("E1-0002")
        assert it is not None
        assert secret is not None
        sensitive = replace(it, id="E9-0002", rang=2, pages=(3,), type=secret.type, categorie="MOS")
        tx.pieces.ajouter(sensitive)
        tx.commit()
    asked: tuple[dict[str, Any], ...] = ({}, {"pages": [3]}, {"pages": [2, 3]})
    for body in asked:
        assert says(order(api, "/envois/E9/mise-a-l-ecart", **body)) == (409, "CHANGEMENT_IMPOSSIBLE")
        assert says(order(api, "/envois/E9/numero", numero=N1, **body)) == (409, "CHANGEMENT_IMPOSSIBLE")
    with api.site.uow() as tx:
        kept = tx.pieces.lire("E9-0002")
        assert kept is not None
        assert kept.statut is StatutPiece.A_VERIFIER
    done = order(api, "/envois/E9/mise-a-l-ecart", pages=[2])
    assert [p["id"] for p in done.get_json()["pieces"]] == ["E9-0001"]
    assert order(api, "/envois/E9/mise-a-l-ecart", HABILITE).status_code == 200


def test_a_gestionnaire_who_follows_one_piece_decides_about_no_other(api: ApiSite) -> None:
    envoi = held_group(api, "guichet:NUMER")
    with api.site.uow() as tx:
        it = tx.pieces.lire("E3-0001")
        assert it is not None
        tx.pieces.ajouter(replace(it, id="E9-0002", envoi=envoi, rang=2, pages=(3,), demande=N1))
        tx.commit()
    assert api.get(GESTIONNAIRE, f"/envois/{envoi}").status_code == 200
    for what, body in (
        ("mise-a-l-ecart", {}),
        ("numero", {"numero": N1}),
        ("bordereau", {"guichet": GUICHET}),
    ):
        asked = order(api, f"/envois/{envoi}/{what}", GESTIONNAIRE, **body)
        assert says(asked) == (409, "CHANGEMENT_IMPOSSIBLE"), what


def test_software_resolves_no_incident_by_the_way(api: ApiSite) -> None:
    asked = {"raison": "x", "type": "rib", "incident": f"{BAIL}-I"}
    answer = api.post(LOGICIEL, f"/pieces/{BAIL}/reclassement", json=asked)
    assert says(answer) == (403, "DROITS_INSUFFISANTS")
    assert api.get(AGENT, f"/incidents/{BAIL}-I").get_json()["etat"] == "ouverte"
    assert api.lines()[-2].startswith("refus")


def test_a_withdrawal_is_no_weaker_than_the_correction_of_its_name(api: ApiSite) -> None:
    seen = api.get(AGENT, f"/pieces/{BAIL}").headers["ETag"]
    stale = {"If-Match": '"99"'}
    for path, body in ((f"/pieces/{BAIL}/retrait", {}), ("/pieces/E1-0003/remplacement", {"sortante": BAIL})):
        assert says(order(api, path, headers=stale, **body)) == (412, "VERSION_DEPASSEE")
    assert order(api, f"/pieces/{BAIL}/retrait", headers={"If-Match": seen}).status_code == 200
    for statut in ("obsolete", "rejetee", "supprimee"):
        again = order(api, f"/pieces/{BAIL}/retrait", statut=statut)
        assert says(again) == (409, "CHANGEMENT_IMPOSSIBLE"), statut


def test_what_was_deleted_is_opened_by_who_may_take_it_back(api: ApiSite) -> None:
    assert order(api, f"/pieces/{BAIL}/retrait").status_code == 200
    addresses = (f"/pieces/{BAIL}/contenu", f"/pieces/{BAIL}/pages/1?largeur=100")
    for who in (Role.CONSULTANT_DEMANDE.value, Role.CONSULTANT_SENSIBLE.value):
        for address in addresses:
            assert says(api.get(who, address)) == (404, "PIECE_INCONNUE"), (who, address)
        assert api.post(who, f"/pieces/{BAIL}/liens", json={}).status_code == 404
    for address in addresses:
        answer = api.get(AGENT, address)
        assert answer.status_code == 200
        answer.close()


@pytest.mark.parametrize("path", ["/pieces/a%00b", "/envois/a%00b", "/incidents/a%00b", "/demandes/a%00b"])
def test_an_invisible_character_is_a_wrong_request(api: ApiSite, path: str) -> None:
    assert says(api.get(AGENT, path)) == (422, "REQUETE_INVALIDE")
    taken = api.post(AGENT, f"/incidents/{BAIL}-I/prise-en-charge", json={"commentaire": "a\x00b"})
    assert says(taken) == (422, "REQUETE_INVALIDE")


def test_a_value_that_the_database_cannot_hold_is_a_wrong_request(api: ApiSite, database_url: str) -> None:
    if not database_url.startswith("postgresql"):
        pytest.skip("SQLite holds it")
    with pytest.raises(DonneeRefusee), api.site.uow() as tx:
        tx.pieces.lire("a\x00b")
