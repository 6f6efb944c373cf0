"""The generator keeps its promises: same seed, same bytes; every type; every page accounted for once."""

from __future__ import annotations

import io
import json
import random
import tomllib
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageOps

from generator import corpus, envoi, marks, paquet, photo, rendu, scan, socle
from generator.people import menage
from generator.registre import REFERENCE, catalogue, generer
from intake.domain.motif import Motif, StatutPiece
from intake.domain.numero import lire

RACINE = Path(__file__).resolve().parents[2]
FIXTURES = RACINE / "fixtures"
NETTE = scan.Reglage(dpi=100)


def _types_du_plan() -> set[str]:
    plan = tomllib.loads((RACINE / "web" / "plan-de-classement.toml").read_text(encoding="utf-8"))
    return {t["code"] for t in plan["type"]}


def _demo() -> dict[str, object]:
    return json.loads((FIXTURES / "demo" / "expected.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def test_every_type_has_at_least_three_layouts() -> None:
    comptes = {code: len(modeles) for code, modeles in catalogue().items()}
    assert len(comptes) == 48
    assert {code for code, n in comptes.items() if n < 3} == set()
    frequents = (
        "bulletin_salaire",
        "avis_imposition",
        "quittance_loyer",
        "carte_identite",
        "attestation_caf",
        "bail",
    )
    assert all(comptes[code] >= 4 for code in frequents)


def test_types_are_those_of_the_plan() -> None:
    assert set(catalogue()) == _types_du_plan()


def test_categories_of_the_expected_results_cover_every_piece_type() -> None:
    feuilles = {"bordereau_transmission", "fiche_recapitulative"}
    assert set(envoi.CATEGORIE_DE) == set(catalogue()) - feuilles


@pytest.mark.slow
@pytest.mark.parametrize("code", sorted(catalogue()))
def test_each_layout_draws_a_readable_document(code: str) -> None:
    for nom, _ in catalogue()[code]:
        doc = generer(code, random.Random(f"{code}/{nom}"), nom_modele=nom)
        lu = pypdfium2.PdfDocument(doc.pdf)
        try:
            assert len(lu) == doc.pages
            texte = "".join(page.get_textpage().get_text_range() for page in lu)
        finally:
            lu.close()
        assert len(texte.split()) > 8, f"{nom} : presque rien d'écrit"
        assert date.fromisoformat(doc.champs["date"]) <= REFERENCE


@pytest.mark.slow
def test_same_seed_same_bytes_and_labels(tmp_path: Path) -> None:
    types = ["avis_imposition", "carte_identite", "certificat_medical"]
    for condition in ("natif", "mauvais", "photo"):
        un, deux = tmp_path / f"{condition}1", tmp_path / f"{condition}2"
        for vers in (un, deux):
            corpus.documents(vers, seed=5, par_type=1, condition=condition, types=types)
        fichiers = sorted(p.relative_to(un) for p in un.rglob("*") if p.is_file())
        assert len(fichiers) == 4
        assert all((un / f).read_bytes() == (deux / f).read_bytes() for f in fichiers)


def test_another_seed_gives_other_people() -> None:
    uns = {menage(random.Random(i), REFERENCE).numero for i in range(40)}
    assert len(uns) == 40
    assert all(n.startswith("999") and lire(n) for n in uns)


def _compose(seed: int, *incidents: str, demandes: int = 9) -> envoi.Envoi:
    rng = corpus.graine(seed, "essai")
    e = envoi.compose(rng, demandes=demandes, incidents=incidents)
    envoi.deplie(e, rng)
    return e


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_each_page_of_an_envoi_is_accounted_for_once(seed: int) -> None:
    e = _compose(seed, *envoi.INCIDENTS)
    resultat = paquet.attendu(e, "envoi.pdf")
    assert [p["page"] for p in resultat["pages"]] == list(range(1, len(e.feuilles) + 1))
    par_piece = Counter(p["piece"] for p in resultat["pages"] if p["nature"] == "piece")
    assert set(par_piece) == set(range(len(resultat["pieces"])))
    for i, piece in enumerate(resultat["pieces"]):
        debut, fin = piece["pages"]
        dedans = [p for p in resultat["pages"] if debut <= p["page"] <= fin]
        # Between its first and last page a piece holds its own pages and blank versos, nothing else.
        assert {p["piece"] for p in dedans} == {i}
        assert {p["nature"] for p in dedans} <= {"piece", "verso"}
    assert sum(p["nature"] in ("fiche", "attestation") for p in resultat["pages"]) == len(e.groupes) - 1


@pytest.mark.slow
def test_each_incident_is_injected_and_named_with_the_project_s_words() -> None:
    resultat = paquet.attendu(_compose(3, *envoi.INCIDENTS), "envoi.pdf")
    motifs = {i["motif"] for i in resultat["incidents"]}
    assert motifs == {
        "SANS_FICHE", "COMPTE_INEXACT", "NUMERO_INCONNU", "DEMANDE_RADIEE", "QR_FALSIFIE", "NUMERO_ILLISIBLE",
        "IDENTITE_INCOHERENTE", "DOUBLON", "CATEGORIE_PLEINE",
        "HORS_PERIMETRE", "OBSOLETE", "ILLISIBLE", "INCOMPLETE",
    }  # fmt: skip
    assert motifs <= {m.value for m in Motif}
    assert {p["statut"] for p in resultat["pieces"]} <= {s.value for s in StatutPiece}


def test_without_bordereau_the_envoi_says_so() -> None:
    resultat = paquet.attendu(_compose(1, "sans_bordereau", demandes=2), "envoi.pdf")
    assert resultat["incidents"][0]["motif"] == "SANS_BORDEREAU"
    assert all(p["nature"] != "bordereau" for p in resultat["pages"])


def test_register_holds_every_known_number_and_not_the_unknown_one() -> None:
    e = _compose(2, "numero_inconnu", "demande_radiee", demandes=4)
    registre = {m.numero: m.statut for m in e.registre}
    for g in e.groupes:
        attendu = {"numero_inconnu": None, "demande_radiee": "radiee"}.get(g.incident or "", "active")
        assert registre.get(g.menage.numero) == attendu


def test_asking_for_more_incidents_than_demandes_is_refused() -> None:
    with pytest.raises(ValueError, match="pas assez de demandes"):
        _compose(1, *envoi.INCIDENTS, demandes=3)
    with pytest.raises(ValueError, match="incidents inconnus : foudre"):
        _compose(1, "foudre")


@pytest.mark.slow
def test_a_small_envoi_is_written_as_pdf_and_as_tiff(tmp_path: Path) -> None:
    for format_, mode in (("pdf", "gris"), ("tiff", "noir")):
        rng = corpus.graine(8, format_)
        e = envoi.compose(rng, demandes=1)
        envoi.deplie(e, rng)
        fichier = paquet.enregistre(e, tmp_path / format_, "envoi", rng, scan.Reglage(100, mode), format_)
        if format_ == "pdf":
            lu = pypdfium2.PdfDocument(fichier)
            pages = len(lu)
            lu.close()
        else:
            with Image.open(fichier) as image:
                pages = getattr(image, "n_frames", 1)
        resultat = json.loads((tmp_path / format_ / "expected.json").read_text(encoding="utf-8"))
        assert pages == len(resultat["pages"]) > 2


def test_printed_code_is_read_back_and_a_crossed_one_is_not() -> None:
    m = menage(random.Random(4), REFERENCE)
    for abime in (False, True):
        parametres = {"forme": "du1_signe", **({"qr_abime": "1"} if abime else {})}
        doc = generer("attestation_renouvellement", random.Random(9), m=m, parametres=parametres)
        lus = zxingcpp.read_barcodes(next(rendu.pages(doc.pdf, 150)))
        if abime:
            assert not lus
        else:
            assert [b.text for b in lus] == [doc.champs["qr"]]
            corps, _, signature = lus[0].text.partition(";S=")
            assert signature == marks.signature(corps)
            assert marks.falsifie(lus[0].text) != lus[0].text


def test_black_and_white_page_survives_the_group_four_writer(tmp_path: Path) -> None:
    page = Image.new("1", (400, 300), 1)
    page.paste(0, (50, 60, 150, 90))
    with rendu.EcrivainPdf(tmp_path / "g4.pdf") as pdf:
        pdf.page(page, 100)
    lu = pypdfium2.PdfDocument(tmp_path / "g4.pdf")
    image = lu[0].render(scale=100 / 72).to_pil().convert("L")
    lu.close()
    assert image.getpixel((100, 75)) == 0
    assert image.getpixel((10, 10)) == 255


@pytest.mark.parametrize("exif", [1, 3, 6, 8])
def test_photo_stands_upright_once_its_exif_tag_is_obeyed(exif: int) -> None:
    page = Image.new("RGB", (800, 1100), "white")
    page.paste((0, 0, 0), (100, 80, 700, 200))  # a dark heading: it must end up at the top
    prise = photo.Prise(exif=exif, cote=600, ombre=0.0)
    with Image.open(io.BytesIO(photo.photographie(page, prise, random.Random(1)))) as brut:
        droite = ImageOps.exif_transpose(brut).convert("L")
    assert droite.height > droite.width
    haut, bas = droite.crop((120, 70, 330, 90)), droite.crop((120, 480, 330, 500))
    assert int(np.asarray(haut).max()) < int(np.asarray(bas).min())


def test_mrz_check_digits_follow_the_standard_s_example() -> None:
    assert marks.cle_mrz("520727") == "3"  # ICAO 9303 part 3, worked example
    assert marks.cle_mrz("AB2134<<<") == "5"
    for seed in range(30):
        rng = random.Random(seed)
        m = menage(rng, REFERENCE)
        assert [len(x) for x in marks.td1(m.demandeur, "X4RTBPFW4", REFERENCE)] == [30, 30, 30]
        assert [len(x) for x in marks.td3(m.demandeur, "23AB45678", REFERENCE)] == [44, 44]
        assert [len(x) for x in marks.td2_ancienne_carte(rng, m.demandeur, REFERENCE)] == [36, 36]


@pytest.mark.slow
def test_large_file_has_the_pages_asked_for(tmp_path: Path) -> None:
    corpus.gros(tmp_path / "gros.pdf", seed=1, pages=7)
    lu = pypdfium2.PdfDocument(tmp_path / "gros.pdf")
    assert len(lu) == 7
    lu.close()


def test_committed_set_is_small_and_complete() -> None:
    fichiers = [p for d in ("demo", "documents", "photos") for p in (FIXTURES / d).rglob("*") if p.is_file()]
    assert 3_000_000 < sum(p.stat().st_size for p in fichiers) < 15_000_000
    for dossier in ("documents", "photos"):
        labels = [
            json.loads(x)
            for x in (FIXTURES / dossier / "labels.jsonl").read_text(encoding="utf-8").splitlines()
        ]
        presents = {p.name for p in (FIXTURES / dossier).iterdir() if p.suffix != ".heic"} - {"labels.jsonl"}
        assert {x["file"] for x in labels} == presents
    assert {p.stem for p in (FIXTURES / "documents").glob("*.pdf")} == set(catalogue())


def test_committed_demo_shows_five_kinds_of_incidents_and_counts_its_pages() -> None:
    attendu = _demo()
    pages, incidents = attendu["pages"], attendu["incidents"]
    assert isinstance(pages, list)
    assert isinstance(incidents, list)
    lu = pypdfium2.PdfDocument(FIXTURES / "demo" / "demo.pdf")
    assert len(lu) == len(pages)
    lu.close()
    assert len({i["motif"] for i in incidents}) >= 5
    natures = Counter(p["nature"] for p in pages)
    assert natures["verso"] >= 3
    assert natures["fiche"] + natures["attestation"] == 3
    assert any(p["rotation"] == 180 for p in pages)
    assert any(p.get("etat") == "photo" for p in pages)


def test_readme_names_every_committed_folder() -> None:
    texte = (FIXTURES / "README.md").read_text(encoding="utf-8")
    assert all(nom in texte for nom in ("demo/", "documents/", "photos/", "python -m generator socle"))
    for nom, *_ in socle.PHOTOS:
        assert f"photos/{nom}.jpg" in texte


def test_committed_demo_is_what_the_generator_says_today() -> None:
    e = socle.compose_demo()
    assert json.loads(json.dumps(paquet.attendu(e, "demo.pdf"))) == _demo()
    registre = (FIXTURES / "demo" / "demandes.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(x) for x in registre] == [m.registre(e.reference) for m in e.registre]


def test_a_tiff_holds_pages_in_black_and_white_beside_grey_ones(tmp_path: Path) -> None:
    for modes in (("1", "L", "1"), ("L", "1")):
        rendu.tiff((Image.new(mode, (80, 100), 1) for mode in modes), tmp_path / "envoi.tif", 100)
        with Image.open(tmp_path / "envoi.tif") as read:
            kinds = []
            for index in range(getattr(read, "n_frames", 1)):
                read.seek(index)
                kinds.append((read.mode, read.info["compression"]))
        assert kinds == [(mode, "group4" if mode == "1" else "jpeg") for mode in modes]
