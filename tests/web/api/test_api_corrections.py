"""What people do through the API, on SQLite and PostgreSQL: correct, follow incidents, repair."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from api_site import HABILITE, LOGICIEL, ApiSite, pdf
from intake.domain.acces import Role
from intake.domain.journal import Verification
from intake.domain.motif import Gravite
from orders_for_tests import (
    AGENT,
    BAIL,
    GESTIONNAIRE,
    NUM,
    UNKNOWN,
    held_group,
    mine_too,
    order,
    says,
)
from readings import N1, N2

pytestmark = pytest.mark.slow  # each test opens a whole site and its HTTP service


def test_a_piece_is_corrected_and_keeps_its_history(api: ApiSite) -> None:
    done = order(api, f"/pieces/{BAIL}/reclassement", type="rib")
    assert (done.status_code, done.get_json()["piece"]["type"]) == (200, "rib")
    marked = order(api, f"/pieces/{BAIL}/marque", marque="obsolete").get_json()["piece"]
    assert (marked["statut"], marked["version"]) == ("obsolete", 3)
    told = api.get(AGENT, f"/pieces/{BAIL}/histoire").get_json()["elements"]
    assert [a["action"] for a in told] == ["reclasser", "marquer"]
    assert {a["par"] for a in told} == {"agent:agent_guichet"}
    assert (told[0]["avant"]["type"], told[0]["apres"]["type"]) == ("bail", "rib")
    assert says(order(api, f"/pieces/{BAIL}/reclassement", type="rien")) == (409, "CHANGEMENT_IMPOSSIBLE")
    with api.site.uow() as tx:
        (example,) = tx.corrections.toutes()
        lines = list(tx.journal.lignes())
    assert (example.avant, example.type, example.par) == ("bail", "rib", "agent:agent_guichet")
    assert list(Verification()(lines)) == []
    actions = [x.action for x in lines if BAIL in (x.contenu or "") and "incident" not in (x.contenu or "")]
    assert actions == ["reclassement", "marquage", "consultation"]


def test_whoever_saw_an_older_version_is_told_and_changes_nothing(api: ApiSite) -> None:
    seen = api.get(AGENT, f"/pieces/{BAIL}").headers["ETag"]
    assert order(api, f"/pieces/{BAIL}/reclassement", HABILITE, type="rib").status_code == 200
    late = order(api, f"/pieces/{BAIL}/marque", marque="obsolete", headers={"If-Match": seen})
    assert says(late) == (412, "VERSION_DEPASSEE")
    fresh = api.get(AGENT, f"/pieces/{BAIL}").headers["ETag"]
    again = order(api, f"/pieces/{BAIL}/marque", marque="obsolete", headers={"If-Match": fresh})
    assert again.status_code == 200


def test_the_same_request_again_gets_the_first_answer(api: ApiSite) -> None:
    key = {"Idempotency-Key": "k1"}
    first = order(api, f"/pieces/{BAIL}/reclassement", type="rib", headers=key)
    again = order(api, f"/pieces/{BAIL}/reclassement", type="rib", headers=key)
    assert (first.status_code, first.get_json()) == (again.status_code, again.get_json())
    assert says(order(api, f"/pieces/{BAIL}/reclassement", type="bail", headers=key))[1] == "CLE_REUTILISEE"
    assert len(api.get(AGENT, f"/pieces/{BAIL}/histoire").get_json()["elements"]) == 1


def test_a_piece_goes_to_another_of_ones_own_demandes_only(api: ApiSite) -> None:
    assert says(order(api, f"/pieces/{BAIL}/deplacement", numero=N2)) == (404, "DEMANDE_INCONNUE")
    mine_too(api)
    moved = order(api, f"/pieces/{BAIL}/deplacement", numero=N2, malgre_le_nom=True).get_json()["piece"]
    assert moved["demande"] == N2
    logged = [line for line in api.lines() if line.startswith("deplacement")]
    assert [(N1 in x, N2 in x) for x in logged] == [(True, False), (False, True)]


def test_a_history_tells_no_number_of_others(api: ApiSite) -> None:
    mine_too(api)
    order(api, f"/pieces/{BAIL}/deplacement", numero=N2, malgre_le_nom=True)
    order(api, f"/pieces/{BAIL}/deplacement", numero=N1, malgre_le_nom=True)
    with api.site.uow() as tx:
        other = tx.registre.chercher(N2)
        assert other is not None
        tx.registre.enregistrer(replace(other, guichet="75002"))
        tx.commit()
    told = api.get(AGENT, f"/pieces/{BAIL}/histoire")
    assert N1 in told.get_data(as_text=True)
    assert N2 not in told.get_data(as_text=True)


def test_pages_are_turned_split_and_merged(api: ApiSite) -> None:
    before = api.get(AGENT, f"/pieces/{BAIL}/contenu").data
    turned = order(api, f"/pieces/{BAIL}/rotation", degres=90, pages=[2])
    assert turned.get_json()["piece"]["rotations"] == [0, 90]
    assert api.get(AGENT, f"/pieces/{BAIL}/contenu").data != before
    hidden = order(api, f"/pieces/{BAIL}/fusion", autres=["E1-0002"])  # sensitive: R31
    assert says(hidden) == (404, "PIECE_INCONNUE")
    assert says(order(api, f"/pieces/{BAIL}/decoupe", debuts=[7])) == (409, "CHANGEMENT_IMPOSSIBLE")
    done = order(api, f"/pieces/{BAIL}/decoupe", HABILITE, debuts=[2]).get_json()
    (fresh,) = done["nouvelles"]
    assert (done["piece"]["pages_envoi"], fresh["pages_envoi"]) == ([1], [2])
    merged = order(api, f"/pieces/{BAIL}/fusion", HABILITE, autres=[fresh["id"]]).get_json()["piece"]
    assert merged["pages_envoi"] == [1, 2]
    assert api.get(HABILITE, f"/pieces/{fresh['id']}").get_json()["remplacee_par"] == BAIL


def test_an_incident_is_taken_answered_and_closed(api: ApiSite) -> None:
    path = f"/incidents/{BAIL}-I"
    taken = api.post(AGENT, f"{path}/prise-en-charge", json={})
    assert (taken.status_code, taken.get_json()["pris_par"]) == (200, "agent:agent_guichet")
    assert says(api.post(HABILITE, f"{path}/prise-en-charge", json={})) == (409, "CHANGEMENT_IMPOSSIBLE")
    assert [i["id"] for i in api.get(AGENT, "/incidents?pris_par=moi").get_json()["elements"]] == [
        f"{BAIL}-I"
    ]
    assert api.post(AGENT, f"{path}/commentaires", json={"texte": "je regarde"}).status_code == 201
    assert says(order(api, f"{path}/resolution", action="deplacer")) == (422, "REQUETE_INVALIDE")
    done = order(api, f"{path}/resolution", action="reclasser", type="rib").get_json()
    assert (done["incident"]["etat"], done["pieces"][0]["type"]) == ("resolue", "rib")
    assert api.post(AGENT, f"{path}/cloture", json={}).get_json()["etat"] == "close"
    told = api.get(AGENT, f"{path}/suites").get_json()["elements"]
    assert [s["action"] for s in told] == ["prendre", "commenter", "reclasser", "clore"]
    assert says(api.post(AGENT, f"{path}/rejet", json={"texte": "non"})) == (409, "CHANGEMENT_IMPOSSIBLE")
    assert f"{BAIL}-I" not in [
        i["id"] for i in api.get(AGENT, "/incidents?etat=en_cours").get_json()["elements"]
    ]


def test_an_incident_is_the_business_of_people(api: ApiSite) -> None:
    """R27: it is in the hands of somebody; software may correct, not answer."""
    assert says(api.post(LOGICIEL, f"/incidents/{BAIL}-I/prise-en-charge", json={})) == (
        403,
        "DROITS_INSUFFISANTS",
    )
    assert order(api, f"/pieces/{BAIL}/reclassement", LOGICIEL, type="rib").status_code == 200


def test_one_reports_a_filed_piece_and_the_exposed_sensitive_one_comes_first(api: ApiSite) -> None:
    made = api.post(
        AGENT, f"/pieces/{BAIL}/incidents", json={"motif": "MAUVAISE_DEMANDE", "texte": "autre nom"}
    )
    assert (made.status_code, made.get_json()["auteur"]) == (201, "agent:agent_guichet")
    again = api.post(
        AGENT, f"/pieces/{BAIL}/incidents", json={"motif": "MAUVAISE_DEMANDE", "texte": "encore"}
    )
    assert says(again) == (409, "CHANGEMENT_IMPOSSIBLE")
    seen = api.get(HABILITE, "/incidents").get_json()["elements"]
    assert (seen[0]["id"], seen[0]["expose"], seen[0]["gravite"]) == (
        "E1-0002-I",
        True,
        Gravite.SENSIBLE.value,
    )


def test_an_incident_of_somebody_elses_cannot_be_resolved_by_the_way(api: ApiSite) -> None:
    for name in ("E2-0001-I", "E1-0002-I", "rien"):  # another guichet's, a sensitive one, none
        asked = order(api, f"/pieces/{BAIL}/reclassement", type="rib", incident=name)
        assert says(asked) == (404, "INCIDENT_INCONNU")
    assert api.get(AGENT, f"/pieces/{BAIL}").get_json()["type"] == "bail"


def test_whoever_sent_a_piece_does_not_correct_it_in_anothers_dossier(api: ApiSite) -> None:
    mine_too(api)
    order(api, f"/pieces/{BAIL}/deplacement", numero=N2, malgre_le_nom=True)
    with api.site.uow() as tx:
        other = tx.registre.chercher(N2)
        assert other is not None
        tx.registre.enregistrer(replace(other, guichet="75002"))
        tx.commit()
    asked = order(api, f"/incidents/{BAIL}-I/resolution", action="supprimer")
    assert says(asked) == (404, "INCIDENT_INCONNU")


def test_what_is_held_is_repaired_by_whoever_sent_it(api: ApiSite) -> None:
    envoi = held_group(api)
    assert says(order(api, f"/envois/{envoi}/numero", numero=N2)) == (404, "DEMANDE_INCONNUE")
    assert says(order(api, f"/envois/{envoi}/bordereau", pieces=1)) == (409, "CHANGEMENT_IMPOSSIBLE")
    done = order(api, f"/envois/{envoi}/numero", HABILITE, numero=N1, pages=[1, 2])
    assert done.status_code == 200
    assert [(p["id"], p["demande"]) for p in done.get_json()["pieces"]] == [("E9-0001", N1)]
    assert api.get(AGENT, "/incidents/E9-I0001").get_json()["etat"] == "resolue"


def test_a_held_group_is_set_aside_through_its_incident(api: ApiSite) -> None:
    held_group(api)
    assert says(order(api, "/incidents/E9-I0001/resolution", action="reclasser", type="rib"))[0] == 422
    done = order(api, "/incidents/E9-I0001/resolution", action="ecarter").get_json()
    assert (done["incident"]["etat"], done["pieces"][0]["statut"]) == ("resolue", "rejetee")


def test_nobody_repairs_what_another_guichet_sent(api: ApiSite) -> None:
    envoi = held_group(api, "guichet:75002")
    for who in (AGENT, NUM, GESTIONNAIRE):
        assert says(order(api, f"/envois/{envoi}/numero", who, numero=N1)) == (404, "ENVOI_INCONNU")


def test_a_demande_registered_later_takes_up_what_waited_for_it(api: ApiSite) -> None:
    held_group(api)
    people = [{"rang": "D", "nom": "MARTIN", "prenom": "Camille"}]
    made = api.post(AGENT, "/demandes", json={"numero_unique": UNKNOWN, "personnes": people})
    assert made.status_code == 201
    assert api.get(HABILITE, "/pieces/E9-0001").get_json()["demande"] == UNKNOWN


def test_a_deposit_withdrawn_is_in_its_history_too(api: ApiSite) -> None:
    api.deposit(AGENT, f"/demandes/{N1}/pieces", pdf("z"))
    assert order(api, f"/pieces/{BAIL}/retrait").status_code == 200
    told = api.get(AGENT, f"/pieces/{BAIL}/histoire").get_json()["elements"]
    assert [(a["action"], a["par"]) for a in told] == [("supprimer", "agent:agent_guichet")]
    assert json.dumps(told).count("vu sur") == 1


def test_a_line_of_a_demandeur_is_under_his_own_demande_so_that_it_goes_with_it(api: ApiSite) -> None:
    """R34: his number is his name in the journal, whatever he looked at."""
    demandeur = Role.DEMANDEUR.value
    api.get(demandeur, "/envois")
    assert api.post(demandeur, f"/pieces/{BAIL}/reclassement", json={}).status_code == 403
    with api.site.uow() as tx:
        told = [(x.action, x.demande) for x in tx.journal.lignes() if f"demandeur:{N1}" in (x.contenu or "")]
    assert told == [("consultation", N1), ("refus", N1)]
