"""`flask classifier`: how right the classifier is on labelled files of yours, and the making of its model."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from classifier import build as build_classifier
from classifier.evaluate import SURE, Bilan, Cas, Etiquette, EtiquettesInvalides, etiquettes, lignes
from classifier.evaluation_html import Vignette, page
from classifier.model import FICHIER, ecrire
from intake.domain.motif import Canal
from intake.errors import IntakeError
from intake.ports import Classifier
from intake.readers.lecteur import SandboxLecteur
from intake.readers.sandbox import Sandbox
from web.cli.common import console, emit, errors, json_option, progress_bar, translated
from web.documents import read_plan
from web.rendering import PRELOAD, Dessin, Dessine, handler
from web.settings import Settings, read_settings
from web.wiring import STARTING_PLAN, make_lecteur

_THUMBNAIL, _SECONDS = 330, 20.0  # pixels across, and what drawing one may take


@click.group()
def classifier() -> None:
    """Mesure le classement sur des fichiers étiquetés, et fait apprendre son modèle."""


@classifier.command()
@click.argument("dossier", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Tous les chiffres en un objet JSON.")
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Écrit aussi une page à ouvrir."
)
@click.option(
    "--cas", type=click.Path(dir_okay=False, path_type=Path), help="Écrit aussi une ligne par fichier."
)
@click.option("--limite", type=click.IntRange(min=1), help="S'arrête après ce nombre de fichiers.")
@translated
def evaluate(dossier: Path, as_json: bool, html: Path | None, cas: Path | None, limite: int | None) -> None:
    """Classe chaque fichier du DOSSIER et compare à son étiquette.

    Les étiquettes : labels.jsonl (une ligne par fichier, « file » et « type »), ou un sous-dossier par type.
    """
    try:
        labels = etiquettes(dossier)[:limite]
    except EtiquettesInvalides as e:
        raise click.UsageError(str(e)) from e
    plan = read_plan(STARTING_PLAN)
    with progress_bar(shown=not as_json) as progress:
        found = []
        for case in _cases(dossier, labels, read_settings()):
            found.append(case)
            progress(len(found), len(labels), "fichiers")
    bilan = Bilan(found, lambda kind: plan.type_ou_inconnu(kind).categorie)
    if cas is not None:
        cas.write_text(
            "".join(json.dumps(x, ensure_ascii=False) + "\n" for x in lignes(found)), encoding="utf-8"
        )
    if html is not None:
        with closing(Sandbox(handler, workers=1, preload=PRELOAD)) as sandbox:
            html.write_text(
                page(bilan, f"Classement de {dossier.name}", _thumbnails(sandbox, dossier)), encoding="utf-8"
            )
    if as_json:
        emit(bilan.document())
    else:
        _show(bilan)


def _thumbnails(sandbox: Sandbox[Dessin, Dessine], dossier: Path) -> Vignette:
    def draw(file: str) -> bytes | None:
        (outcome,) = sandbox.run([Dessin(dossier / file, 1, _THUMBNAIL)], timeout=_SECONDS)
        return outcome.value[0] if outcome.value is not None else None

    return draw


def _cases(dossier: Path, labels: list[Etiquette], settings: Settings) -> Iterator[Cas]:
    """Files side by side, in the order of the labels: most hold one page, which one process reads."""
    mine = threading.local()
    with ExitStack() as stack:

        def work(label: Etiquette) -> Cas:
            if not hasattr(mine, "lecteur"):
                mine.lecteur = stack.enter_context(make_lecteur(replace(settings, processes=1)))
                mine.classifier = build_classifier(settings.deuxddoc_certificats)
            return _case(dossier, label, mine.lecteur, mine.classifier)

        with ThreadPoolExecutor(settings.processes) as pool:
            yield from pool.map(work, labels)


def _case(dossier: Path, label: Etiquette, lecteur: SandboxLecteur, classifier: Classifier) -> Cas:
    path = dossier / label.fichier
    try:
        seen = lecteur.apercu(path, Canal.NUMERISEUR)
        pages = list(lecteur.pages(path, range(1, seen.pages + 1)))
    except (IntakeError, OSError) as e:
        return Cas(label, None, erreur=str(e))
    start = time.thread_time()
    answer = classifier.classify([p for p in pages if p.erreur is None and not p.blanche] or pages)
    spent = time.thread_time() - start + sum(p.cpu_seconds for p in pages)
    return Cas(label, answer, len(pages), spent)


def _show(b: Bilan) -> None:
    console.print(
        Text.assemble((f"{len(b.cas)} fichiers", "bold"), f", {b.cpu_par_page:.2f} s de calcul par page")
    )
    rows = _table("Condition", "Fichiers", "Type", "Catégorie", f"Réponses ≥ {SURE}", "dont justes")
    for name, group in [*b.par_condition().items(), ("ensemble", b)]:
        sure = len(group.sures) / max(1, len(group.cas))
        cells = (group.exactitude, group.categories, sure, group.sures_justes)
        rows.add_row(name, str(len(group.cas)), *map(_pc, cells), end_section=True)
    console.print(rows)
    console.print(f"Documents étrangers au plan reconnus tels : {_pc(b.inconnus)}", highlight=False)
    refused, readable, caught, unreadable = b.lisibilite()
    if readable or unreadable:
        console.print(
            f"Lisibles refusés : {refused} sur {readable} ; illisibles refusés : {caught} sur {unreadable}"
        )
    console.print(f"Écart de calibration : {b.ecart_de_calibration:.3f}\n")
    bins = _table("Confiance", "Réponses", "Moyenne", "Justes")
    for t in reversed(b.calibration()):
        bins.add_row(f"{t.de:.1f}–{t.de + 0.1:.1f}", str(t.reponses), f"{t.confiance:.2f}", _pc(t.justes))
    console.print(bins)
    if b.champs():
        fields = _table("Champ", "Exacts", "Part")
        for name, (right, n) in b.champs().items():
            fields.add_row(name, f"{right}/{n}", _pc(right / n))
        console.print(fields)
    weak = [(k, r, n) for k, (r, n) in b.rappels().items() if r < n]
    if weak:
        types = _table("Type", "Justes", "Rappel")
        for kind, right, n in sorted(weak, key=lambda w: w[1] / w[2]):
            types.add_row(kind, f"{right}/{n}", _pc(right / n))
        console.print(types)
        wrong = _table("Attendu", "Répondu", "Fichiers")
        for expected, got, n in b.confusions()[:25]:
            wrong.add_row(expected, got, str(n))
        console.print(wrong)


def _table(*heads: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 3, 0, 0))
    for i, head in enumerate(heads):
        table.add_column(head, justify="left" if i == 0 else "right", no_wrap=True)
    return table


def _pc(value: float) -> str:
    return f"{100 * value:.1f} %".replace(".", ",")


@classifier.command()
@click.argument(
    "fichiers",
    metavar="FICHIER…",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--vers",
    type=click.Path(dir_okay=False, path_type=Path),
    default=FICHIER,
    show_default=False,
    help="Où écrire le modèle (par défaut, celui dont le programme se sert).",
)
@json_option
@translated
def train(fichiers: tuple[Path, ...], vers: Path, as_json: bool) -> None:
    """Fait apprendre le modèle de lectures étiquetées, et dit ce qu'il vaut sur ce qu'il n'a pas vu.

    Les FICHIERs : des lignes JSON du générateur de documents ou de « flask corrections export ».
    """
    from classifier.training import apprendre

    rows = [line for f in fichiers for line in f.read_text(encoding="utf-8").splitlines()]
    try:
        learnt = apprendre(rows, dire=lambda s: errors.print(s, style="dim"))
    except ValueError as e:
        raise click.UsageError(str(e)) from e
    ecrire(learnt.modele, vers)
    if as_json:
        emit(
            {
                "file": str(vers),
                "version": learnt.modele.version,
                "bytes": vers.stat().st_size,
                "examples": learnt.exemples,
                "sources": learnt.sources,
                "held_out": {
                    name: {"accuracy": v.exactitude, "confident": v.sures, "confident_right": v.sures_justes}
                    for name, v in learnt.valeurs.items()
                },
            }
        )
        return
    console.print(
        f"{learnt.exemples} exemples de {learnt.sources} sources ; modèle {learnt.modele.version}, "
        f"{vers.stat().st_size / 1e6:.1f} Mo."
    )
    table = _table("Sur des sources non apprises", "Type exact", f"Réponses ≥ {SURE}", "dont justes")
    for name, v in learnt.valeurs.items():
        table.add_row(name, _pc(v.exactitude), _pc(v.sures), _pc(v.sures_justes))
    console.print(table)
