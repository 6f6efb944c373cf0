"""`flask classifier`: a person's labelled folder gives figures and a page; labelled readings give a model."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from classifier import lexicon
from classifier.model import lire
from classifier.training import apprendre
from generator.apprentissage import exemples
from generator.textes import textes
from web.app import create_app

pytestmark = pytest.mark.slow  # whole commands

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.mark.real
def test_a_folder_by_type_is_measured(tmp_path: Path) -> None:
    for kind, sample in (("rib", "rib"), ("bourse", "bourse"), ("bail", "facture")):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "a.pdf").write_bytes((FIXTURES / "documents" / f"{sample}.pdf").read_bytes())
    (tmp_path / "rib" / "vide.pdf").write_bytes(b"")
    page, cases = tmp_path / "mesure.html", tmp_path / "cas.jsonl"
    call = ["classifier", "evaluate", str(tmp_path), "--json", "--html", str(page), "--cas", str(cases)]
    done = create_app().test_cli_runner().invoke(args=call)
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout)
    assert (figures["files"], figures["unopened"]) == (4, 1)
    assert figures["recall"]["bourse"] == {"right": 1, "files": 1}
    assert {"expected": "bail", "got": "facture", "files": 1} in figures["confusion"]
    assert len(cases.read_text().splitlines()) == 4
    assert (
        page.read_text(encoding="utf-8").count("data:image/jpeg;base64,") == 1
    )  # the one that could be drawn


@pytest.mark.parametrize("labels", ["", '{"file": "a.pdf"}', '{"file": "a.pdf", "type": "rien de tel"}', "{"])
def test_labels_that_cannot_be_used_are_told(tmp_path: Path, labels: str) -> None:
    (tmp_path / "labels.jsonl").write_text(labels)
    done = create_app().test_cli_runner().invoke(args=["classifier", "evaluate", str(tmp_path)])
    assert done.exit_code == 2
    assert "labels.jsonl" in done.stderr


def lines(kinds: tuple[str, ...]) -> list[str]:
    made = exemples(seed=4, par_modele=0, par_texte=2)
    return [json.dumps(e, ensure_ascii=False) for e in made if e["type"] in kinds]


@pytest.mark.slow
def test_the_same_lines_give_the_same_model_and_it_learns(tmp_path: Path) -> None:
    rows = lines(("rib", "facture", "bail"))
    first, second = apprendre(rows), apprendre(rows)
    assert first.modele.version == second.modele.version
    assert abs(first.modele.poids - second.modele.poids).max() < 1e-4
    assert first.modele.classes == ("bail", "facture", "rib")
    file = tmp_path / "lignes.jsonl"
    file.write_text("\n".join(rows))
    call = ["classifier", "train", str(file), "--vers", str(tmp_path / "m.npz"), "--json"]
    done = create_app().test_cli_runner().invoke(args=call)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["held_out"]["ensemble"]["accuracy"] > 0.8
    assert lire(tmp_path / "m.npz").version == told["version"]


def test_the_model_shipped_knows_every_type_and_is_small() -> None:
    from classifier.model import FICHIER

    assert set(lire(FICHIER).classes) == {*lexicon.types(), "inconnu"}
    assert FICHIER.stat().st_size < 5_000_000


def test_every_hand_written_text_can_be_filled() -> None:
    from datetime import date

    from generator.textes import remplis

    for text in textes():
        pages = remplis(text, random.Random(text.source), date(2026, 11, 15))
        assert not any("{" in line and "}" in line for page in pages for line in page), text.source
    assert {t.type for t in textes()} == {*lexicon.types(), "inconnu"}


def test_a_photo_is_judged_at_once_in_words_a_demandeur_understands() -> None:
    photos = [str(FIXTURES / "photos" / f"{name}.jpg") for name in ("droite", "doigt")]
    done = create_app().test_cli_runner().invoke(args=["photo", *photos, "--json"])
    assert done.exit_code == 0, done.output
    good, hidden = (json.loads(line) for line in done.stdout.splitlines())
    assert good["quality"] == {"readable": True, "reasons": []}
    assert hidden["quality"] == {"readable": False, "reasons": ["masque"]}
    assert hidden["sentences"] == ["Un doigt ou un objet cache une partie du document : dégagez-le."]
    told = create_app().test_cli_runner().invoke(args=["photo", *photos, "README.md"])
    assert "à refaire" in told.stdout
    assert "FORMAT_REFUSE" in told.output or "format accepté" in told.output
