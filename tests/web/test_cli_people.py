"""What people do at the command line: corrections, incidents, examples; at 80 columns, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result

from intake.domain.motif import Canal
from readings import FAURE, MARTIN, N1, N2, page, piece
from site_for_tests import TestSite
from web.app import create_app

pytestmark = pytest.mark.slow  # whole files, or whole commands

Run = Callable[..., Result]
PAGES = (
    page(1, "A", MARTIN, code=N1),
    piece(2, "bail", MARTIN),
    piece(3, "bulletin_salaire", FAURE),
    page(4, "inconnu", MARTIN, "NIR : 2 85 05 78 006 084 36", f"Numéro {N1}"),
)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestSite:
    for name in ("DATABASE_URL", "S3_BUCKET", "S3_ENDPOINT_URL", "QR_SIGNING_KEY", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOSSIER_DATA", str(tmp_path / "site"))
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "site").mkdir()
    return TestSite(f"sqlite:///{tmp_path}/site/dossier.db", tmp_path)


@pytest.fixture
def run() -> Run:
    runner = create_app().test_cli_runner()

    def call(*words: object, code: int = 0) -> Result:
        done = runner.invoke(args=[str(w) for w in words])
        assert done.exit_code == code, done.output
        return done

    return call


WHY = ("--raison", "vu sur l'original", "--par", "alice")


def test_corrections_and_their_examples(site: TestSite, run: Run) -> None:
    bail, slip, unknown = (p.id for p in site.deposit(*PAGES, canal=Canal.GUICHET).pieces)
    run("pieces", "deplacer", bail, N2, *WHY, code=1)
    moved = json.loads(run("pieces", "deplacer", slip, N2, *WHY, "--json").stdout)
    assert (moved["numero_unique"], moved["statut"], moved["version"]) == (N2, "deposee", 2)
    shown = run("pieces", "reclasser", unknown, "rib", "--personne", "D", *WHY).stdout
    assert "deposee" in shown
    run("pieces", "reclasser", unknown, "bail", *WHY)
    run("pieces", "reclasser", unknown, "rib", "--vu", 1, *WHY, code=1)
    run("pieces", "marquer", bail, "obsolete", *WHY)
    run("pieces", "marquer", bail, "aucune", *WHY)
    run("pieces", "supprimer", bail, *WHY)
    run("pieces", "supprimer", bail, "--par", "alice", code=2)
    history = [json.loads(line) for line in run("pieces", "histoire", unknown, "--json").stdout.splitlines()]
    assert [(h["par"], h["apres"]["type"]) for h in history] == [("alice", "rib"), ("alice", "bail")]
    (example,) = [json.loads(line) for line in run("corrections", "export").stdout.splitlines()]
    assert set(example) == {"type", "avant", "pages", "piece", "le"}
    assert (example["type"], example["avant"], example["piece"]) == ("bail", "inconnu", unknown)
    (read,) = example["pages"]
    assert set(read) == {"lignes", "largeur", "hauteur", "confiance"}
    assert set(read["lignes"][0]) == {"texte", "boite", "confiance"}
    words = [line["texte"] for line in read["lignes"]]
    assert "NIR : • •• •• •• ••• ••• ••" in words
    assert f"Numéro {N1}" in words


def test_incidents_at_80_columns(site: TestSite, run: Run) -> None:
    done = site.deposit(*PAGES, canal=Canal.GUICHET)
    held = f"{done.pieces[1].id}-I"
    for words in (("list",), ("show", held)):
        shown = run("incidents", *words).stdout
        assert held in shown
        assert max(len(line) for line in shown.splitlines()) <= 80
    assert (
        json.loads(run("incidents", "list", "--json", "--motif", "IDENTITE_INCOHERENTE").stdout)["id"] == held
    )
    run("incidents", "prendre", held, "--par", "alice")
    run("incidents", "prendre", held, "--par", "bob", code=1)
    run("incidents", "commenter", held, "je regarde", "--par", "alice")
    run("incidents", "rejeter", held, *WHY, code=1)
    run("incidents", "resoudre", held, "--confirmer", "--raison", "non", "--par", "bob", code=1)
    run("incidents", "resoudre", held, *WHY, code=2)
    run("incidents", "resoudre", held, "--confirmer", "--supprimer", *WHY, code=2)
    run("incidents", "resoudre", held, "--deplacer", N2, *WHY)
    run("incidents", "clore", held, "--par", "alice")
    told = json.loads(run("incidents", "show", held, "--json").stdout)
    assert (told["etat"], told["demande"]) == ("close", N2)
    assert [h["action"] for h in told["histoire"]] == ["prendre", "commenter", "deplacer", "clore"]
    run("pieces", "signaler", done.pieces[0].id, "--motif", "MAL_CLASSEE", *WHY)
    run("incidents", "show", "E-rien", code=1)


def test_a_held_group_is_repaired(site: TestSite, run: Run) -> None:
    done = site.deposit(page(1, "F", code="DU1;T=FIC;N=999012400099975001;P=1"), piece(2, "bail", MARTIN))
    envoi = done.pieces[0].envoi
    held = json.loads(run("incidents", "list", "--motif", "NUMERO_INCONNU", "--json").stdout)
    run("envois", "reparer", envoi, "--pages", "1-x", "--numero", N1, *WHY, code=2)
    run("envois", "reparer", envoi, *WHY, code=2)
    run("envois", "reparer", envoi, "--bordereau", "--guichet", "75001", "--fiches", 1, "--pieces", 1, *WHY)
    told = json.loads(run("incidents", "resoudre", held["id"], "--numero", N1, *WHY, "--json").stdout)
    assert [(p["numero_unique"], p["statut"]) for p in told["pieces"]] == [(N1, "deposee")]
    assert told["statut"] == "traitee"
    run("envois", "reparer", envoi, "--ecarter", *WHY, code=1)


def test_an_import_takes_up_what_waited(site: TestSite, run: Run, tmp_path: Path) -> None:
    site.deposit(page(1, "A", MARTIN, code="999012400099975001"), piece(2, "bail", MARTIN))
    register = tmp_path / "r.jsonl"
    person = {"rang": "D", "civilite": "MME", "nom": "MARTIN", "prenom": "Camille"}
    register.write_text(
        json.dumps({"numero_unique": "999012400099975001", "statut": "active", "personnes": [person]})
    )
    told = json.loads(run("demandes", "import", register, "--json").stdout)
    assert (told["demandes"], told["pieces_reprises"], told["pieces_deposees"]) == (1, 1, 1)


def test_the_journal_has_the_name_given_at_the_command_line(site: TestSite, run: Run) -> None:
    done = site.deposit(*PAGES, canal=Canal.GUICHET)
    run("pieces", "supprimer", done.pieces[0].id, *WHY)
    run("incidents", "list")
    run("corrections", "export")
    with site.uow() as tx:
        lines = [(x.action, json.loads(x.contenu or "{}")["nom"]) for x in tx.journal.lignes()]
    assert ("suppression", "Ligne de commande (alice)") in lines
    assert [action for action, _ in lines[-2:]] == ["consultation", "export"]


def test_time_at_the_command_line(site: TestSite, run: Run) -> None:
    site.clock.moment = datetime.now(UTC)
    site.deposit(piece(1, "bail", MARTIN), canal=Canal.GUICHET)
    site.clock.moment -= timedelta(days=40)
    site.deposant = "guichet:92002"  # whom nobody can remind
    old = site.deposit(piece(1, "rib", MARTIN), canal=Canal.GUICHET, name="vieux").pieces[0]
    assert json.loads(run("pieces", "delais", "--json").stdout)["piece"] == old.id
    for dry in (("--a-blanc",), ()):
        end = json.loads(run("purge", *dry, "--json").stdout)
        assert (end["envoi"], end["pieces"], end["a_blanc"]) == (old.envoi, 1, bool(dry))
    assert "0 dossier(s) purgé(s)" in run("purge").stdout


def test_pieces_are_searched_by_their_words(site: TestSite, run: Run) -> None:
    bail, slip, unknown = (p.id for p in site.deposit(*PAGES, canal=Canal.GUICHET).pieces)

    def found(*words: str) -> list[str]:
        return [json.loads(x)["id"] for x in run("pieces", "chercher", *words, "--json").stdout.splitlines()]

    assert found("mots", "lus") == [bail, slip]
    assert found("mot", "faure") == [slip]
    assert found("mots lus sans peine") == found('"mots lus sans peine"') == [bail, slip]
    assert found("mots peine lus sans") == found("pei") == []
    assert found("pei*", "--nom", "martin", "--statut", "deposee") == [bail]
    assert found("--numero", N1[:8], "--statut", "a_verifier") == [slip, unknown]
    assert found("--envoi", "E-autre") == found("2850578006084") == found('"') == []
    assert found("--jusqu-a", "2020-01-01") == []
    shown = run("pieces", "chercher", "bail", "martin", "--par", "alice").stdout
    assert bail in shown
    assert "1 pièce(s)." in shown
    assert "--limite 2" in run("pieces", "chercher", "--limite", 1).stdout
    told = [x for x in site.logged() if x[0] == "recherche" and x[3] == "pieces_chercher"]
    assert {x[1] for x in told} == {None, N1}
