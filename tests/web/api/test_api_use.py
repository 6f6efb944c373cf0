"""The API as its users call it, through the real service, on SQLite and on PostgreSQL."""

from __future__ import annotations

import io
import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from api_site import HABILITE, LOGICIEL, ApiSite, pdf
from intake.domain.acces import Role
from intake.domain.journal import Verification
from intake.domain.motif import StatutPiece
from readings import N1, N2
from web.documents import read_plan
from web.wiring import STARTING_PLAN

pytestmark = pytest.mark.slow  # each test opens a whole site and its HTTP service

AGENT, NUM, DEM = Role.AGENT_GUICHET.value, Role.NUMERISEUR.value, Role.DEMANDEUR.value


def later_plan(api: ApiSite, tmp_path: Path, **changes: str) -> None:
    text = STARTING_PLAN.read_text().replace('"2026-01"', '"2026-02"').replace("2026-01-01", "2026-02-01")
    for old, new in changes.items():
        text = text.replace(old, new)
    file = tmp_path / "plan.toml"
    file.write_text(text)
    with api.site.uow() as tx:
        tx.plans.ajouter(read_plan(file))
        tx.commit()


def test_the_plan_is_polled_with_its_etag(api: ApiSite, tmp_path: Path) -> None:
    first = api.get(LOGICIEL, "/plan")
    assert first.json is not None
    assert (first.status_code, first.json["version"]) == (200, "2026-01")
    again = api.get(LOGICIEL, "/plan", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    later_plan(api, tmp_path, **{'libelle = "Handicap"\nlimite = 4': 'libelle = "Handicap"\nlimite = 9'})
    assert api.get(LOGICIEL, "/plan", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    assert api.get(LOGICIEL, "/plan?date=2026-01-15").get_json()["version"] == "2026-01"
    versions = api.get(LOGICIEL, "/plan/versions").get_json()["versions"]
    assert [(v["version"], v["en_vigueur"]) for v in versions] == [("2026-01", False), ("2026-02", True)]
    told = api.get(LOGICIEL, "/plan/differences?de=2026-01-15&a=2026-03-01").get_json()
    assert (told["de"], told["a"]) == ("2026-01", "2026-02")


@pytest.mark.parametrize("query", ["?date=1900-01-01", "/differences?de=0001-01-01&a=2026-03-01"])
def test_before_the_first_plan_there_is_none(api: ApiSite, query: str) -> None:
    none = api.get(LOGICIEL, f"/plan{query}")
    assert (none.status_code, none.get_json()["code"]) == (404, "PLAN_INCONNU")
    assert "Aucun plan" in none.get_json()["title"]


def test_a_client_of_a_superseded_plan_is_told_only_where_it_changed(api: ApiSite, tmp_path: Path) -> None:
    text = STARTING_PLAN.read_text()
    start = text.index('code = "LOG"')
    limit = text[start : text.index("limite", start) + 10]
    later_plan(api, tmp_path, **{limit: limit[:-1] + "7"})
    path = f"/demandes/{N1}/pieces"
    refused = api.deposit(AGENT, path, pdf("a"), fields={"type": "bail", "plan": "2026-01"})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "PLAN_PERIME")
    taken = api.deposit(AGENT, path, pdf("a"), fields={"type": "avis_imposition", "plan": "2026-01"})
    assert taken.status_code in (202, 409)  # the type may not be called so; then it changed for nobody
    assert api.deposit(AGENT, path, pdf("a"), fields={"plan": "1999"}).status_code == 404


def test_a_list_is_checked_before_it_is_posted(api: ApiSite) -> None:
    lines = [{"numero": N1, "type": "bail"}] * 7
    lines += [
        {"numero": N2, "type": "bail"},
        {"numero": "999 0399 999999 75001", "type": "bail"},
        {"numero": "9990324000789GDPUB", "type": "bail"},
        {"numero": N1, "type": "rien"},
        {"numero": N1, "type": "ordonnance_protection"},
        {"numero": "abc", "type": "bail"},
    ]
    told = api.post(NUM, "/precontrole", json={"lignes": lines}).get_json()["lignes"]
    verdicts = [x["verdict"] for x in told]
    assert verdicts[:7] == ["possible"] * 5 + ["categorie_pleine"] * 2  # 6 places, one is taken
    assert verdicts[7] == "possible"
    assert verdicts[8:] == [
        "demande_inconnue",
        "demande_radiee",
        "type_inconnu",
        "possible",
        "demande_inconnue",
    ]
    assert "restantes" not in told[11]  # how many sensitive pieces there are is not for everybody
    assert "restantes" in told[0]
    other = api.post(AGENT, "/precontrole", json={"lignes": [{"numero": N2, "type": "bail"}]}).get_json()
    assert other["lignes"][0]["verdict"] == "demande_inconnue"


def test_a_demande_from_its_registration_to_its_alias(api: ApiSite) -> None:
    numero = "999012400077775001"
    body = {
        "numero_unique": "999 0124 000777 75001",
        "email": "x@exemple.invalid",
        "personnes": [{"rang": "D", "nom": "Durand", "prenom": "Zoé", "date_naissance": "1990-01-02"}],
    }
    made = api.post(LOGICIEL, "/demandes", json=body)
    assert (made.status_code, made.get_json()["guichet"]) == (201, "75001")
    assert api.post(LOGICIEL, "/demandes", json=body).get_json()["code"] == "DEMANDE_EXISTANTE"
    changed = api.call(AGENT, "PATCH", f"/api/v1/demandes/{numero}", json={"telephone": "0102"}).get_json()
    assert (changed["telephone"], changed["email"], changed["personnes"][0]["nom"]) == (
        "0102",
        "x@exemple.invalid",
        "Durand",
    )
    gone = api.post(AGENT, f"/demandes/{numero}/radiation", json={"raison": "logé"}).get_json()
    assert (gone["statut"], gone["date_radiation"]) == ("radiee", "2026-11-22")
    back = api.post(AGENT, f"/demandes/{numero}/reactivation", json={"raison": "erreur"}).get_json()
    assert (back["statut"], back["date_radiation"]) == ("active", None)
    alias = "999010199999912345"
    assert api.call(AGENT, "PUT", f"/api/v1/demandes/{numero}/alias/{alias}").status_code == 200
    assert api.get(AGENT, f"/demandes/{alias}").get_json()["numero_unique"] == numero
    taken = api.call(AGENT, "PUT", f"/api/v1/demandes/{N1}/alias/{alias}")
    assert (taken.status_code, taken.get_json()["code"]) == (422, "REGISTRE_INVALIDE")
    assert any("logé" in line and numero in line for line in api.lines())
    elsewhere = {**body, "numero_unique": "999 0124 000778 75002", "guichet": "75002"}
    assert api.post(AGENT, "/demandes", json=elsewhere).status_code == 403


def test_the_days_of_the_register_are_those_of_paris(api: ApiSite) -> None:
    """After midnight there it was still the day before in UTC: a radiation's year ended a day early (R34)."""
    api.clock.moment = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    gone = api.post(LOGICIEL, f"/demandes/{N1}/radiation", json={"raison": "logé"}).get_json()
    assert (gone["date_radiation"], gone["date_derniere_modification"]) == ("2026-11-23", "2026-11-23")
    body = {
        "numero_unique": "999012400077975001",
        "personnes": [{"rang": "D", "nom": "DURAND", "prenom": "Zoé"}],
    }
    assert api.post(LOGICIEL, "/demandes", json=body).get_json()["date_derniere_modification"] == "2026-11-23"


def test_search_by_name_and_number_page_by_page(api: ApiSite) -> None:
    for n in range(5):
        body = {
            "numero_unique": f"999012400080{n}75001",
            "personnes": [{"rang": "D", "nom": "MARTINEZ", "prenom": "A"}],
        }
        assert api.post(AGENT, "/demandes", json=body).status_code == 201
    found, cursor = [], ""
    while cursor is not None:
        told = api.get(AGENT, f"/demandes?nom=martin&limite=2&curseur={cursor}").get_json()
        found += [d["numero_unique"] for d in told["elements"]]
        cursor = told["suivant"]
    assert len(found) == len(set(found)) == 6
    assert N2 not in found
    by_number = api.get(AGENT, "/demandes", query_string={"numero": "999 0124 0001"}).get_json()
    assert [d["numero_unique"] for d in by_number["elements"]] == [N1]
    assert api.get(AGENT, "/demandes?curseur=x").get_json()["code"] == "REQUETE_INVALIDE"


def test_a_name_is_found_as_it_is_typed(api: ApiSite) -> None:
    """R15: without case, accents, hyphens or order; every word typed begins a word of one person's names."""
    people: dict[str, list[tuple[str, str, str, str | None]]] = {
        "999012400081075001": [("D", "Lefèvre", "Béatrice", None), ("C", "NOËL", "Jean-Pierre", None)],
        "999012400081175001": [("D", "LE GALL", "Anaïs", "D’Almeida"), ("C", "Lefebvre", "Luc", None)],
        "999012400081275001": [("D", "OEUVRARD", "Béatrice", None)],
    }
    for numero, household in people.items():
        persons = [
            {"rang": rang, "nom": nom, "prenom": prenom} | ({"nom_usage": usage} if usage else {})
            for rang, nom, prenom, usage in household
        ]
        made = api.post(LOGICIEL, "/demandes", json={"numero_unique": numero, "personnes": persons})
        assert made.status_code == 201, made.json
    first, second, third = people

    def found(nom: str) -> list[str]:
        told = api.get(LOGICIEL, "/demandes", query_string={"nom": nom}).get_json()
        return [d["numero_unique"] for d in told["elements"]]

    for typed in ("lefevre beatrice", "Béatrice Lefèvre", "BÉATRICE, LEFÈVRE", "lefe\u0300vre", "Béa Lefè"):
        assert found(typed) == [first], typed
    assert found("beatrice") == [first, third]
    assert found("lefe") == [first, second]
    assert found("lefevre jean") == []  # two persons of one household
    assert found("jean pierre noel") == found("jeanpierre") == found("Jean-Pierre NOEL") == [first]
    assert found("legall") == found("le gall anais") == found("dalmeida") == found("d'almeida") == [second]
    assert found("œuvrard") == [third]
    assert found("%") == found("_") == []
    changed = {"personnes": [{"rang": "D", "nom": "Ozanne", "prenom": "Béatrice"}]}
    assert api.call(LOGICIEL, "PATCH", f"/api/v1/demandes/{third}", json=changed).status_code == 200
    assert (found("oeuvrard"), found("beatrice ozanne")) == ([], [third])


def test_a_deposit_is_acknowledged_kept_and_once(api: ApiSite) -> None:
    path, content = f"/demandes/{N1}/pieces", pdf("photo")
    first = api.deposit(DEM, path, content, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, first.get_json()["nouveau"]) == (202, True)
    again = api.deposit(DEM, path, content, headers={"Idempotency-Key": "k1"})
    assert (again.status_code, again.get_json()) == (202, first.get_json())  # the first answer
    other = api.deposit(DEM, path, pdf("autre"), "b.pdf", headers={"Idempotency-Key": "k1"})
    assert other.get_json()["code"] == "CLE_REUTILISEE"
    plain = api.deposit(DEM, path, content)
    assert (plain.status_code, plain.get_json()["nouveau"]) == (200, False)  # R5, without any key
    assert api.get(DEM, f"/envois/{first.get_json()['envoi']}").get_json()["statut"] == "recue"
    assert api.get(AGENT, f"/envois/{first.get_json()['envoi']}").status_code == 404


def test_what_failed_of_an_envoi_is_told_to_its_sender(api: ApiSite) -> None:
    envoi = api.deposit(DEM, f"/demandes/{N1}/pieces", pdf("photo")).get_json()["envoi"]
    assert api.get(DEM, f"/envois/{envoi}").get_json()["echecs"] == []
    with api.site.uow() as tx:
        tx.echecs.noter(envoi, 0, "STOCKAGE_INDISPONIBLE", api.clock.now(), a_nous=False)
        tx.echecs.noter(envoi, 0, "DELAI_DEPASSE", api.clock.now(), a_nous=True)
        tx.commit()
    (told,) = api.get(DEM, f"/envois/{envoi}").get_json()["echecs"]
    assert (told["code"], told["compte"], told["a_nous"]) == ("DELAI_DEPASSE", 2, 1)


def test_what_is_refused_at_first_sight_is_told_and_kept(api: ApiSite) -> None:
    path = f"/demandes/{N1}/pieces"
    text = api.deposit(AGENT, path, b"bonjour", "texte.pdf")
    assert (text.status_code, text.get_json()["code"]) == (415, "FORMAT_REFUSE")
    assert text.get_json()["hint"]
    with api.site.uow() as tx:
        assert tx.envois.lire(text.get_json()["envoi"]) is not None  # R2
    large = api.deposit(AGENT, path, b"%PDF-" + bytes(21_500_000))
    assert (large.status_code, large.get_json()["code"]) == (413, "TROP_VOLUMINEUX")
    assert api.post(AGENT, path, data={}, content_type="multipart/form-data").status_code == 422


def test_a_full_category_can_be_asked_to_refuse(api: ApiSite) -> None:
    with api.site.uow() as tx:
        while tx.places.prendre(N1, "LOG", "", 6):
            pass
        tx.commit()
    told = api.deposit(
        AGENT, f"/demandes/{N1}/pieces", pdf("b"), fields={"type": "bail", "si_pleine": "refuser"}
    )
    assert told.status_code == 409
    body = told.get_json()
    assert (body["code"], body["limite"], body["occupees"], body["remplacables"]) == (
        "CATEGORIE_PLEINE",
        6,
        6,
        ["E1-0001"],
    )
    assert api.deposit(AGENT, f"/demandes/{N1}/pieces", pdf("b"), fields={"type": "bail"}).status_code == 202


def test_content_by_ranges_and_never_when_altered(api: ApiSite) -> None:
    whole = api.get(AGENT, "/pieces/E1-0001/contenu")
    assert whole.data.startswith(b"%PDF-")
    assert whole.headers["Content-Disposition"].startswith("attachment")
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    part = api.get(AGENT, "/pieces/E1-0001/contenu", headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.data) == (206, whole.data[5:10])
    beyond = api.get(AGENT, "/pieces/E1-0001/contenu", headers={"Range": "bytes=99999999-"})
    assert beyond.status_code == 416
    with api.site.uow() as tx:
        piece = tx.pieces.lire("E1-0001")
    assert piece is not None
    (api.site.settings.data / "objets" / piece.objet).write_bytes(whole.data[:-1] + b"?")
    broken = api.get(AGENT, "/pieces/E1-0001/contenu")
    assert (broken.status_code, broken.get_json()["code"]) == (500, "OBJET_ALTERE")


def darkest(content: bytes) -> int:
    return min(Image.open(io.BytesIO(content)).convert("L").tobytes())


@pytest.mark.real
def test_a_view_is_a_new_image_with_the_nir_masked(api: ApiSite) -> None:
    for kind in ("jpeg", "png"):
        seen = api.get(AGENT, f"/pieces/E1-0001/pages/1?largeur=400&format={kind}")
        assert seen.content_type == f"image/{kind}"
        image = Image.open(io.BytesIO(seen.data))
        assert (image.format, image.width) == (kind.upper(), 400)
        assert darkest(seen.data) < 50
    # the reading has a number on its first line, and its second page none
    plain = api.get(AGENT, "/pieces/E1-0001/pages/2?largeur=400&format=png")
    assert darkest(plain.data) > 200
    again = api.get(
        AGENT,
        "/pieces/E1-0001/pages/2?largeur=400&format=png",
        headers={"If-None-Match": plain.headers["ETag"]},
    )
    assert again.status_code == 304
    assert api.get(AGENT, "/pieces/E1-0001/pages/3").get_json()["code"] == "PAGE_INCONNUE"


def test_withdrawing_gives_the_place_to_what_waited_and_says_why(api: ApiSite) -> None:
    done = api.post(AGENT, "/pieces/E1-0001/retrait", json={"raison": "illisible"})
    told = done.get_json()
    assert (told["retiree"]["statut"], told["deposee"]["id"]) == ("supprimee", "E1-0003")
    assert api.post(AGENT, "/pieces/E1-0001/retrait", json={"raison": "encore"}).status_code == 409
    assert any("illisible" in line and "suppression" in line for line in api.lines())
    his = api.post(DEM, "/pieces/E3-0001/retrait", json={"raison": "erreur"})
    assert his.get_json()["retiree"]["statut"] == StatutPiece.SUPPRIMEE
    assert api.get(DEM, f"/demandes/{N1}/pieces?statut=supprimee").status_code == 200


def test_incidents_come_with_the_exposed_sensitive_piece_first_page_by_page(api: ApiSite) -> None:
    found, cursor = [], ""
    while cursor is not None:
        told = api.get(HABILITE, f"/incidents?limite=2&curseur={cursor}").get_json()
        found += [i["id"] for i in told["elements"]]
        cursor = told["suivant"]
    assert found[0] == "E1-0002-I"
    assert sorted(found) == ["E1-0001-I", "E1-0002-I", "E1-0003-I", "E1-I0001", "E3-0001-I"]
    one = api.get(HABILITE, "/incidents?motif=COMPTE_INEXACT&etat=ouverte").get_json()["elements"]
    assert [i["id"] for i in one] == ["E1-I0001"]


def test_who_saw_what_is_in_the_journal_before_the_answer_leaves(api: ApiSite) -> None:
    before = len(api.lines())
    api.get(AGENT, "/pieces/E1-0001/contenu", headers={"X-Motif-Acces": "instruction"})
    api.get(AGENT, "/pieces/E2-0001/contenu")  # shown nothing: no line
    api.get(Role.CONSULTANT_SIMPLE.value, "/pieces/E1-0001/contenu")  # refused: a line
    new = api.lines()[before:]
    assert [line.split()[0] for line in new] == ["telechargement", "refus"]
    told = json.loads(new[0].split(" ", 1)[1])
    assert (told["qui"], told["role"], told["guichet"], told["demande"], told["pourquoi"]) == (
        "agent:agent_guichet",
        "agent_guichet",
        "75001",
        N1,
        "instruction",
    )
    with api.site.uow() as tx:
        assert list(Verification()(tx.journal.lignes())) == []


def test_many_at_once_under_one_key_create_one(api: ApiSite) -> None:
    content, answers = pdf("simultané"), []

    def send() -> None:
        client = api.client.application.test_client()
        done = client.post(
            f"/api/v1/demandes/{N1}/pieces",
            data={"fichier": (io.BytesIO(content), "a.pdf")},
            headers={"Authorization": f"Bearer {api.tokens[AGENT]}", "Idempotency-Key": "ensemble"},
        )
        answers.append((done.status_code, (done.get_json() or {}).get("nouveau")))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {(202, True), (409, None)}
    assert (202, True) in answers
    with api.site.engine.connect() as c:
        assert c.exec_driver_sql("SELECT count(*) FROM envois WHERE fichier = 'a.pdf'").scalar() == 1
