"""`flask incidents`: what waits for a person, the most exposed first, and what was done about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from rich.text import Text

from intake.domain.commands import (
    Confirmer,
    Correctif,
    Decouper,
    DemanderCopie,
    Deplacer,
    DonnerNumero,
    Ecarter,
    Fusionner,
    Geste,
    Marque,
    Marquer,
    Reclasser,
    Recoupe,
    Supprimer,
    Tourner,
)
from intake.domain.envoi import Incident
from intake.domain.incident import EN_COURS, EtatIncident
from intake.domain.journal import Action
from intake.domain.motif import Gravite, Motif
from intake.errors import IncidentInconnu
from storage.follow_up_queries import FiltreIncidents, IncidentVu
from web.cli.common import (
    console,
    current_site,
    emit,
    gestes,
    json_lines_option,
    note,
    par_option,
    raison_option,
    translated,
)
from web.cli.orders import do, numero, pages, tell, tell_repair
from web.report import ranges

_GRAVITES = {
    0: ("red", "exposé"),
    1: ("yellow", "sensible"),
    2: ("yellow", "à traiter"),
    3: ("dim", "information"),
}


@click.group()
def incidents() -> None:
    """Les fiches incident."""


@incidents.command("list")
@click.option("--etat", type=click.Choice([e.value for e in EtatIncident]), help="Par défaut : en cours.")
@click.option("--tous", is_flag=True, help="Aussi ceux qui sont résolus, rejetés ou clos.")
@click.option("--motif", type=click.Choice([m.value for m in Motif]))
@click.option("--gravite", type=click.Choice([g.value for g in Gravite]))
@click.option("--envoi")
@click.option("--demande", metavar="NUMERO")
@click.option("--de", "pris_par", metavar="NOM", help="Pris en charge par cette personne.")
@click.option("--limite", type=click.IntRange(1, 10_000), default=50, show_default=True)
@json_lines_option
@translated
def incidents_list(
    etat: str | None,
    tous: bool,
    motif: str | None,
    gravite: str | None,
    envoi: str | None,
    demande: str | None,
    pris_par: str | None,
    limite: int,
    as_json: bool,
) -> None:
    """Liste les incidents : pièces sensibles exposées d'abord, puis par gravité et par âge."""
    states = None if tous else frozenset({EtatIncident(etat)}) if etat else EN_COURS
    site = current_site()
    with site.uow() as tx:
        note(site, tx, Action.CONSULTATION, "incidents")
    found = site.suivi.incidents(
        FiltreIncidents(
            etats=states,
            motif=Motif(motif) if motif else None,
            gravite=Gravite(gravite) if gravite else None,
            envoi=envoi,
            demande=demande,
            pris_par=pris_par,
            limite=limite,
        )
    )
    for seen in found:
        if as_json:
            emit(document_vu(seen))
        else:
            console.print(_line(seen))
    if not as_json and not found:
        console.print("Aucun incident.")


@incidents.command("show")
@click.argument("incident")
@json_lines_option
@translated
def incidents_show(incident: str, as_json: bool) -> None:
    """Montre un incident, sa pièce et son histoire."""
    site = current_site()
    seen = site.suivi.incident(incident)
    if seen is None:
        raise IncidentInconnu(f"L'incident {incident} n'existe pas.")
    with site.uow() as tx:
        note(site, tx, Action.CONSULTATION, f"incident {incident}", seen.demande)
    history = site.suivi.suites(incident)
    if as_json:
        lines = [
            {
                "le": s.le.isoformat(),
                "par": s.par,
                "action": s.action,
                "etat": s.etat,
                "commentaire": s.commentaire,
            }
            for s in history
        ]
        emit({**document_vu(seen), "histoire": lines})
        return
    console.print(_line(seen))
    for name, value in (
        ("Trouvé", seen.incident.trouve),
        ("Attendu", seen.incident.attendu),
        ("Pièce", seen.incident.piece and f"{seen.incident.piece}, {seen.type}, {seen.statut_piece}"),
        ("Demande", seen.demande),
        ("Signalé par", seen.incident.auteur),
    ):
        if value:
            console.print(f"  {name:<12}{value}", markup=False)
    for s in history:
        console.print(
            f"  {s.le:%d/%m/%Y %H:%M}  {s.par}  {s.action} → {s.etat}  {s.commentaire}", markup=False
        )


@incidents.command("prendre")
@click.argument("incident")
@click.option("--a-la-place-de", metavar="NOM", help="La personne qui l'a pris en charge.")
@par_option
@json_lines_option
@translated
def incidents_prendre(incident: str, a_la_place_de: str | None, par: str, as_json: bool) -> None:
    """Prend un incident en charge : une seule personne à la fois."""
    _tell(gestes(par).suivre.prendre(incident, par, a_la_place_de=a_la_place_de), as_json=as_json)


@incidents.command("commenter")
@click.argument("incident")
@click.argument("texte")
@par_option
@json_lines_option
@translated
def incidents_commenter(incident: str, texte: str, par: str, as_json: bool) -> None:
    """Ajoute un commentaire à l'histoire d'un incident."""
    _tell(gestes(par).suivre.commenter(incident, par, texte), as_json=as_json)


@incidents.command("rejeter")
@click.argument("incident")
@raison_option
@par_option
@json_lines_option
@translated
def incidents_rejeter(incident: str, raison: str, par: str, as_json: bool) -> None:
    """Rejette un incident qui n'est pas fondé."""
    _tell(gestes(par).suivre.rejeter(incident, par, raison), as_json=as_json)


@incidents.command("resoudre")
@click.argument("incident")
@click.option("--reclasser", metavar="TYPE")
@click.option("--deplacer", metavar="NUMERO", callback=numero)
@click.option("--confirmer", is_flag=True)
@click.option("--marquer", type=click.Choice([m.value for m in Marque]))
@click.option("--supprimer", is_flag=True)
@click.option("--copie", is_flag=True, help="Fait demander une nouvelle copie.")
@click.option("--tourner", type=click.Choice(["90", "180", "270"]))
@click.option("--decouper", callback=pages, metavar="5,7")
@click.option("--fusionner", metavar="PIECE")
@click.option("--numero", callback=numero, help="De qui est le groupe de pages.")
@click.option("--ecarter", is_flag=True, help="Met de côté le groupe de pages.")
@click.option("--constater", is_flag=True, help="Rien à changer : comparé avec le papier.")
@raison_option
@par_option
@json_lines_option
@translated
def incidents_resoudre(incident: str, raison: str, par: str, as_json: bool, **actions: Any) -> None:
    """Résout un incident par une action, une seule, sur ce qu'il retient."""
    chosen = [(name, value) for name, value in actions.items() if value]
    if len(chosen) != 1:
        raise click.UsageError("Dites une action, et une seule.")
    name, value = chosen[0]
    site = current_site()
    if name == "constater":
        _tell(gestes(par).suivre.constater(incident, par, raison), as_json=as_json)
        return
    seen = site.suivi.incident(incident)
    if seen is None:
        raise IncidentInconnu(f"L'incident {incident} n'existe pas.")
    geste = Geste(par, raison, incident=incident)
    if name in ("numero", "ecarter"):
        pages_of = seen.incident.pages
        if name == "numero":
            done = gestes(par).reparer.donner_numero(
                seen.incident.envoi, pages_of, DonnerNumero(value), geste
            )
        else:
            done = gestes(par).reparer.ecarter(seen.incident.envoi, pages_of, Ecarter(), geste)
        tell_repair(done, as_json=as_json)
        return
    if seen.incident.piece is None:
        raise click.UsageError("Cet incident est de tout un groupe de pages : --numero ou --ecarter.")
    tell(do(seen.incident.piece, _ORDRES[name](value), geste), as_json=as_json)


_ORDRES: dict[str, Callable[[Any], Correctif | Recoupe]] = {
    "reclasser": Reclasser,
    "deplacer": Deplacer,
    "confirmer": lambda _: Confirmer(),
    "marquer": lambda mark: Marquer(Marque(mark)),
    "supprimer": lambda _: Supprimer(),
    "copie": lambda _: DemanderCopie(),
    "tourner": lambda degrees: Tourner(int(degrees)),
    "decouper": Decouper,
    "fusionner": lambda other: Fusionner((other,)),
}


@incidents.command("clore")
@click.argument("incident")
@click.option("--raison", default="", metavar="TEXTE")
@par_option
@json_lines_option
@translated
def incidents_clore(incident: str, raison: str, par: str, as_json: bool) -> None:
    """Clôt un incident résolu ou rejeté."""
    _tell(gestes(par).suivre.clore(incident, par, raison), as_json=as_json)


def _tell(incident: Incident, *, as_json: bool) -> None:
    if as_json:
        emit(document(incident))
    else:
        hands = f" ({incident.pris_par})" if incident.pris_par else ""
        console.print(f"Incident {incident.id} : {incident.etat.value}{hands}.")


def document(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.id,
        "envoi": incident.envoi,
        "piece": incident.piece,
        "motif": incident.motif.value,
        "gravite": incident.gravite.value,
        "etat": incident.etat.value,
        "pages": list(incident.pages),
        "message": incident.message,
        "attendu": incident.attendu,
        "trouve": incident.trouve,
        "auteur": incident.auteur,
        "pris_par": incident.pris_par,
        "cree_le": incident.cree_le.isoformat(),
    }


def document_vu(seen: IncidentVu) -> dict[str, Any]:
    return {
        **document(seen.incident),
        "demande": seen.demande,
        "type": seen.type,
        "statut_piece": seen.statut_piece,
        "expose": seen.rang == 0,
    }


def _line(seen: IncidentVu) -> Text:
    """Two lines of at most 80 columns before the sentence wraps."""
    i = seen.incident
    colour, words = _GRAVITES[seen.rang]
    text = Text.assemble((i.id, "bold"), "  ", (words, colour), f"  {i.etat.value}")
    if i.pris_par:
        text.append(f" ({i.pris_par})")
    pages = ranges(list(i.pages)) if len(i.pages) < 8 else f"{i.pages[0]}–{i.pages[-1]}"
    where = f"  pages {pages}" if i.pages else ""
    return text.append(f"\n  {i.motif.value}{where}\n", "dim").append(f"  {i.message}")
