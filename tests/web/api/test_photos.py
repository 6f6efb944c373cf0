"""A demandeur's photos: kept, judged at once, taken again, and sent as one piece (R2, R4–R6, R35)."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import requests
from werkzeug.test import TestResponse

from api_site import HABILITE, ApiSite, api_on
from intake.domain.acces import Role
from intake.domain.journal import Verification
from readings import N1, N2
from servers import PostgresServer, RcloneServer, RedisServer
from servers.buckets import Bucket
from servers.clamd import EICAR, ClamdServer
from servers.service import Service
from site_for_tests import MARTIN
from storage.check import check
from web.access.sessions import demandeur, open_session
from web.settings import read_settings
from web.upkeep import turn
from web.wiring import make_regard, open_site

pytestmark = pytest.mark.slow  # photographs, each looked at in a process of its own
PHOTOS = Path(__file__).parents[3] / "fixtures" / "photos"
LABELS = [json.loads(line) for line in (PHOTOS / "labels.jsonl").read_text().splitlines()]
HER = Role.DEMANDEUR.value
WHERE = f"/demandes/{N1}/photos"


def photo(name: str) -> bytes:
    return (PHOTOS / name).read_bytes()


@pytest.fixture
def api(database_url: str, tmp_path: Path) -> Iterator[ApiSite]:
    with api_on(tmp_path, database_url) as made:
        yield made


def body(answer: TestResponse) -> dict[str, Any]:
    return dict(answer.json or {})


def take(api: ApiSite, content: bytes, name: str = "photo.jpg", who: str = HER) -> dict[str, Any]:
    """The photo as its verdict is there: at once, or a little later on a machine that is starting."""
    answer = api.deposit(who, WHERE, content, name)
    assert answer.status_code in (200, 201, 202), answer.json
    seen = body(answer)
    limit = time.monotonic() + 60
    while seen["verdict"]["etat"] == "plus_tard":
        assert time.monotonic() < limit
        time.sleep(0.05)  # of a processor that the child needs
        seen = body(api.call(who, "GET", seen["suivi"]))
    return seen


def send(api: ApiSite, *photos: dict[str, Any], who: str = HER, **more: Any) -> tuple[int, dict[str, Any]]:
    answer = api.post(who, f"{WHERE}/envoi", json={"photos": [p["id"] for p in photos], **more})
    return answer.status_code, body(answer)


def original(api: ApiSite, envoi: str) -> bytes:
    with api.site.uow() as tx:
        kept = tx.envois.lire(envoi)
    assert kept is not None
    with api.site.objects.open(kept.objet) as source:
        return source.read()


def test_each_photo_has_the_verdict_of_flask_photo_and_what_to_do(tmp_path: Path) -> None:
    told_of = {"flou.jpg", "sombre.jpg", "reflet.jpg", "petite.jpg"}  # what pixels alone tell of these
    with api_on(tmp_path) as api, make_regard() as regard:
        for path in sorted(PHOTOS.glob("*.*")):
            if path.suffix == ".jsonl":
                continue
            verdict = take(api, path.read_bytes(), "IMG_0001")["verdict"]
            seen = regard(path)
            assert verdict["etat"] == ("lisible" if seen.lisible else "a_refaire"), path.name
            assert [r["code"] for r in verdict["raisons"]] == list(seen.raisons)
            assert all(len(r["phrase"]) > 20 for r in verdict["raisons"])
            if path.name in told_of:
                (label,) = (x for x in LABELS if x["file"] == path.name)
                assert set(label["reasons"]) <= set(seen.raisons)
        answer = api.deposit(HER, f"/demandes/{N1}/photos", photo("flou.jpg") + b"encore")
        assert answer.status_code == 201  # once warm, in the very answer
        assert "photo F" in "".join(api.lines())


def test_one_photo_is_sent_as_it_came_and_twice_is_once(api: ApiSite) -> None:
    taken = take(api, photo("exif_6.jpg"), "../IMG 1.jpg")
    assert (taken["etat"], taken["envoi"], taken["verdict"]["etat"]) == ("deposee", None, "lisible")
    again = api.deposit(HER, WHERE, photo("exif_6.jpg"), "autre nom.jpg")
    assert (again.status_code, body(again)["id"], body(again)["nouveau"]) == (200, taken["id"], False)
    assert list(check(api.site.queries, api.site.objects)) == []
    status, accuse = send(api, taken)
    assert (status, accuse["nouveau"]) == (202, True)
    assert original(api, accuse["envoi"]) == photo("exif_6.jpg")
    envoi = body(api.call(HER, "GET", accuse["suivi"]))
    assert (envoi["canal"], envoi["fichier"]) == ("demandeur", "IMG 1.jpg")
    assert send(api, taken) == (200, accuse | {"nouveau": False})
    seen = body(api.call(HER, "GET", taken["suivi"]))
    assert (seen["etat"], seen["envoi"]) == ("envoyee", accuse["envoi"])
    gone = api.call(HER, "DELETE", taken["suivi"])
    assert (gone.status_code, body(gone)["code"]) == (409, "CHANGEMENT_IMPOSSIBLE")
    direct = api.deposit(HER, f"/demandes/{N1}/pieces", photo("exif_6.jpg"))
    assert body(direct)["envoi"] == accuse["envoi"]  # the same by the other way (R5)
    with api.site.uow() as tx:
        assert list(Verification()(tx.journal.lignes())) == []


def test_several_photos_are_one_piece_in_their_order_and_their_originals_stay(api: ApiSite) -> None:
    names = ["exif_6.jpg", "qr.heic", "droite.jpg"]
    taken = [take(api, photo(n), n) for n in names]
    status, accuse = send(api, *taken)
    assert status == 202
    with pikepdf.open(io.BytesIO(original(api, accuse["envoi"]))) as made:
        assert len(made.pages) == 3
        assert made.pages[0].get("/Rotate", 0) == 90  # as the phone says it was held
        (picture,) = made.pages[2].resources.XObject.values()
        assert picture.read_raw_bytes() == photo("droite.jpg")  # its own bytes, not drawn again
    assert send(api, *taken) == (200, accuse | {"nouveau": False})
    api.clock.advance(days=3)
    turn(api.site)
    with api.site.uow() as tx:
        keys = [row["objet"] for p in taken if (row := tx.photos.lire(p["id"]))]
    assert len(keys) == 3
    assert all(api.site.objects.exists(k) for k in keys)
    assert list(check(api.site.queries, api.site.objects)) == []
    with api.site.uow() as tx:
        gone = tx.purges.envoi(accuse["envoi"])
        assert set(keys) < set(gone)
        assert tx.photos.lire(taken[0]["id"]) is None


def test_a_poor_photo_is_sent_only_when_one_insists(api: ApiSite) -> None:
    good, poor = take(api, photo("droite.jpg")), take(api, photo("flou.jpg"))
    status, why = send(api, good, poor)
    assert (status, why["code"], [p["id"] for p in why["photos"]]) == (409, "PHOTO_A_REFAIRE", [poor["id"]])
    assert "floue" in why["photos"][0]["raisons"][0]["phrase"]
    assert send(api, good, poor, garder_quand_meme=True)[0] == 202


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"pas une image", "FORMAT_REFUSE"),
        (b"", "FICHIER_CORROMPU"),
        (photo("droite.jpg")[:30_000], "FICHIER_CORROMPU"),
    ],
    ids=["text", "empty", "cut short"],
)
def test_what_cannot_be_opened_costs_its_own_refusal_and_is_kept(
    content: bytes, code: str, tmp_path: Path
) -> None:
    with api_on(tmp_path) as api:
        bad = take(api, content)
        assert (bad["verdict"]["etat"], bad["verdict"]["raisons"][0]["code"]) == ("refusee", code)
        assert bad["verdict"]["raisons"][0]["phrase"]
        assert take(api, photo("droite.jpg"))["verdict"]["etat"] == "lisible"
        with api.site.uow() as tx:
            row = tx.photos.lire(bad["id"])
        assert row is not None
        assert api.site.objects.exists(row["objet"])
        status, why = send(api, bad, garder_quand_meme=True)
        assert (status, why["code"]) == (409, "PHOTO_A_REFAIRE")


def test_taken_back_or_never_sent_it_is_erased(api: ApiSite) -> None:
    first, second = take(api, photo("flou.jpg")), take(api, photo("droite.jpg"))
    assert api.call(HER, "DELETE", first["suivi"]).status_code == 204
    assert api.call(HER, "GET", first["suivi"]).status_code == 404
    assert turn(api.site)["objets"] == 1
    api.clock.advance(hours=25)
    done = turn(api.site)
    assert (done["photos"], done["objets"]) == (1, 1)
    with api.site.uow() as tx:
        assert tx.photos.lire(second["id"]) is None
    assert list(api.site.objects.list()) == []
    assert turn(api.site)["photos"] == 0
    with api.site.uow() as tx:
        assert list(Verification()(tx.journal.lignes())) == []


def test_her_telephone_died_and_she_finds_them_again_from_another(api: ApiSite) -> None:
    good, poor = take(api, photo("droite.jpg"), "fiche de paie.jpg"), take(api, photo("flou.jpg"), "b.jpg")
    api.clock.advance(minutes=5)
    later = take(api, photo("exif_6.jpg"), "c.jpg")
    with api.site.uow() as tx:
        api.tokens["another phone"] = open_session(tx, demandeur(N1), api.clock.now()).jeton
        tx.commit()

    def kept(who: str) -> list[tuple[str, str, str]]:
        told = body(api.get(who, WHERE))
        assert told["heures"] == 24  # she is told how long
        return [(p["id"], p["fichier"], p["verdict"]["etat"]) for p in told["elements"]]

    wanted = {
        good["id"]: ("fiche de paie.jpg", "lisible"),
        poor["id"]: ("b.jpg", "a_refaire"),
        later["id"]: ("c.jpg", "lisible"),
    }
    assert {i: rest for i, *rest in kept("another phone")} == {i: [*rest] for i, rest in wanted.items()}
    assert kept("another phone")[-1][0] == later["id"]  # what goes first is first
    until = datetime.fromisoformat(body(api.get(HER, WHERE))["elements"][0]["expire_le"])
    assert until == api.clock.now() + timedelta(hours=24) - timedelta(minutes=5)
    assert kept(HABILITE) == []  # the guichet's own, and it has none
    assert send(api, good, who="another phone")[0] == 202
    assert api.call("another phone", "DELETE", poor["suivi"]).status_code == 204
    assert [i for i, *_ in kept(HER)] == [later["id"]]
    api.clock.moment = until + timedelta(minutes=6)
    with api.site.uow() as tx:
        api.tokens["next day"] = open_session(tx, demandeur(N1), api.clock.now()).jeton
        tx.commit()
    assert kept("next day") == []  # its time is over, whether or not the sweeper has come by


def test_the_day_of_a_photo_that_is_taken_in_again_begins_anew(api: ApiSite) -> None:
    """Told that it is there, she sends it in the evening: it may not have gone at noon (R2, R35)."""
    first = take(api, photo("droite.jpg"))
    for waited in (timedelta(hours=23, minutes=59), timedelta(hours=24, minutes=1)):
        api.clock.moment += waited  # the second time its day is over, and no sweeper has come by yet
        with api.site.uow() as tx:
            api.tokens[HER] = open_session(tx, demandeur(N1), api.clock.now()).jeton
            tx.commit()
        again = take(api, photo("droite.jpg"))
        assert (again["id"], again["nouveau"]) == (first["id"], False)
        assert datetime.fromisoformat(again["expire_le"]) == api.clock.now() + timedelta(hours=24)
        assert [p["id"] for p in body(api.get(HER, WHERE))["elements"]] == [first["id"]]
    assert turn(api.site)["photos"] == 0
    assert send(api, first)[0] == 202


def test_nobody_else_sees_it(api: ApiSite) -> None:
    taken = take(api, photo("droite.jpg"))
    for method, path in (("GET", taken["suivi"]), ("DELETE", taken["suivi"])):
        answer = api.call(HABILITE, method, path)
        assert (answer.status_code, body(answer)["code"]) == (404, "PHOTO_INCONNUE")
    assert send(api, taken, who=HABILITE)[1]["code"] == "PHOTO_INCONNUE"
    elsewhere = taken["suivi"].replace(N1, N2)
    assert body(api.call(HER, "GET", elsewhere))["code"] == "DEMANDE_INCONNUE"


def test_a_purged_demande_leaves_no_photo(api: ApiSite) -> None:
    taken = take(api, photo("droite.jpg"))
    with api.site.uow() as tx:
        tx.purges.demande(N1, [])
        tx.commit()
    with api.site.uow() as tx:
        assert tx.photos.lire(taken["id"]) is None
    assert turn(api.site)["objets"] == 1


def test_a_busy_machine_answers_later_and_the_verdict_comes(tmp_path: Path) -> None:
    with api_on(tmp_path) as api:
        regards = api.client.application.extensions["regards"]
        free = threading.Event()
        for _ in range(2):
            assert regards.ask(lambda _: free.wait(60), 0) is False
        answer = api.deposit(HER, WHERE, photo("flou.jpg"))
        assert (answer.status_code, body(answer)["verdict"]["etat"]) == (202, "plus_tard")
        for _ in range(13):
            assert regards.ask(lambda _: free.wait(60), 0) is False
        assert regards.ask(lambda _: None, 0) is None  # enough wait: not even begun
        other = api.deposit(HER, WHERE, photo("droite.jpg"))
        assert (other.status_code, body(other)["verdict"]["etat"]) == (202, "plus_tard")
        assert send(api, body(other))[0] == 202  # it is a help, and no gate
        free.set()
        assert take(api, photo("flou.jpg"))["verdict"]["etat"] == "a_refaire"
        assert take(api, photo("droite.jpg"))["verdict"]["etat"] == "lisible"


def test_too_much_for_one_piece(api: ApiSite) -> None:
    heavy = [take(api, photo("droite.jpg") + bytes(10_000_000) + bytes([n])) for n in range(2)]
    status, why = send(api, *heavy, garder_quand_meme=True)
    assert (status, why["code"]) == (413, "TROP_VOLUMINEUX")
    answer = api.deposit(HER, WHERE, bytes(20_500_000))
    assert (answer.status_code, body(answer)["code"]) == (413, "TROP_VOLUMINEUX")


@pytest.mark.real
@pytest.mark.xdist_group("clamd")
def test_the_antivirus_is_asked_before_it_is_opened(clamd: ClamdServer, tmp_path: Path) -> None:
    with api_on(tmp_path, clamd_url=clamd.url) as api:
        bad = take(api, photo("droite.jpg") + EICAR)
        assert bad["verdict"]["raisons"][0]["code"] == "VIRUS"
        assert send(api, bad, garder_quand_meme=True)[0] == 409
        clamd.down()
        try:
            answer = api.deposit(HER, WHERE, photo("flou.jpg"))
            assert (answer.status_code, body(answer)["verdict"]["etat"]) == (202, "plus_tard")
            other = api.deposit(HER, WHERE, photo("coupe.jpg"))
            status, why = send(api, body(answer), body(other))
            assert (status, why["code"]) == (503, "ANTIVIRUS_INDISPONIBLE")
        finally:
            clamd.start()
        assert take(api, photo("flou.jpg"))["verdict"]["etat"] == "a_refaire"


@pytest.mark.real
def test_on_real_servers_the_verdict_waits_for_no_worker(
    tmp_path: Path, postgres: PostgresServer, redis_server: RedisServer, rclone_s3: RcloneServer
) -> None:
    """No worker runs at all while photos are judged; one then files what was sent as one envoi."""
    bucket = Bucket(rclone_s3)
    env = {
        "DOSSIER_DATA": str(tmp_path / "site"),
        "DATABASE_URL": postgres.new_database(),
        "REDIS_URL": redis_server.url,
        "S3_ENDPOINT_URL": bucket.access.endpoint_url or "",
        "S3_BUCKET": bucket.access.bucket,
        "AWS_ACCESS_KEY_ID": bucket.access.access_key,
        "AWS_SECRET_ACCESS_KEY": bucket.access.secret_key,
    }
    site = open_site(read_settings(env))
    with site.uow() as tx:
        tx.registre.enregistrer(replace(MARTIN, guichet="75001"))
        token = open_session(tx, demandeur(N1), site.clock.now()).jeton
        tx.commit()
    service = Service(env)
    assert service.worker is not None
    headers = {"Authorization": f"Bearer {token}"}
    worker, service.worker = service.worker, None

    def ask(method: str, path: str, **more: Any) -> dict[str, Any]:
        answer = requests.request(method, service.url + path, headers=headers, timeout=60, **more)
        assert answer.status_code < 300, answer.text
        return dict(answer.json())

    try:
        service.start()
        ids = []
        for name, etat in (("droite.jpg", "lisible"), ("flou.jpg", "a_refaire"), ("qr.jpg", "lisible")):
            seen = ask("POST", f"/api/v1{WHERE}", files={"fichier": (name, photo(name))})
            limit = time.monotonic() + 60
            while seen["verdict"]["etat"] == "plus_tard":
                assert time.monotonic() < limit
                time.sleep(0.05)
                seen = ask("GET", seen["suivi"])
            assert seen["verdict"]["etat"] == etat
            ids.append(seen["id"])
        accuse = ask("POST", f"/api/v1{WHERE}/envoi", json={"photos": [ids[0], ids[2]]})
        worker.start()
        limit = time.monotonic() + 180
        while (envoi := ask("GET", accuse["suivi"]))["statut"] in ("recue", "en_cours"):
            assert time.monotonic() < limit
            time.sleep(0.3)
        assert (envoi["pages"], envoi["refus"]) == (2, None)
        assert [d for d in check(site.queries, site.objects) if d.genre != "orphelin"] == []
    finally:
        worker.stop()
        service.stop()
        site.engine.dispose()
