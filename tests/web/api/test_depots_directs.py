"""Large files put straight into the object store, then received like any other (docs/adr/0421)."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from werkzeug.test import TestResponse

from api_site import GUICHET, HABILITE, LOGICIEL, ApiSite, api_on, pdf
from intake.domain.acces import SYSTEME, Portee, Role
from intake.domain.journal import Verification
from intake.errors import AntivirusIndisponible, StockageIndisponible
from readings import N1, N2
from servers import PostgresServer, RcloneServer
from servers.buckets import Bucket
from servers.clamd import EICAR, ClamdServer
from servers.service import Service
from storage.check import check
from storage.objects.staging import PART, S3Staging
from web.settings import read_settings
from web.upkeep import turn
from web.wiring import make_lecteur, open_site

pytestmark = pytest.mark.real
WHO = Role.NUMERISEUR.value


@pytest.fixture
def bucket(rclone_s3: RcloneServer) -> Bucket:
    return Bucket(rclone_s3)


def s3(bucket: Bucket) -> dict[str, Any]:
    url = bucket.access.endpoint_url
    return {
        "s3_endpoint_url": url,
        "s3_public_url": url,
        "s3_bucket": bucket.access.bucket,
        "s3_access_key": bucket.access.access_key,
        "s3_secret_key": bucket.access.secret_key,
    }


@pytest.fixture
def api(bucket: Bucket, database_url: str, tmp_path: Path) -> Iterator[ApiSite]:
    with api_on(tmp_path, database_url, **s3(bucket)) as made:
        yield made


def body(answer: TestResponse) -> dict[str, Any]:
    return dict(answer.json or {})


def announced(content: bytes, name: str = "75001_lot.pdf", **more: Any) -> dict[str, Any]:
    told = {
        "fichier": name,
        "taille": len(content),
        "media": "application/pdf",
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    return told | more


def begin(api: ApiSite, content: bytes, *, who: str = WHO, **more: Any) -> dict[str, Any]:
    answer = api.post(who, "/depots-directs", json=announced(content, **more))
    assert answer.status_code == 201, answer.json
    return body(answer)


def send(told: dict[str, Any], content: bytes) -> None:
    for part in told["a_envoyer"]:
        sent = content[part["debut"] : part["debut"] + part["taille"]]
        assert requests.put(part["url"], data=sent, timeout=30).status_code == 200


def end(api: ApiSite, told: dict[str, Any], who: str = WHO, **more: Any) -> tuple[int, dict[str, Any]]:
    answer = api.call(who, "POST", told["fin"], **more)
    return answer.status_code, body(answer)


def staged(bucket: Bucket) -> list[str]:
    return [n for n in bucket.names() + bucket.unfinished() if ".depots/" in n]


def deposit(api: ApiSite, content: bytes, **more: Any) -> tuple[int, dict[str, Any]]:
    told = begin(api, content, **more)
    send(told, content)
    return end(api, told, more.get("who", WHO))


def test_sent_by_parts_and_received_as_by_the_other_ways(api: ApiSite, bucket: Bucket) -> None:
    content = pdf("direct") + os.urandom(PART)
    told = begin(api, content, name="../75001_lot.pdf", demande=N1)
    assert (told["etat"], told["parties"], len(told["a_envoyer"])) == ("attendu", 2, 2)
    send(told | {"a_envoyer": told["a_envoyer"][1:]}, content)
    early, why = end(api, told)
    assert (early, why["code"], why["manquantes"]) == (409, "CHANGEMENT_IMPOSSIBLE", [1])
    seen = body(api.call(WHO, "GET", told["suivi"]))
    assert [p["numero"] for p in seen["a_envoyer"]] == [1]
    assert list(check(api.site.queries, api.site.objects)) == []  # on its way in, and nothing unknown
    send(seen, content)
    status, accuse = end(api, told, headers={"Idempotency-Key": "k"})
    assert (status, accuse["nouveau"], accuse["statut"]) == (202, True, "recue")
    assert end(api, told, headers={"Idempotency-Key": "k"}) == (202, accuse)
    assert end(api, told) == (200, accuse | {"nouveau": False})
    envoi = body(api.call(WHO, "GET", accuse["suivi"]))
    assert (envoi["fichier"], envoi["taille"], envoi["canal"]) == (
        "75001_lot.pdf",
        len(content),
        "numeriseur",
    )
    assert staged(bucket) == []
    assert list(check(api.site.queries, api.site.objects)) == []
    fini = body(api.call(WHO, "GET", told["suivi"]))
    assert (fini["etat"], fini["a_envoyer"]) == ("fini", [])
    # The same bytes by another way are the same envoi (R5), and the other way round.
    by_form = api.deposit(WHO, "/envois", content, fields={"demande": N1})
    assert (by_form.status_code, body(by_form)["envoi"], body(by_form)["nouveau"]) == (
        200,
        accuse["envoi"],
        False,
    )
    assert deposit(api, content, demande=N1) == (200, accuse | {"nouveau": False})
    lines = "\n".join(api.lines())
    assert "depot_direct_annoncer" in lines
    assert '"canal":"numeriseur"' in lines.replace(" ", "")
    assert told["a_envoyer"][0]["url"].split("?")[0] not in lines
    with api.site.uow() as tx:
        assert list(Verification()(tx.journal.lignes())) == []
    assert [p for p in (api.site.settings.data / "recus").rglob("*") if p.is_file()] == []


def test_a_guichet_s_file_and_a_zip(api: ApiSite) -> None:
    status, accuse = deposit(api, pdf("guichet"), who=LOGICIEL, demande=N1)
    assert status == 202
    assert body(api.call(LOGICIEL, "GET", accuse["suivi"]))["canal"] == "guichet"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as z:
        z.writestr("manifeste.json", json.dumps({"guichet": GUICHET, "fichiers": []}))
    status, accuse = deposit(api, packed.getvalue(), name="75001_lot.zip", media="application/zip")
    assert (status, accuse["envoi"]) == (202, None)
    assert accuse["lot"]


def test_bytes_that_are_not_those_announced_are_not_received(api: ApiSite, bucket: Bucket) -> None:
    content = pdf("annoncé")
    told = begin(api, content)
    send(told, bytes(len(content)))
    for _ in range(2):
        status, why = end(api, told)
        assert (status, why["code"]) == (422, "EMPREINTE_INEXACTE")
    assert staged(bucket) == []
    assert body(api.get(WHO, "/envois"))["elements"] == []


def test_a_refused_file_is_kept_and_its_sender_told_each_time(api: ApiSite, bucket: Bucket) -> None:
    content = b"rien de lisible" * 100
    told = begin(api, content)
    send(told, content)
    refusals = [end(api, told) for _ in range(2)]
    assert refusals[0] == refusals[1]
    assert (refusals[0][0], refusals[0][1]["code"]) == (415, "FORMAT_REFUSE")
    assert body(api.get(WHO, f"/envois/{refusals[0][1]['envoi']}"))["taille"] == len(content)
    assert staged(bucket) == []


@pytest.mark.slow
def test_the_antivirus_is_asked_before_anything_is_opened(
    bucket: Bucket, clamd: ClamdServer, tmp_path: Path
) -> None:
    """Refused at once while it answers; while it is silent kept, acknowledged, and unopened by the worker."""
    bad = pdf("infecté") + b"\n% " + EICAR + b"\n"
    with api_on(tmp_path, **s3(bucket), clamd_url=clamd.url) as api:
        status, why = deposit(api, bad)
        assert (status, why["code"]) == (422, "VIRUS")
        envoi = body(api.get(WHO, f"/envois/{why['envoi']}"))
        assert envoi["taille"] == len(bad)
        assert staged(bucket) == []
        clamd.down()
        try:
            status, accuse = deposit(api, bad + b"2")
            assert status == 202
            with make_lecteur(api.site.settings) as lecteur, pytest.raises(AntivirusIndisponible):
                api.site.traiter(lecteur)(accuse["envoi"])
        finally:
            clamd.start()
        with make_lecteur(api.site.settings) as lecteur:
            ended = api.site.traiter(lecteur)(accuse["envoi"])
        assert ended.refus is not None
        assert ended.refus.code == "VIRUS"


def test_only_its_sender_knows_of_it(api: ApiSite) -> None:
    content = pdf("à moi")
    told = begin(api, content)
    _, token = api.site.jetons.creer(
        SYSTEME, "autre", "75002", Role.NUMERISEUR, list(Portee), "d@exemple.invalid"
    )
    api.tokens["autre"] = token
    for method, where in (("GET", "suivi"), ("POST", "fin"), ("DELETE", "suivi")):
        answer = api.call("autre", method, told[where])
        assert (answer.status_code, body(answer)["code"]) == (404, "TELEVERSEMENT_INCONNU")
    assert api.call(Role.DEMANDEUR.value, "GET", told["suivi"]).status_code == 403
    refused = api.post(HABILITE, "/depots-directs", json=announced(content, demande=N2))
    assert (refused.status_code, body(refused)["code"]) == (404, "DEMANDE_INCONNUE")


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"taille": 1_000_000_001}, 413, "TROP_VOLUMINEUX"),
        ({"taille": 0}, 422, "REQUETE_INVALIDE"),
        ({"taille": "12"}, 422, "REQUETE_INVALIDE"),
        ({"sha256": "0"}, 422, "REQUETE_INVALIDE"),
        ({"media": "text/html"}, 415, "FORMAT_REFUSE"),
        ({"demande": "9" * 18}, 404, "DEMANDE_INCONNUE"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_sent(
    api: ApiSite, bucket: Bucket, wrong: dict[str, Any], status: int, code: str
) -> None:
    answer = api.post(WHO, "/depots-directs", json=announced(b"x") | wrong)
    assert (answer.status_code, body(answer)["code"]) == (status, code)
    assert staged(bucket) == []


def test_a_sender_has_so_many_under_way_and_may_give_them_up(api: ApiSite, bucket: Bucket) -> None:
    told = [begin(api, b"%d" % n) for n in range(20)]
    full = api.post(WHO, "/depots-directs", json=announced(b"de plus"))
    assert (full.status_code, body(full)["code"]) == (429, "TROP_DE_REQUETES")
    assert api.call(WHO, "DELETE", told[0]["suivi"]).status_code == 204
    assert api.call(WHO, "GET", told[0]["suivi"]).status_code == 404
    assert requests.put(told[0]["a_envoyer"][0]["url"], data=b"0", timeout=20).status_code == 404
    begin(api, b"de plus")
    assert len(staged(bucket)) == 20


def test_what_nobody_ends_is_swept(api: ApiSite, bucket: Bucket) -> None:
    content = pdf("oublié")
    told = begin(api, content)
    send(told, content)
    api.clock.advance(hours=23)
    assert turn(api.site)["depots_directs"] == 0
    api.clock.advance(hours=2)
    assert end(api, told)[1]["code"] == "TELEVERSEMENT_INCONNU"
    assert turn(api.site, purge=False)["depots_directs"] == 1
    assert staged(bucket) == []
    assert turn(api.site)["depots_directs"] == 0


def test_told_done_by_several_at_once_it_is_received_once(api: ApiSite) -> None:
    content = pdf("ensemble")
    told = begin(api, content)
    send(told, content)
    app = api.client.application

    def one(_: int) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {api.tokens[WHO]}"}
        answer = app.test_client().post(told["fin"], headers=headers)
        return answer.status_code, answer.json.get("code", "") if answer.json else ""

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(one, range(6)))
    assert {a for a in answers if a[0] != 409} <= {(202, ""), (200, "")}
    assert sum(a[0] == 202 for a in answers) == 1
    assert {a[1] for a in answers if a[0] == 409} <= {"REQUETE_EN_COURS"}
    assert len(body(api.get(WHO, "/envois"))["elements"]) == 1


def test_a_request_that_died_half_way_is_taken_up(
    api: ApiSite, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the parts were joined, and after the file was received but before this was noted."""
    content = pdf("interrompu")
    told = begin(api, content)
    send(told, content)
    with monkeypatch.context() as m:

        def unreachable(*_: object) -> Iterator[bytes]:
            raise StockageIndisponible("essai")

        m.setattr(S3Staging, "read", unreachable)
        assert end(api, told)[0] == 503
    assert len(staged(bucket)) == 1
    assert end(api, told)[0] == 202
    other = pdf("interrompu aussi")
    told = begin(api, other)
    send(told, other)
    with api.site.uow() as tx:
        assert tx.depots_directs.reclamer(told["id"], "mort", api.clock.now(), api.clock.now())
        tx.commit()
    first = body(api.deposit(WHO, "/envois", other))
    api.clock.advance(minutes=1)
    status, accuse = end(api, told)
    assert (status, accuse["envoi"], accuse["nouveau"]) == (200, first["envoi"], False)
    assert staged(bucket) == []


@pytest.mark.parametrize("settings", ["folder", "no public address"])
def test_where_it_is_not_offered_the_other_way_is_named(
    settings: str, bucket: Bucket, tmp_path: Path
) -> None:
    more = {} if settings == "folder" else s3(bucket) | {"s3_public_url": None}
    with api_on(tmp_path, **more) as api:
        answer = api.post(WHO, "/depots-directs", json=announced(b"x"))
        assert (answer.status_code, body(answer)["code"]) == (404, "DEPOT_DIRECT_ABSENT")
        assert api.call(WHO, "OPTIONS", body(answer)["televersements"]).status_code == 204
        assert turn(api.site)["depots_directs"] == 0


def test_a_purged_demande_is_named_by_no_deposit(api: ApiSite) -> None:
    told = begin(api, b"x", demande=N1)
    with api.site.uow() as tx:
        tx.purges.demande(N1, [])
        assert tx.depots_directs.lire(told["id"], f"guichet:{GUICHET}") is None


@pytest.mark.slow
def test_hundreds_of_megabytes_never_whole_in_memory(
    tmp_path: Path, rclone_s3: RcloneServer, postgres: PostgresServer
) -> None:
    bucket = Bucket(rclone_s3)
    env = {
        "DOSSIER_DATA": str(tmp_path / "site"),
        "DATABASE_URL": postgres.new_database(),
        "S3_ENDPOINT_URL": bucket.access.endpoint_url or "",
        "S3_PUBLIC_URL": bucket.access.endpoint_url or "",
        "S3_BUCKET": bucket.access.bucket,
        "AWS_ACCESS_KEY_ID": bucket.access.access_key,
        "AWS_SECRET_ACCESS_KEY": bucket.access.secret_key,
    }
    site = open_site(read_settings(env))
    _, token = site.jetons.creer(SYSTEME, "S", GUICHET, Role.NUMERISEUR, list(Portee), "d@exemple.invalid")
    size = int(os.environ.get("ESSAI_OCTETS", "300000000"))
    block = b"%PDF-" + os.urandom(PART - 5)
    digest, left = hashlib.sha256(), size
    while left:
        digest.update(block[:left])
        left -= min(left, len(block))
    service = Service(env, worker=False)
    headers = {"Authorization": f"Bearer {token}"}
    try:
        service.start()
        told = requests.post(
            f"{service.url}/api/v1/depots-directs",
            json={
                "fichier": "a.pdf",
                "taille": size,
                "media": "application/pdf",
                "sha256": digest.hexdigest(),
            },
            headers=headers,
            timeout=30,
        ).json()
        for part in told["a_envoyer"]:
            sent = requests.put(part["url"], data=block[: part["taille"]], timeout=60)
            assert sent.status_code == 200
        answer = requests.post(service.url + told["fin"], headers=headers, timeout=300)
        assert answer.status_code == 202, answer.text
        seen = requests.get(service.url + answer.json()["suivi"], headers=headers, timeout=30).json()
        assert seen["taille"] == size
        assert staged(bucket) == []
        assert service.largest() < 400_000_000
        print(f"{size} bytes, largest web process {service.largest() / 1e6:.0f} MB")
    finally:
        service.stop()
        site.engine.dispose()
