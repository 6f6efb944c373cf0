"""The table of rights, route by route, through the real service: role × own or other's × sensitive or not."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api_site import HABILITE, LOGICIEL, ApiSite, acteur_de, api_on, fill, pdf
from intake.domain.acces import Acteur, Portee, Role
from intake.domain.acte import Acte, Fait
from intake.domain.motif import Motif, StatutPiece
from readings import N1, N2
from web.api.app import create_api
from web.api.rights import REGLES, Acces, Objet

NEW = "999012400077775001"
CALLERS = [
    *sorted(r.value for r in Role if r is not Role.SYSTEME),
    HABILITE,
    LOGICIEL,
]
OWN = {Objet.DEMANDE: N1, Objet.PIECE: "E1-0001", Objet.ENVOI: "E1", Objet.INCIDENT: "E1-0001-I"}
OTHER = {Objet.DEMANDE: N2, Objet.PIECE: "E2-0001", Objet.ENVOI: "E2", Objet.INCIDENT: "E2-0001-I"}
SENSITIVE = {Objet.PIECE: "E1-0002", Objet.INCIDENT: "E1-0002-I"}


def files() -> dict[str, Any]:
    return {"data": {"fichier": (io.BytesIO(pdf()), "scan.pdf")}, "content_type": "multipart/form-data"}


WHY = {"raison": "essai"}
TUS = {"Upload-Length": "3", "Tus-Resumable": "1.0.0"}
ANNOUNCED = {"fichier": "a.pdf", "taille": 9, "media": "application/pdf", "sha256": "0" * 64}
# endpoint → method, address, and what makes a sound request of it
REQUESTS: dict[str, tuple[str, str, Any]] = {
    "sante": ("GET", "/sante", {}),
    "pret": ("GET", "/pret", {}),
    "metrics": ("GET", "/metrics", {}),
    "description": ("GET", "/api/v1/openapi.json", {}),
    "documentation": ("GET", "/api/v1/documentation", {}),
    "api.session_ouvrir": (
        "POST",
        "/api/v1/session",
        {"json": {"identifiant": "a", "mot_de_passe": "b", "code": "c"}},
    ),
    "api.code_demander": (
        "POST",
        "/api/v1/demandeur/code",
        {"json": {"numero": N1, "date_naissance": "1985-04-12"}},
    ),
    "api.demandeur_ouvrir": ("POST", "/api/v1/demandeur/session", {"json": {"numero": N1, "code": "1"}}),
    "api.oidc_connexion": ("GET", "/api/v1/oidc/connexion", {}),
    "api.oidc_retour": ("GET", "/api/v1/oidc/retour?state=x", {}),
    "api.oidc_deconnexion": ("POST", "/api/v1/oidc/deconnexion", {}),
    "api.session_lire": ("GET", "/api/v1/session", {}),
    "api.session_fermer": ("DELETE", "/api/v1/session", {}),
    "api.plan_en_vigueur_lire": ("GET", "/api/v1/plan", {}),
    "api.plan_versions": ("GET", "/api/v1/plan/versions", {}),
    "api.plan_differences": ("GET", "/api/v1/plan/differences?de=2026-01-01&a=2026-02-01", {}),
    "api.precontrole": (
        "POST",
        "/api/v1/precontrole",
        {"json": {"lignes": [{"numero": N1, "type": "bail"}]}},
    ),
    "api.demandes_chercher": ("GET", "/api/v1/demandes?nom=MARTIN", {}),
    "api.demande_creer": ("POST", "/api/v1/demandes", {"json": {"numero_unique": NEW, "personnes": []}}),
    "api.demande_lire": ("GET", "/api/v1/demandes/{}", {}),
    "api.demande_modifier": ("PATCH", "/api/v1/demandes/{}", {"json": {"telephone": "0102030405"}}),
    "api.demande_radier": ("POST", "/api/v1/demandes/{}/radiation", {"json": {"raison": "essai"}}),
    "api.demande_reactiver": ("POST", "/api/v1/demandes/{}/reactivation", {"json": {"raison": "essai"}}),
    "api.alias_ajouter": ("PUT", "/api/v1/demandes/{}/alias/999010199999912345", {}),
    "api.occupation": ("GET", "/api/v1/demandes/{}/occupation", {}),
    "api.pieces_lister": ("GET", "/api/v1/demandes/{}/pieces", {}),
    "api.pieces_chercher": ("POST", "/api/v1/pieces/recherche", {"json": {"nom": "MARTIN"}}),
    "api.piece_deposer": ("POST", "/api/v1/demandes/{}/pieces", files),
    "api.photo_deposer": ("POST", "/api/v1/demandes/{}/photos", files),
    "api.photos_lister": ("GET", "/api/v1/demandes/{}/photos", {}),
    "api.photo_lire": ("GET", "/api/v1/demandes/{}/photos/F1", {}),
    "api.photo_retirer": ("DELETE", "/api/v1/demandes/{}/photos/F1", {}),
    "api.photos_envoyer": ("POST", "/api/v1/demandes/{}/photos/envoi", {"json": {"photos": ["F1"]}}),
    "api.piece_lire": ("GET", "/api/v1/pieces/{}", {}),
    "api.piece_contenu": ("GET", "/api/v1/pieces/{}/contenu", {}),
    "api.piece_lier": ("POST", "/api/v1/pieces/{}/liens", {"json": {}}),
    "api.contenu_lie": ("GET", "/api/v1/contenus/faux", {}),
    "api.piece_page": ("GET", "/api/v1/pieces/{}/pages/1?largeur=100", {}),
    "api.piece_retirer": ("POST", "/api/v1/pieces/{}/retrait", {"json": {"raison": "essai"}}),
    "api.piece_remplacer": (
        "POST",
        "/api/v1/pieces/{}/remplacement",
        {"json": {"sortante": "E1-0001", "raison": "essai"}},
    ),
    "api.piece_reclasser": ("POST", "/api/v1/pieces/{}/reclassement", {"json": WHY | {"personne": "D"}}),
    "api.piece_deplacer": ("POST", "/api/v1/pieces/{}/deplacement", {"json": WHY | {"numero": N1}}),
    "api.piece_marquer": ("POST", "/api/v1/pieces/{}/marque", {"json": WHY | {"marque": "obsolete"}}),
    "api.piece_confirmer": ("POST", "/api/v1/pieces/{}/confirmation", {"json": WHY}),
    "api.piece_copie": ("POST", "/api/v1/pieces/{}/copie", {"json": WHY}),
    "api.piece_tourner": ("POST", "/api/v1/pieces/{}/rotation", {"json": WHY | {"degres": 90, "pages": [9]}}),
    "api.piece_decouper": ("POST", "/api/v1/pieces/{}/decoupe", {"json": WHY | {"debuts": [9]}}),
    "api.piece_fusionner": ("POST", "/api/v1/pieces/{}/fusion", {"json": WHY | {"autres": ["E1-0003"]}}),
    "api.piece_histoire": ("GET", "/api/v1/pieces/{}/histoire", {}),
    "api.piece_signaler": (
        "POST",
        "/api/v1/pieces/{}/incidents",
        {"json": {"motif": "MAL_CLASSEE", "texte": "essai"}},
    ),
    "api.envoi_numero": ("POST", "/api/v1/envois/{}/numero", {"json": WHY | {"numero": N1}}),
    "api.envoi_ecarter": ("POST", "/api/v1/envois/{}/mise-a-l-ecart", {"json": WHY}),
    "api.envoi_bordereau": ("POST", "/api/v1/envois/{}/bordereau", {"json": WHY}),
    "api.incident_suites": ("GET", "/api/v1/incidents/{}/suites", {}),
    "api.incident_prendre": ("POST", "/api/v1/incidents/{}/prise-en-charge", {"json": {}}),
    "api.incident_commenter": ("POST", "/api/v1/incidents/{}/commentaires", {"json": {"texte": "vu"}}),
    "api.incident_rejeter": ("POST", "/api/v1/incidents/{}/rejet", {"json": {"texte": "vu"}}),
    "api.incident_clore": ("POST", "/api/v1/incidents/{}/cloture", {"json": {}}),
    "api.incident_resoudre": (
        "POST",
        "/api/v1/incidents/{}/resolution",
        {"json": WHY | {"action": "reclasser", "type": "rib"}},
    ),
    "api.envois_lister": ("GET", "/api/v1/envois", {}),
    "api.envoi_deposer": ("POST", "/api/v1/envois", files),
    "api.envoi_lire": ("GET", "/api/v1/envois/{}", {}),
    "api.envoi_progression": ("GET", "/api/v1/envois/{}/progression", {}),
    "api.envoi_compte_rendu": ("GET", "/api/v1/envois/{}/compte-rendu", {}),
    "api.travail_lire": ("GET", "/api/v1/travaux/" + "a" * 32, {}),
    "api.lot_lire": ("GET", "/api/v1/lots/L1", {}),
    "api.televersement_capacites": ("OPTIONS", "/api/v1/televersements", {}),
    "api.televersement_creer": ("POST", "/api/v1/televersements", {"headers": TUS}),
    "api.televersement_etat": ("HEAD", "/api/v1/televersements/" + "a" * 32, {"headers": TUS}),
    "api.televersement_suite": ("PATCH", "/api/v1/televersements/" + "a" * 32, {"headers": TUS}),
    "api.televersement_abandonner": ("DELETE", "/api/v1/televersements/" + "a" * 32, {"headers": TUS}),
    "api.depot_direct_annoncer": ("POST", "/api/v1/depots-directs", {"json": ANNOUNCED}),
    "api.depot_direct_lire": ("GET", "/api/v1/depots-directs/" + "a" * 32, {}),
    "api.depot_direct_finir": ("POST", "/api/v1/depots-directs/" + "a" * 32 + "/fin", {}),
    "api.depot_direct_abandonner": ("DELETE", "/api/v1/depots-directs/" + "a" * 32, {}),
    "api.incidents_lister": ("GET", "/api/v1/incidents", {}),
    "api.incident_lire": ("GET", "/api/v1/incidents/{}", {}),
    "api.jetons_lister": ("GET", "/api/v1/jetons", {}),
}
# What these address is made by nobody here: for those who may, it does not exist.
NOTHING_THERE = {
    "api.oidc_connexion",  # tests/web/access/test_oidc.py has them with a provider
    "api.oidc_retour",
    "api.oidc_deconnexion",
    "api.lot_lire",
    "api.travail_lire",
    "api.depot_direct_annoncer",  # offered by an S3 only: test_depots_directs.py
    "api.depot_direct_lire",
    "api.depot_direct_finir",
    "api.depot_direct_abandonner",
    "api.photo_lire",
    "api.photo_retirer",
    "api.photos_envoyer",
    "api.televersement_etat",
    "api.televersement_suite",
    "api.televersement_abandonner",
}
# A demandeur may withdraw what he added himself, and nothing that a guichet filed.
NOT_HIS = {("api.piece_retirer", Role.DEMANDEUR)}


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiSite]:
    """For the requests that change nothing: one site for them all."""
    with api_on(tmp_path_factory.mktemp("regarde")) as made:
        fill(made)
        yield made


@pytest.fixture
def api(endpoint: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ApiSite]:
    if REQUESTS[endpoint][0] == "GET":
        yield request.getfixturevalue("looked_at")
        return
    with api_on(tmp_path) as made:
        fill(made)
        yield made


def test_every_route_is_in_the_table_and_in_this_test(tmp_path: Path) -> None:
    with api_on(tmp_path) as api:
        routes = {r.endpoint for r in api.client.application.url_map.iter_rules() if r.endpoint != "static"}
    assert routes == set(REGLES) == set(REQUESTS)


def test_a_route_that_is_not_in_the_table_keeps_the_service_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with api_on(tmp_path) as api:
        monkeypatch.delitem(REGLES, "api.piece_lire")
        with pytest.raises(KeyError, match="piece_lire"):
            create_api(api.site)


@pytest.mark.slow
@pytest.mark.parametrize("endpoint", sorted(REGLES))
def test_each_role_on_its_own_and_on_others(endpoint: str, api: ApiSite) -> None:
    rule = REGLES[endpoint]
    if rule.publique:
        wanted = {404} if endpoint in NOTHING_THERE else {200, 201, 202, 204, 401}
        assert status(api, endpoint, None, "") in wanted
        return
    if rule.exploitant:  # nobody's: tests/web/test_parties.py has who may
        assert {status(api, endpoint, who, "") for who in (None, *CALLERS)} == {404}
        return
    assert status(api, endpoint, None, OWN.get(rule.objet, "")) == 401
    assert status(api, endpoint, "logiciel sans portée utile", OWN.get(rule.objet, "")) == (
        403 if rule.portee is None or rule.portee.value != "lecture" else expected(api, endpoint, LOGICIEL)
    )
    for scope in Portee:  # one scope opens the routes that ask for it, and no other
        got = status(api, endpoint, f"logiciel {scope.value}", OWN.get(rule.objet, ""))
        shut = rule.portee is not scope or Role.AGENT_GUICHET not in rule.roles
        assert (got == 403) == shut, scope
    for who in CALLERS:
        judge(api, endpoint, who)


def judge(api: ApiSite, endpoint: str, who: str) -> None:
    rule, actor = REGLES[endpoint], acteur_de(api, who)
    if endpoint == "api.session_fermer":
        if actor.portees is not None:
            assert status(api, endpoint, who, "") == 403  # a token is revoked, not closed
        else:
            assert status(api, endpoint, who, "") == 204
        return
    own = OWN.get(rule.objet, "")
    if rule.objet is Objet.ENVOI and actor.role is Role.DEMANDEUR:
        own = "E3"
    allowed = actor.role in rule.roles and (actor.portees is None or rule.portee in actor.portees)
    if not allowed:
        for name in filter(None, (own, OTHER.get(rule.objet), SENSITIVE.get(rule.objet), "-")):
            assert status(api, endpoint, who, name) == 403, (who, name)
        return
    wanted = expected(api, endpoint, who)
    got = status(api, endpoint, who, own)
    assert got == wanted if wanted >= 400 else got not in (401, 403, 404, 500), (who, own, got)
    if rule.objet is Objet.RIEN:
        return
    assert status(api, endpoint, who, "inconnu") == 404, who
    assert rule.roles[actor.role] is Acces.SIENS
    assert status(api, endpoint, who, OTHER[rule.objet]) == 404, who
    if rule.objet in SENSITIVE:
        got = status(api, endpoint, who, SENSITIVE[rule.objet])
        if actor.habilite and (endpoint, actor.role) not in NOT_HIS:
            assert got not in (401, 403, 404, 500), (who, got)
        elif not actor.habilite:
            assert got == 404, (who, got)


def expected(api: ApiSite, endpoint: str, who: str) -> int:
    if endpoint in NOTHING_THERE:
        return 404
    if (endpoint, acteur_de(api, who).role) in NOT_HIS:
        return 403
    return 200


def status(api: ApiSite, endpoint: str, who: str | None, name: str) -> int:
    method, path, more = REQUESTS[endpoint]
    answer = api.call(who, method, path.format(name), **(more() if callable(more) else more))
    if answer.status_code >= 400 and method != "HEAD":
        assert answer.content_type == "application/problem+json"
        assert json.loads(answer.data)["status"] == answer.status_code
    answer.close()
    return (
        200
        if answer.status_code in (200, 201, 202) and endpoint != "api.session_fermer"
        else answer.status_code
    )


@pytest.mark.slow
@pytest.mark.parametrize("who", CALLERS)
@pytest.mark.parametrize(
    "path",
    [
        f"/demandes/{N1}/pieces",
        f"/demandes/{N1}/occupation",
        "/incidents",
        "/envois/E1/compte-rendu",
        "/envois/E1/compte-rendu?format=csv",
    ],
)
def test_without_the_clearance_sensitive_pieces_are_nowhere(who: str, path: str, looked_at: ApiSite) -> None:
    answer = looked_at.get(who, path)
    if answer.status_code != 200:
        assert answer.status_code in (403, 404)
        return
    shown = answer.get_data(as_text=True)
    assert ("E1-0002" in shown or "MOS" in shown) == acteur_de(looked_at, who).habilite


def test_a_territory_opens_its_demandes(tmp_path: Path) -> None:
    away = Acteur("agent:x", "X", Role.CONSULTANT_SIMPLE, None, frozenset({"075"}))
    here = Acteur("agent:y", "Y", Role.CONSULTANT_SIMPLE, None, frozenset({"999"}))
    assert here.suit(N1, "75001")
    assert not away.suit(N1, "75001")


CANARY = "mots-de-chez-FAURE"
ALIAS = "999020100000112345"


def misfiled(api: ApiSite) -> None:
    """What E1 and E3 hold is told of, or has gone to, another household, in every way that names it."""
    with api.site.uow() as tx:
        other = tx.registre.chercher(N2)
        assert other is not None
        tx.registre.enregistrer(replace(other, alias=(ALIAS,)))
        named = f"La demande {N2}, aussi {ALIAS[:3]} {ALIAS[3:7]} {ALIAS[7:13]} {ALIAS[13:]}"
        for name in ("E1-0001", "E1-0002", "E3-0001"):
            piece = tx.pieces.lire(name)
            assert piece is not None
            tx.pieces.changer(replace(piece, message=named, evidence=(named,)))
            tx.histoire.inscrire(
                Acte(
                    name, Fait(piece.recu_le, "agent:y", "deplacer", named), {"demande": N2}, {"demande": N1}
                )
            )
        like, incident = tx.pieces.lire("E1-0003"), tx.incidents.lire("E1-I0001")
        assert like is not None
        assert incident is not None
        for envoi, rank in (("E1", 8), ("E3", 9)):
            gone = replace(
                like, id=f"{envoi}-0009", envoi=envoi, rang=rank, demande=N2, statut=StatutPiece.A_VERIFIER,
                motif=Motif.ILLISIBLE, message=CANARY, raison=CANARY, evidence=(CANARY,), personne="C9",
            )  # fmt: skip
            tx.pieces.ajouter(gone)
            tx.histoire.inscrire(
                Acte(gone.id, Fait(gone.recu_le, "agent:y", "deplacer"), {}, {"demande": N2})
            )
            about = replace(incident, id=f"{gone.id}-I", envoi=envoi, piece=gone.id, message=CANARY)
            tx.incidents.ajouter(replace(about, trouve=f"bail, demande {N2}", attendu=CANARY))
        whole = replace(incident, id="E1-I0009", message=named, trouve=N2, motif=Motif.DEMANDE_RADIEE)
        tx.incidents.ajouter(whole)
        tx.commit()


@pytest.fixture(scope="module")
def mixed_up_looked_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiSite]:
    with api_on(tmp_path_factory.mktemp("confondu")) as made:
        fill(made)
        misfiled(made)
        yield made


@pytest.fixture
def mixed_up(endpoint: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ApiSite]:
    if REQUESTS[endpoint][0] == "GET":
        yield request.getfixturevalue("mixed_up_looked_at")
        return
    with api_on(tmp_path) as made:
        fill(made)
        misfiled(made)
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("endpoint", sorted(e for e in REGLES if not REGLES[e].publique))
def test_no_answer_names_a_demande_that_is_not_the_callers(endpoint: str, mixed_up: ApiSite) -> None:
    """Whatever a piece, an incident, a history or a refusal says, by every route and for every role."""
    rule = REGLES[endpoint]
    method, path, more = REQUESTS[endpoint]
    names = {
        Objet.RIEN: [""],
        Objet.DEMANDE: [N1],
        Objet.PIECE: ["E1-0001", "E1-0002", "E1-0009", "E3-0001", "E3-0009"],
        Objet.ENVOI: ["E1", "E3"],
        Objet.INCIDENT: ["E1-0001-I", "E1-I0001", "E1-I0009", "E1-0009-I", "E3-0009-I"],
    }[rule.objet]
    paths = [path, f"{path}?format=csv"] if endpoint == "api.envoi_compte_rendu" else [path]
    if endpoint == "api.alias_ajouter":
        paths.append(path.replace("999010199999912345", ALIAS))
    api = mixed_up
    roles = {who: acteur_de(api, who).role for who in CALLERS}
    for who in CALLERS:
        for asked in (p.format(name) for p in paths for name in names):
            answer = api.call(who, method, asked, **(more() if callable(more) else more))
            text = answer.mimetype in ("application/json", "application/problem+json", "text/csv")
            told = answer.get_data(as_text=True) if text else ""
            answer.close()
            assert CANARY not in told, (who, asked)
            compact = told.replace(" ", "").replace(asked.rpartition("/")[2], "")
            if roles[who] is not Role.NUMERISEUR:
                assert N2 not in compact, (who, asked, told)
                assert ALIAS not in compact, (who, asked, told)
