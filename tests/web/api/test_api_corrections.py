"""What people do through the API, on SQLite and PostgreSQL: correct, follow incidents, repair."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from api_site import GUICHET, HABILITE, LOGICIEL, ApiSite, pdf
from intake.domain.acces import Role
from intake.domain.journal import Verification
from intake.domain.motif import Canal, Gravite, Motif, StatutEnvoi, StatutPiece
from intake.errors import DonneeRefusee, StockageIndisponible
from readings import MARTIN, N1, N2, page, piece
from storage.api_queries import ApiQueries

pytestmark = pytest.mark.slow  # each test opens a whole site and its HTTP service

AGENT, NUM, GESTIONNAIRE = Role.AGENT_GUICHET.value, Role.NUMERISEUR.value, Role.GESTIONNAIRE.value
BAIL, UNKNOWN = "E1-0001", "999012400099975001"


def order(api: ApiSite, path: str, who: str = AGENT, **asked: Any) -> Any:
    headers = asked.pop("headers", {})
    return api.post(who, path, json={"raison": "vu sur l'original", **asked}, headers=headers)


def says(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def listed(api: ApiSite, who: str, query: str) -> list[str]:
    return [i["id"] for i in api.get(who, f"/incidents?{query}").get_json()["elements"]]


def mine_too(api: ApiSite) -> None:
    """The second household is registered by the same guichet."""
    with api.site.uow() as tx:
        other = tx.registre.chercher(N2)
        assert other is not None
        tx.registre.enregistrer(replace(other, guichet=GUICHET))
        tx.commit()


def held_group(api: ApiSite, sender: str = f"guichet:{GUICHET}") -> str:
    """An envoi whose only piece is under a number that nobody knows."""
    with api.site.uow() as tx:
        like, envoi = tx.pieces.lire("E3-0001"), tx.envois.lire("E3")
        assert like is not None
        assert envoi is not None
        kept = replace(
            envoi, id="E9", deposant=sender, canal=Canal.NUMERISEUR, statut=StatutEnvoi.QUARANTAINE
        )
        tx.envois.ajouter(kept)
        tx.lectures.ecrire("E9", [page(1, "A", MARTIN, code=UNKNOWN), piece(2, "bail", MARTIN)])
        tx.pieces.ajouter(
            replace(
                like, id="E9-0001", envoi="E9", rang=1, pages=(2,), demande=None, numero_lu=UNKNOWN,
                motif=Motif.NUMERO_INCONNU, statut=StatutPiece.A_VERIFIER,
            )
        )  # fmt: skip
        incident = tx.incidents.lire("E1-I0001")
        assert incident is not None
        motif = Motif.NUMERO_INCONNU
        tx.incidents.ajouter(replace(incident, id="E9-I0001", envoi="E9", motif=motif, pages=(1, 2)))
        tx.commit()
    return "E9"


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


CHANGES: dict[str, tuple[str, dict[str, Any]]] = {
    "a mark": (f"/pieces/{BAIL}/marque", {"marque": "obsolete"}),
    "a withdrawal": (f"/pieces/{BAIL}/retrait", {"statut": "obsolete"}),
    "a replacement": ("/pieces/E1-0003/remplacement", {"sortante": BAIL}),
    "a report": (f"/pieces/{BAIL}/incidents", {"motif": "MAUVAISE_DEMANDE", "texte": "autre nom"}),
    "a comment": (f"/incidents/{BAIL}-I/commentaires", {"texte": "vu"}),
    "a taking": (f"/incidents/{BAIL}-I/prise-en-charge", {}),
    "an answer": (f"/incidents/{BAIL}-I/resolution", {"action": "reclasser", "type": "rib"}),
    "a repair": ("/envois/E9/mise-a-l-ecart", {}),
    "a demande": ("/demandes", {"numero_unique": UNKNOWN, "personnes": []}),
    "a turn": (f"/pieces/{BAIL}/rotation", {"degres": 90}),
}


def sent(api: ApiSite, what: str) -> Any:
    path, body = CHANGES[what]
    why = {} if path.startswith("/incidents") and "action" not in body else {"raison": "vu"}
    if what in ("a report", "a demande"):
        why = {}
    return api.post(AGENT, path, json={**why, **body}, headers={"Idempotency-Key": "k1"})


def changed(api: ApiSite) -> list[str]:
    """Every line of the journal that says that something was changed."""
    told = ("consultation", "connexion", "administration")
    return [line for line in api.lines() if not line.startswith(told)]


@pytest.mark.parametrize("killed", [False, True], ids=["answer lost", "killed after the commit"])
@pytest.mark.parametrize("what", sorted(CHANGES))
def test_a_change_whose_answer_was_lost_is_told_again_and_not_done_again(
    api: ApiSite, what: str, killed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_group(api)

    def lost(*_: object) -> None:
        raise StockageIndisponible("la réponse se perd")

    with monkeypatch.context() as broken:
        broken.setattr(ApiQueries, "repondre", lost)
        if killed:
            broken.setattr(ApiQueries, "oublier", lost)
        assert sent(api, what).status_code == 503
    done = changed(api)
    assert done
    if killed:
        api.clock.advance(minutes=11)
    for _ in range(2):
        again = sent(api, what)
        assert again.status_code in (200, 201), again.data
    assert changed(api) == done


@pytest.mark.parametrize("what", ["a mark", "a comment", "a demande"])
def test_a_request_that_died_before_its_commit_is_done_by_the_next_and_once(
    api: ApiSite, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_group(api)

    def dies(*_: object) -> None:
        raise StockageIndisponible("la base s'arrête")

    with monkeypatch.context() as broken:
        broken.setattr(ApiQueries, "accomplir", dies)
        broken.setattr(ApiQueries, "oublier", dies)
        assert sent(api, what).status_code == 503
    assert changed(api) == []
    assert says(sent(api, what)) == (409, "REQUETE_EN_COURS")
    api.clock.advance(minutes=11)
    assert sent(api, what).status_code in (200, 201)
    assert len(changed(api)) >= 1


def test_who_took_over_a_key_is_alone_to_commit_under_it(api: ApiSite) -> None:
    with api.site.uow() as tx:
        begun = api.clock.now()
        assert tx.api.retenir("a", "k", "e", begun)
        api.clock.advance(minutes=11)
        now = api.clock.now()
        assert tx.api.reprendre_cle("a", "k", begun, now)
        assert not tx.api.reprendre_cle("a", "k", begun, now)
        assert not tx.api.accomplir("a", "k", begun)
        assert tx.api.accomplir("a", "k", now)
        assert tx.api.accomplir("a", "k", now)  # a request may commit twice


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
