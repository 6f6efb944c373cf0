"""What an order leaves to the workers: done once, whoever takes it, under its giver's name (ADR 423)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from flask.testing import FlaskClient

from api_site import GUICHET, HABILITE, ApiSite, acteur_de, api_on, fill
from intake.domain.acces import SYSTEME, Portee, Role
from intake.domain.commands import JoindreBordereau
from intake.domain.demande import StatutDemande
from intake.domain.envoi import Incident
from intake.domain.journal import Verification
from intake.domain.motif import Motif, StatutPiece
from intake.errors import StockageIndisponible
from intake.use_cases.repair import Reparer
from native_envoi import NativeEnvoi, native_envoi
from readings import N1
from servers import PostgresServer, RcloneServer, RedisServer
from servers.buckets import Bucket
from web.api.app import create_api
from web.jobs import connect, sweep
from web.travaux import bordereau, mener
from web.upkeep import turn
from work_site import WorkSite, kill

pytestmark = pytest.mark.real
UNKNOWN = "999012400077775001"
WHY = {"raison": "vu sur le papier"}


@pytest.fixture
def api(database_url: str, tmp_path: Path, redis_server: RedisServer) -> Iterator[ApiSite]:
    """With a queue, and no worker: what is left stays until the test does it."""
    with api_on(tmp_path, database_url, redis_url=redis_server.url) as made:
        fill(made)
        connect(made.site.settings).flushdb()
        yield made


def without_bordereau(api: ApiSite) -> str:
    with api.site.uow() as tx:
        tx.incidents.ajouter(
            Incident("E1-I0009", "E1", Motif.SANS_BORDEREAU, (), "sans bordereau", api.clock.now())
        )
        tx.commit()
    return "E1"


def state(api: ApiSite, where: str, who: str = HABILITE) -> Any:
    return api.call(who, "GET", where).json


def do(api: ApiSite, where: str) -> bool:
    return mener(api.site, where.rsplit("/", 1)[1])


def missing(api: ApiSite) -> list[str]:
    with api.site.uow() as tx:
        found = tx.incidents.de_envoi("E1")
    return [i.etat for i in found if i.motif is Motif.SANS_BORDEREAU]


def attach(api: ApiSite, **more: Any) -> Any:
    return api.post(HABILITE, "/envois/E1/bordereau", json=WHY | {"pieces": 3}, **more)


def test_a_bordereau_is_attached_later_under_the_name_of_who_asked(api: ApiSite) -> None:
    refused = attach(api)
    assert (refused.status_code, refused.json["code"]) == (409, "CHANGEMENT_IMPOSSIBLE")
    without_bordereau(api)
    asked = attach(api, headers={"Idempotency-Key": "k"})
    assert (asked.status_code, asked.json["pieces"]) == (202, [])
    assert attach(api, headers={"Idempotency-Key": "k"}).json == asked.json
    where = asked.json["suivi"]
    assert state(api, where)["etat"] == "attendu"
    assert state(api, where, "consultant_demande")["code"] == "DROITS_INSUFFISANTS"
    assert missing(api) == ["ouverte"]
    assert api.site.work.travaux_waiting(api.clock.now()) == [where.rsplit("/", 1)[1]]
    assert do(api, where)
    assert not do(api, where)
    told = state(api, where)
    assert (told["etat"], told["envoi"], told["probleme"]) == ("fait", "E1", None)
    assert missing(api) == ["resolue"]
    mine = [line for line in api.lines() if "E1-I0009" in line]
    assert len(mine) == 2  # taken in charge, and resolved
    assert all(acteur_de(api, HABILITE).id in line for line in mine)
    api.clock.advance(days=2)
    turn(api.site)
    with api.site.uow() as tx:
        assert tx.travaux.lire(where.rsplit("/", 1)[1]) is None
        assert list(Verification()(tx.journal.lignes())) == []


def test_given_twice_the_second_is_told_that_it_is_done(api: ApiSite) -> None:
    without_bordereau(api)
    first, second = attach(api).json["suivi"], attach(api).json["suivi"]
    assert do(api, first)
    assert do(api, second)
    assert (state(api, first)["etat"], state(api, second)["etat"]) == ("fait", "refuse")
    assert state(api, second)["probleme"]["code"] == "CHANGEMENT_IMPOSSIBLE"


def test_taken_by_several_it_is_done_once(api: ApiSite) -> None:
    without_bordereau(api)
    where = attach(api).json["suivi"]
    done: list[bool] = []
    threads = [threading.Thread(target=lambda: done.append(do(api, where))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, False, False, True]
    assert missing(api) == ["resolue"]


def test_whoever_lost_it_changes_nothing(api: ApiSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is taken from a worker that seemed dead; what that one does then is thrown away."""
    without_bordereau(api)
    where = attach(api).json["suivi"]
    real = Reparer.joindre_bordereau

    def slow(self: Reparer, *args: Any) -> Any:
        monkeypatch.setattr(Reparer, "joindre_bordereau", real)
        api.clock.advance(minutes=5)
        with api.site.uow() as tx:
            id_ = where.rsplit("/", 1)[1]
            assert tx.travaux.reclamer(id_, "autre", api.clock.now(), api.clock.now()) is not None
            tx.commit()
        return real(self, *args)

    monkeypatch.setattr(Reparer, "joindre_bordereau", slow)
    assert do(api, where)
    assert (state(api, where)["etat"], missing(api)) == ("attendu", ["ouverte"])
    api.clock.advance(minutes=5)
    assert do(api, where)
    assert (state(api, where)["etat"], missing(api)) == ("fait", ["resolue"])


def test_a_fault_that_passes_is_tried_again_and_ours_three_times(
    api: ApiSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_bordereau(api)
    where = attach(api).json["suivi"]
    faults: list[Exception] = [StockageIndisponible("essai")] * 5 + [ZeroDivisionError()] * 3

    def fails(*_: object) -> None:
        raise faults.pop(0)

    with monkeypatch.context() as m:
        m.setattr(Reparer, "joindre_bordereau", fails)
        for n in range(8):
            assert do(api, where), n
            assert not do(api, where)  # not at once
            api.clock.advance(seconds=5)
        assert do(api, where)
    told = state(api, where)
    assert (told["etat"], told["probleme"]["code"], missing(api)) == ("refuse", "ERREUR_INTERNE", ["ouverte"])


def held_for(api: ApiSite, numero: str, motif: Motif) -> None:
    with api.site.uow() as tx:
        piece = tx.pieces.lire("E1-0003")
        assert piece is not None
        held = replace(
            piece, demande=None, numero_lu=numero, statut=StatutPiece.A_VERIFIER, motif=motif, occupe=None
        )
        assert tx.pieces.changer(held)
        tx.commit()


def test_a_demande_created_takes_up_its_pieces_later(api: ApiSite) -> None:
    held_for(api, UNKNOWN, Motif.NUMERO_INCONNU)
    people = [{"rang": "D", "nom": "MARTIN", "prenom": "Camille"}]
    made = api.post(HABILITE, "/demandes", json={"numero_unique": UNKNOWN, "personnes": people})
    assert made.status_code == 201
    where = (made.json or {})["suivi"]
    assert state(api, where)["genre"] == "reprise"
    assert sweep(api.site, connect(api.site.settings)) == 0  # it is in its queue
    connect(api.site.settings).flushdb()
    assert sweep(api.site, connect(api.site.settings)) == 1  # and found again when the queue was lost
    assert do(api, where)
    assert state(api, where)["etat"] == "fait"
    other = api.post(HABILITE, "/demandes", json={"numero_unique": "999012400077775002", "personnes": people})
    assert (other.status_code, (other.json or {})["suivi"]) == (201, None)  # nothing waited


def test_a_demande_reactivated_or_given_an_alias_too(api: ApiSite) -> None:
    alias = "999010199999912345"
    held_for(api, alias, Motif.NUMERO_INCONNU)
    answer = api.call(HABILITE, "PUT", f"/api/v1/demandes/{N1}/alias/{alias}")
    assert answer.status_code == 202
    assert do(api, (answer.json or {})["suivi"])
    assert api.call(HABILITE, "PUT", f"/api/v1/demandes/{N1}/alias/{alias}").status_code in (200, 202)
    with api.site.uow() as tx:
        demande = tx.registre.chercher(N1)
        assert demande is not None
        today = api.clock.now().date() - timedelta(days=3)
        tx.registre.enregistrer(replace(demande, statut=StatutDemande.RADIEE, date_radiation=today))
        tx.commit()
    held_for(api, N1, Motif.DEMANDE_RADIEE)
    answer = api.post(HABILITE, f"/demandes/{N1}/reactivation", json=WHY)
    assert (answer.status_code, (answer.json or {})["statut"]) == (202, "active")
    assert do(api, (answer.json or {})["suivi"])
    with api.site.uow() as tx:
        piece = tx.pieces.lire("E1-0003")
    assert piece is not None
    assert piece.motif is not Motif.DEMANDE_RADIEE


def test_without_a_queue_the_request_does_it(database_url: str, tmp_path: Path) -> None:
    with api_on(tmp_path, database_url) as api:
        fill(api)
        without_bordereau(api)
        held_for(api, UNKNOWN, Motif.NUMERO_INCONNU)
        assert attach(api).status_code == 200
        assert missing(api) == ["resolue"]
        people = [{"rang": "D", "nom": "MARTIN", "prenom": "Camille"}]
        made = api.post(HABILITE, "/demandes", json={"numero_unique": UNKNOWN, "personnes": people})
        assert (made.status_code, (made.json or {})["suivi"]) == (201, None)
        assert api.site.work.travaux_waiting(api.clock.now()) == []
        with api.site.uow() as tx:
            piece = tx.pieces.lire("E1-0003")
        assert piece is not None
        assert piece.motif is not Motif.NUMERO_INCONNU


# ── a worker as a program of its own ──


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> NativeEnvoi:
    """An envoi whose bordereau, its first page, was lost."""
    whole = native_envoi(tmp_path_factory.mktemp("envoi"))
    with pikepdf.open(whole.file, allow_overwriting_input=True) as pdf:
        del pdf.pages[0]
        pdf.save(whole.file)
    return replace(whole, pages=whole.pages - 1)


@pytest.mark.slow
@pytest.mark.xdist_group("work")
@pytest.mark.parametrize("queue", ["redis", "database"])
def test_a_worker_does_it_and_another_when_the_first_is_killed(
    queue: str,
    given: NativeEnvoi,
    tmp_path: Path,
    postgres: PostgresServer,
    redis_server: RedisServer,
    rclone_s3: RcloneServer,
) -> None:
    work = WorkSite(tmp_path, given, postgres, redis_server if queue == "redis" else None, Bucket(rclone_s3))
    site, sender = work.site, f"guichet:{GUICHET}"
    try:
        worker = work.start()
        envoi = work.receive(deposant=sender)
        work.until_ended(envoi)
        with site.uow() as tx:
            before = [i.motif for i in tx.incidents.de_envoi(envoi)]
            pieces = sum(p.vive for p in tx.pieces.de_envoi(envoi))
        assert Motif.SANS_BORDEREAU in before
        _, token = site.jetons.creer(
            SYSTEME, "scan", GUICHET, Role.NUMERISEUR, list(Portee), "d@exemple.invalid"
        )
        with work.holding(f"SELECT 1 FROM envois WHERE id = '{envoi}' FOR NO KEY UPDATE"):
            where = _order(work, token, envoi, pieces)
            work.until_it_stays(work.waits_for_a_lock)
            kill(worker)
        if queue == "redis":
            connect(site.settings).flushdb()
        work.start()
        id_ = where.rsplit("/", 1)[-1]

        def ended() -> bool:
            with site.uow() as tx:
                row = tx.travaux.lire(id_)
            assert row is not None
            assert row["etat"] != "refuse", row["probleme"]
            return bool(row["etat"] == "fait")

        work.until_it_stays(ended)
        with site.uow() as tx:
            states = [i.etat for i in tx.incidents.de_envoi(envoi) if i.motif is Motif.SANS_BORDEREAU]
            counts = [i for i in tx.incidents.de_envoi(envoi) if i.id.startswith(f"{envoi}-IB")]
            lines = [line.contenu or "" for line in tx.journal.lignes()]
            assert list(Verification()(tx.journal.lignes())) == []
        assert states == ["resolue"]
        assert len(counts) == len({i.id for i in counts})
        assert sum("logiciel:" in line and "joindre" in line for line in lines) == 1
    finally:
        work.close()


def _order(work: WorkSite, token: str, envoi: str, pieces: int) -> str:
    """Through the API where it has a queue; else as its request left it when it died."""
    if work.site.settings.redis_url is None:
        acteur = work.site.reconnaitre(token)
        with work.site.uow() as tx:
            said = JoindreBordereau(GUICHET, None, pieces, None)
            id_ = bordereau(tx, work.site, acteur, f"guichet:{GUICHET}", envoi, said, WHY["raison"])
            tx.commit()
        return id_
    app = create_api(work.site)
    client: FlaskClient = app.test_client()
    asked = client.post(
        f"/api/v1/envois/{envoi}/bordereau",
        json=WHY | {"pieces": pieces, "guichet": GUICHET},
        headers={"Authorization": f"Bearer {token}"},
    )
    for name in ("views", "coupe", "regards"):
        app.extensions[name].close()
    assert asked.status_code == 202, asked.json
    return str((asked.json or {})["suivi"])
