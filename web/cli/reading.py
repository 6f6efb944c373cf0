"""`flask decode`, `classify` and `photo`: what the readers see, with nothing received and nothing filed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from classifier import build as build_classifier
from classifier import sentences
from intake.domain.lecture import PageLue, SymboleLu
from intake.domain.motif import Canal
from intake.domain.plan import PlanDeClassement
from intake.errors import FichierCorrompu, IntakeError
from intake.marks import Marque, imprimee, interpret
from intake.ports import Classifier
from intake.readers.lecteur import SandboxLecteur
from web.cli.common import (
    console,
    emit,
    files_argument,
    is_ours,
    json_option,
    must_exist,
    one_file,
    printable,
    progress_bar,
    shown,
    translated,
)
from web.documents import read_plan
from web.settings import read_settings
from web.wiring import STARTING_PLAN, make_lecteur, make_regard


@click.command()
@files_argument
@json_option
@translated
def decode(files: tuple[Path, ...], as_json: bool) -> None:
    """Lit les codes (QR, Data Matrix, 2D-Doc) de chaque page et dit ce qu'ils signifient.

    Où une feuille porte un code illisible, son numéro imprimé est proposé (code « OCR »), à confirmer.
    """
    settings = read_settings()
    seen: list[IntakeError] = []
    with make_lecteur(settings, "codes illisibles") as lecteur:
        for file in files:
            with one_file(file, as_json=as_json) as failed:
                _decode_one(lecteur, file, settings.qr_signing_keys, as_json=as_json)
            seen += failed
    if any(is_ours(e) for e in seen):
        raise SystemExit(1)


def _decode_one(lecteur: SandboxLecteur, file: Path, keys: tuple[bytes, ...], *, as_json: bool) -> None:
    pages = _read(lecteur, file, as_json=as_json)
    marks = {p.numero: _marks(p, keys) for p in pages}
    if as_json:
        emit({"file": shown(file), "pages": [_page_document(p, marks[p.numero]) for p in pages]})
    else:
        _decode_table(file, marks)


def _marks(page: PageLue, keys: tuple[bytes, ...]) -> list[tuple[SymboleLu, Marque]]:
    """What was decoded; failing that, what a sheet shows in print, which `ingest` never sees as a code."""
    printed = None if page.symboles else imprimee(page.texte)
    if printed is not None:
        return [(SymboleLu(printed.symbologie, printed.texte, par="imprimé"), printed)]
    return [(s, interpret(s, keys)) for s in page.symboles]


def _page_document(page: PageLue, marks: list[tuple[SymboleLu, Marque]]) -> dict[str, Any]:
    found = [
        {
            "symbology": s.symbologie,
            "text": s.texte,
            "kind": m.genre.value,
            "numero_unique": m.numero_unique,
            "signature": m.signature.value,
            "box": list(s.boite) if s.boite else None,
            "rung": s.par,
        }
        for s, m in marks
    ]
    answer: dict[str, Any] = {"page": page.numero, "marks": found}
    if page.erreur is not None:
        answer["error"] = {"code": page.erreur.code, "message": page.erreur.message}
    return answer


def _decode_table(file: Path, marks: dict[int, list[tuple[SymboleLu, Marque]]]) -> None:
    table = Table(
        box=None, pad_edge=False, header_style="dim", title=Text(printable(file)), title_justify="left"
    )
    for name in ("Page", "Code", "Feuille", "Numéro unique", "Signature", "Texte"):
        table.add_column(name, overflow="ellipsis", no_wrap=True)
    for page, found in marks.items():
        for symbole, marque in found:
            table.add_row(
                str(page),
                symbole.symbologie,
                marque.genre.value,
                marque.numero_unique or "—",
                marque.signature.value,
                Text(symbole.texte),
            )
    console.print(table if table.row_count else Text(f"{printable(file)} : aucun code."))


@click.command()
@files_argument
@json_option
@translated
def classify(files: tuple[Path, ...], as_json: bool) -> None:
    """Reconnaît chaque fichier comme un seul document : type, confiance, indices, lisibilité, champs lus."""
    plan = read_plan(STARTING_PLAN)
    settings = read_settings()
    classifier = build_classifier(settings.deuxddoc_certificats)
    seen: list[IntakeError] = []
    with make_lecteur(settings) as lecteur:
        for file in files:
            with one_file(file, as_json=as_json) as failed:
                report = _classify_one(lecteur, classifier, file, plan, as_json=as_json)
                if as_json:
                    emit(report)
                else:
                    _classify_lines(report, plan.type_ou_inconnu(report["type"]).libelle)
            seen += failed
    if any(is_ours(e) for e in seen):
        raise SystemExit(1)


def _classify_one(
    lecteur: SandboxLecteur, classifier: Classifier, file: Path, plan: PlanDeClassement, *, as_json: bool
) -> dict[str, Any]:
    start = time.process_time()
    pages = _read(lecteur, file, as_json=as_json)
    _openable(pages)
    answer = classifier.classify([p for p in pages if p.erreur is None and not p.blanche] or pages)
    return {
        "file": shown(file),
        "pages": len(pages),
        "type": answer.type,
        "categorie": plan.type_ou_inconnu(answer.type).categorie,
        "confidence": round(answer.confidence, 4),
        "evidence": list(answer.evidence),
        "quality": {"readable": answer.qualite.lisible, "reasons": list(answer.qualite.raisons)},
        "fields": dict(answer.fields),
        "places": {name: {"page": p.page, "box": list(p.boite)} for name, p in answer.lieux.items()},
        "cpu_seconds": round(time.process_time() - start + sum(p.cpu_seconds for p in pages), 3),
    }


@click.command()
@files_argument
@json_option
@translated
def photo(files: tuple[Path, ...], as_json: bool) -> None:
    """Dit aussitôt, sans lire le texte, si chaque photo peut servir, et sinon que faire (R6)."""
    seen: list[IntakeError] = []
    with make_regard() as regard:
        for file in files:
            with one_file(file, as_json=as_json) as failed:
                must_exist(file)
                verdict = regard(file)
                if as_json:
                    quality = {"readable": verdict.lisible, "reasons": list(verdict.raisons)}
                    emit({"file": shown(file), "quality": quality, "sentences": list(sentences(verdict))})
                else:
                    console.print(f"[bold]{shown(file)}[/]  {'lisible' if verdict.lisible else 'à refaire'}")
                    for phrase in sentences(verdict):
                        console.print(f"  · {phrase}", markup=False)
            seen += failed
    if any(is_ours(e) for e in seen):
        raise SystemExit(1)


def _openable(pages: Sequence[PageLue]) -> None:
    broken = [p for p in pages if p.erreur is not None]
    if pages and len(broken) == len(pages) and broken[0].erreur is not None:
        raise FichierCorrompu(broken[0].erreur.message, code=broken[0].erreur.code)


def _classify_lines(report: dict[str, Any], libelle: str) -> None:
    console.print(
        f"[bold]{report['file']}[/]  {libelle}  [dim]({report['type']}, {report['confidence']:.2f})[/]"
    )
    for phrase in report["evidence"]:
        console.print(f"  · {phrase}", markup=False)
    if report["quality"]["reasons"]:
        words = "lisible" if report["quality"]["readable"] else "illisible"
        console.print(f"  qualité : {words} ({', '.join(report['quality']['reasons'])})")
    for name, value in report["fields"].items():
        console.print(f"  {name} : {value}", markup=False)


def _read(lecteur: SandboxLecteur, file: Path, *, as_json: bool) -> list[PageLue]:
    with progress_bar(shown=not as_json) as progress:
        must_exist(file)
        seen = lecteur.apercu(file, Canal.NUMERISEUR)
        pages = []
        for page in lecteur.pages(file, range(1, seen.pages + 1)):
            pages.append(page)
            progress(len(pages), seen.pages, "lecture")
    return pages
