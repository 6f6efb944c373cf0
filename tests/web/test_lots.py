"""Batches in a ZIP (R39), on both databases: opened when all agrees, else held whole with one message."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskCliRunner

from intake.domain.motif import Canal
from intake.domain.travail import ESSAIS
from intake.errors import AntivirusIndisponible
from intake.use_cases.advance import Interrompu
from intake.use_cases.lease import HorsDelai
from readings import BOR, page
from site_for_tests import GivenPages
from site_on import TurnedClock, site_on
from web.app import create_app
from web.lots import open_next
from web.wiring import Site

pytestmark = pytest.mark.slow  # each test opens a database of its own


@pytest.fixture
def at(database_url: str, tmp_path: Path) -> Iterator[tuple[Site, TurnedClock]]:
    with site_on(tmp_path, database_url) as made:
        yield made


def archive(manifest: object, **files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in files.items():
            z.writestr(f"scans/{name}.pdf", content)
        if manifest is not None:
            z.writestr("manifeste.json", manifest if isinstance(manifest, str) else json.dumps(manifest))
    return out.getvalue()


def received(site: Site, name: str, content: bytes) -> str:
    sha256 = hashlib.sha256(content).hexdigest()
    key = site.objects.put(io.BytesIO(content), sha256=sha256, size=len(content), media="application/zip")
    with site.uow() as tx:
        tx.api.ajouter_lot(
            {
                "id": "L1",
                "fichier": name,
                "objet": key,
                "taille": len(content),
                "deposant": "guichet:75001",
                "statut": "recu",
                "code": None,
                "message": "",
                "envois": [],
                "recu_le": site.clock.now(),
            }
        )
        tx.commit()
    return "L1"


def opened(site: Site, name: str, content: bytes, code_on_paper: str | None = "75001") -> dict[str, Any]:
    received(site, name, content)
    sheet = BOR.format(1, 2).replace("75001", code_on_paper) if code_on_paper else None
    assert open_next(site, GivenPages([page(1, "bordereau", code=sheet), page(2, "bail")])) == "L1"
    assert open_next(site, GivenPages()) is None  # one has it, and it is done
    with site.uow() as tx:
        found = tx.api.lot("L1")
    assert found is not None
    return found


GOOD = {"guichet": "75001", "fichiers": ["a.pdf", "b.pdf"]}
FILES = {"a": b"%PDF-a", "b": b"%PDF-b"}


def test_all_agrees_and_each_scan_is_an_envoi_in_the_manifests_order(at: tuple[Site, TurnedClock]) -> None:
    site, _ = at
    lot = opened(site, "75001_20260115_B1.zip", archive(GOOD, **FILES))
    assert (lot["statut"], lot["code"], len(lot["envois"])) == ("ouvert", None, 2)
    with site.uow() as tx:
        envois = [tx.envois.lire(e) for e in lot["envois"]]
    assert [(e.fichier, e.canal, e.deposant) for e in envois if e] == [
        ("a.pdf", Canal.NUMERISEUR, "guichet:75001"),
        ("b.pdf", Canal.NUMERISEUR, "guichet:75001"),
    ]


def test_without_any_bordereau_the_two_others_have_to_agree(at: tuple[Site, TurnedClock]) -> None:
    assert opened(at[0], "75001-x.zip", archive(GOOD, **FILES), None)["statut"] == "ouvert"


@pytest.mark.parametrize(
    ("name", "manifest", "paper", "code", "words"),
    [
        ("75002_x.zip", GOOD, "75001", "GUICHET_INCOHERENT", ["75002", "75001"]),
        ("75001_x.zip", {**GOOD, "guichet": "75003"}, "75001", "GUICHET_INCOHERENT", ["75003", "75001"]),
        ("75001_x.zip", GOOD, "GDPUB", "GUICHET_INCOHERENT", ["GDPUB", "75001"]),
        ("lot.zip", GOOD, "75001", "GUICHET_INCOHERENT", ["absent"]),
        ("75001_x.zip", None, "75001", "SANS_BORDEREAU", ["manifeste"]),
        ("75001_x.zip", "[1", "75001", "SANS_BORDEREAU", ["forme"]),
        ("75001_x.zip", "[" * 5000, "75001", "SANS_BORDEREAU", ["forme"]),
        ("75001_x.zip", {"guichet": 1, "fichiers": []}, "75001", "SANS_BORDEREAU", ["forme"]),
        ("75001_x.zip", {**GOOD, "fichiers": ["a.pdf"]}, "75001", "COMPTE_INEXACT", ["1 ne sont pas"]),
        (
            "75001_x.zip",
            {**GOOD, "fichiers": ["a.pdf", "b.pdf", "c.pdf"]},
            "75001",
            "COMPTE_INEXACT",
            ["1 f"],
        ),
    ],
)
def test_what_does_not_agree_holds_the_whole(
    at: tuple[Site, TurnedClock], name: str, manifest: object, paper: str, code: str, words: list[str]
) -> None:
    lot = opened(at[0], name, archive(manifest, **FILES), paper)
    assert (lot["statut"], lot["code"], lot["envois"]) == ("retenu", code, [])
    assert [w for w in words if w not in lot["message"]] == []
    with at[0].engine.connect() as c:
        assert c.exec_driver_sql("SELECT count(*) FROM envois").scalar() == 0


def packed_wrong(method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        z.writestr("manifeste.json", json.dumps({"guichet": "75001", "fichiers": ["a.pdf"]}))
        z.writestr("a.pdf", bytes(range(256)) * 400)
    raw = bytearray(out.getvalue())
    start = raw.find(b"a.pdf") + 5
    raw[start : start + 60] = b"\xff" * 60
    return bytes(raw)


def hostile() -> dict[str, bytes]:
    sound = archive(GOOD, **FILES)
    many = archive({"guichet": "75001", "fichiers": []}, **{f"f{n}": b"x" for n in range(501)})
    bomb = bytearray(archive({"guichet": "75001", "fichiers": ["a.pdf"]}, a=bytes(3_000_000)))
    central = bomb.rindex(b"PK\x01\x02", 0, bomb.rindex(b"PK\x01\x02"))
    bomb[central + 24 : central + 28] = (10).to_bytes(4, "little")  # says 10 bytes, holds 3 MB
    huge = bytearray(sound)
    central = huge.index(b"PK\x01\x02")
    huge[central + 24 : central + 28] = (0xFFFFFFF0).to_bytes(4, "little")
    return {
        "deflated wrong": packed_wrong(zipfile.ZIP_DEFLATED),
        "bzip2 wrong": packed_wrong(zipfile.ZIP_BZIP2),
        "lzma wrong": packed_wrong(zipfile.ZIP_LZMA),
        "truncated": sound[: len(sound) // 2],
        "noise": b"PK\x03\x04" + bytes(range(256)) * 20,
        "empty": b"",
        "too many": many,
        "more than it says": bytes(bomb),
        "says too much": bytes(huge),
    }


@pytest.mark.parametrize("kind", sorted(hostile()))
def test_a_broken_or_hostile_zip_is_held_and_stops_nothing(at: tuple[Site, TurnedClock], kind: str) -> None:
    lot = opened(at[0], "75001_x.zip", hostile()[kind])
    assert lot["statut"] == "retenu"
    assert lot["code"] in ("FICHIER_CORROMPU", "TROP_VOLUMINEUX", "COMPTE_INEXACT")
    assert lot["envois"] == []


def test_one_that_a_killed_worker_had_is_taken_up_after_its_lease(at: tuple[Site, TurnedClock]) -> None:
    site, clock = at
    received(site, "75001_x.zip", archive(GOOD, **FILES))

    class Dies(GivenPages):
        def apercu(self, path: Path, canal: Canal) -> Any:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_next(site, Dies())
    assert open_next(site, GivenPages()) is None
    clock.advance(minutes=11)
    assert open_next(site, GivenPages([page(1, "bail")])) == "L1"


def test_a_batch_that_we_cannot_open_is_tried_again_then_held_and_its_sender_is_told(
    at: tuple[Site, TurnedClock],
) -> None:
    site, clock = at
    received(site, "75001_x.zip", archive(GOOD, **FILES))

    class Breaks(GivenPages):
        def apercu(self, path: Path, canal: Canal) -> Any:
            raise ZeroDivisionError

    for _ in range(ESSAIS):
        assert open_next(site, Breaks()) == "L1"
        assert open_next(site, Breaks()) is None  # not at once
        clock.advance(minutes=1)
    with site.uow() as tx:
        lot = tx.api.lot("L1")
        assert lot is not None
        assert (lot["statut"], lot["code"], lot["envois"]) == ("retenu", "ERREUR_INTERNE", [])
        assert "déposez-le à nouveau" in lot["message"]
        assert tx.api.relancer_lot("L1")
        tx.commit()
    assert open_next(site, GivenPages([page(1, "bail")])) == "L1"
    with site.uow() as tx:
        again = tx.api.lot("L1")
        assert again is not None
        assert (again["statut"], len(again["envois"])) == ("ouvert", 2)


class TooLong(GivenPages):
    """A batch whose opening exceeds its time limit, wherever it is."""

    def apercu(self, path: Path, canal: Canal) -> Any:
        raise HorsDelai


class Killed(GivenPages):
    """A batch that takes its worker's process with it: nothing is said, and its lease ends."""

    def apercu(self, path: Path, canal: Canal) -> Any:
        raise KeyboardInterrupt


@pytest.mark.parametrize("reader", [TooLong, Killed])
def test_one_that_no_worker_gets_open_ends_held_and_is_restarted_by_a_person(
    at: tuple[Site, TurnedClock], reader: type[GivenPages], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, clock = at
    received(site, "75001_x.zip", archive(GOOD, **FILES))
    for count in range(1, ESSAIS + 1):
        with pytest.raises((HorsDelai, KeyboardInterrupt)):
            open_next(site, reader())
        assert open_next(site, GivenPages()) is None  # not at once
        (seen,) = site.work.lots_going_on(clock.now())
        assert (seen.lot, seen.essais) == ("L1", count)
        clock.advance(minutes=1)
    assert open_next(site, reader()) == ("L1" if reader is Killed else None)  # nobody tries any more
    (seen,) = site.work.lots_going_on(clock.now())
    assert seen.mis_de_cote
    assert not site.work.lots_waiting(clock.now())
    monkeypatch.setenv("DOSSIER_DATA", str(site.settings.data))
    monkeypatch.setenv("DATABASE_URL", site.settings.database_url)
    monkeypatch.delenv("REDIS_URL", raising=False)
    run = FlaskCliRunner(create_app()).invoke
    assert "mis de côté" in run(args=["travail", "etat"]).output
    assert json.loads(run(args=["travail", "etat", "--json"]).output)["mis_de_cote"] is True
    assert run(args=["travail", "relancer", "L1", "--raison", "corrigé"]).exit_code == 0
    assert open_next(site, GivenPages([page(1, "bail")])) == "L1"
    with site.uow() as tx:
        assert tx.api.lot("L1")["statut"] == "ouvert"  # type: ignore[index]


def test_a_worker_told_to_stop_gives_it_back_at_once_and_it_counts_for_nothing(
    at: tuple[Site, TurnedClock],
) -> None:
    site, _ = at
    received(site, "75001_x.zip", archive(GOOD, **FILES))

    class Told(GivenPages):
        def apercu(self, path: Path, canal: Canal) -> Any:
            raise Interrompu

    for _ in range(ESSAIS + 2):
        with pytest.raises(Interrompu):
            open_next(site, Told())
    assert open_next(site, GivenPages([page(1, "bail")])) == "L1"


def test_one_that_is_being_opened_for_long_is_nobody_elses(at: tuple[Site, TurnedClock]) -> None:
    site, clock = at
    received(site, "75001_x.zip", archive(GOOD, **FILES))

    class Slow(GivenPages):
        def apercu(self, path: Path, canal: Canal) -> Any:
            with site.uow() as tx:
                held = tx.api.lot("L1")
                assert held is not None
                assert tx.api.prolonger_lot("L1", held["reclame_par"], clock.now() + timedelta(hours=1))
                tx.commit()
            clock.advance(minutes=30)
            assert open_next(site, GivenPages()) is None
            return super().apercu(path, canal)

    assert open_next(site, Slow([page(1, "bail")])) == "L1"


def test_a_store_that_does_not_answer_is_no_fault_of_the_batch(at: tuple[Site, TurnedClock]) -> None:
    site, clock = at
    received(site, "75001_x.zip", archive(GOOD, **FILES))

    class Down(GivenPages):
        def apercu(self, path: Path, canal: Canal) -> Any:
            raise AntivirusIndisponible("pas de réponse")

    for _ in range(ESSAIS + 2):
        with pytest.raises(AntivirusIndisponible):
            open_next(site, Down())
        clock.advance(minutes=1)
    assert open_next(site, GivenPages([page(1, "bail")])) == "L1"
