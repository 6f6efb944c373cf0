"""`flask comptes`, `flask jetons` and `flask courriers`: who may come in, and the mails they get."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from intake.domain.acces import ROLES_AGENT, ROLES_LOGICIEL, SYSTEME, Compte, Jeton, Portee, Role
from intake.errors import CompteInvalide
from web.access.agents import Remis
from web.cli.common import console, current_site, emit, json_option, translated
from web.mail import deliver


def _choices(roles: frozenset[Role]) -> click.Choice[str]:
    return click.Choice(sorted(r.value for r in roles))


_territoire = click.option(
    "--territoire", "territoires", multiple=True, metavar="CODE", help="Trois caractères ; répétable."
)
_sensible = click.option("--sensible", is_flag=True, help="Habilité aux pièces sensibles (R31).")


_certificat = click.option(
    "--certificat",
    type=click.Path(path_type=Path),
    default=None,
    metavar="FICHIER.pem",
    help="Le certificat client qui tient lieu de secret ; l'accès finit au plus tard avec lui.",
)


@click.group()
def comptes() -> None:
    """Les comptes des agents : une personne, un rôle, un guichet, des territoires."""


@comptes.command("creer")
@click.argument("identifiant")
@click.option("--nom", required=True, help="Prénom et nom de la personne.")
@click.option("--courriel", required=True)
@click.option("--role", required=True, type=_choices(ROLES_AGENT))
@click.option("--guichet", default=None)
@_territoire
@_sensible
@click.option(
    "--mot-de-passe-stdin", "stdin", is_flag=True, help="Lit le mot de passe sur l'entrée standard."
)
@click.option("--oidc", is_flag=True, help="Sans mot de passe : par le fournisseur d'identité seulement.")
@json_option
@translated
def creer(
    identifiant: str,
    nom: str,
    courriel: str,
    role: str,
    guichet: str | None,
    territoires: tuple[str, ...],
    sensible: bool,
    stdin: bool,
    oidc: bool,
    as_json: bool,
) -> None:
    """Crée un compte, et montre une seule fois son mot de passe et son second facteur."""
    password = sys.stdin.readline().rstrip("\n") if stdin else None
    handed = current_site().agents.creer(
        SYSTEME,
        identifiant,
        nom,
        courriel,
        Role(role),
        guichet=guichet,
        territoires=territoires,
        sensible=sensible,
        mot_de_passe=password,
        local=not oidc,
    )
    _hand(handed, told=password is None, as_json=as_json)


def _hand(handed: Remis, *, told: bool, as_json: bool) -> None:
    if not handed.local:
        if as_json:
            emit({"identifiant": handed.compte.identifiant, "oidc": handed.compte.courriel})
        else:
            console.print(
                f"Compte {handed.compte.identifiant} : s'ouvre par le fournisseur d'identité, au courriel "
                f"vérifié {handed.compte.courriel}.",
                markup=False,
            )
        return
    if as_json:
        answer = {"identifiant": handed.compte.identifiant, "totp": handed.totp, "otpauth": handed.uri}
        emit({**answer, "mot_de_passe": handed.mot_de_passe} if told else answer)
        return
    console.print(f"Compte {handed.compte.identifiant} : à remettre à la personne, ceci ne sera plus montré.")
    if told:
        console.print(f"  mot de passe   {handed.mot_de_passe}", markup=False)
    console.print(f"  second facteur {handed.uri}", markup=False, soft_wrap=True)


@comptes.command("lister")
@json_option
@translated
def lister(as_json: bool) -> None:
    """Liste les comptes, actifs et désactivés."""
    site = current_site()
    with site.uow() as tx:
        found = tx.acces.comptes.lister()
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("Identifiant", "Nom", "Rôle", "Guichet", "Territoires", "Sensible", "État"):
        table.add_column(name)
    for c in found:
        locked = c.verrouille(site.clock.now())
        state = "désactivé" if not c.actif else "verrouillé" if locked else "actif"
        if as_json:
            emit({**_account(c), "etat": state})
        table.add_row(
            c.identifiant,
            c.nom,
            c.role.value,
            c.guichet or "",
            " ".join(sorted(c.territoires)),
            "oui" if c.sensible else "",
            state,
        )
    if not as_json:
        console.print(table)


def _account(c: Compte) -> dict[str, Any]:
    return {
        "identifiant": c.identifiant,
        "nom": c.nom,
        "courriel": c.courriel,
        "role": c.role.value,
        "guichet": c.guichet,
        "territoires": sorted(c.territoires),
        "sensible": c.sensible,
    }


@comptes.command("desactiver")
@click.argument("identifiant")
@translated
def desactiver(identifiant: str) -> None:
    """Ferme un compte et ses sessions, tout de suite ; ce qu'il a fait reste au journal."""
    current_site().agents.desactiver(SYSTEME, identifiant)
    console.print(f"Compte {identifiant} désactivé, sessions closes.", markup=False)


@comptes.command("reactiver")
@click.argument("identifiant")
@translated
def reactiver(identifiant: str) -> None:
    """Rouvre un compte désactivé ou verrouillé."""
    current_site().agents.reactiver(SYSTEME, identifiant)
    console.print(f"Compte {identifiant} actif.", markup=False)


@comptes.command("delier")
@click.argument("identifiant")
@translated
def delier(identifiant: str) -> None:
    """Oublie qui est la personne pour le fournisseur d'identité ; ses sessions finissent."""
    current_site().agents.delier(SYSTEME, identifiant)
    console.print(f"Compte {identifiant} délié du fournisseur d'identité.", markup=False)


@comptes.command("renouveler")
@click.argument("identifiant")
@json_option
@translated
def renouveler_compte(identifiant: str, as_json: bool) -> None:
    """Donne un mot de passe et un second facteur neufs à une personne qui les a perdus."""
    _hand(current_site().agents.renouveler(SYSTEME, identifiant), told=True, as_json=as_json)


@click.group()
def jetons() -> None:
    """Les jetons des logiciels d'un guichet ou du numériseur (R38)."""


@jetons.command("creer")
@click.argument("libelle")
@click.option("--guichet", required=True)
@click.option("--role", required=True, type=_choices(ROLES_LOGICIEL))
@click.option(
    "--portee", "portees", multiple=True, required=True, type=click.Choice([p.value for p in Portee])
)
@click.option("--courriel", required=True, help="Qui est prévenu 60, 30 et 7 jours avant la fin.")
@click.option("--jours", default=365, show_default=True)
@_territoire
@_sensible
@_certificat
@json_option
@translated
def creer_jeton(
    libelle: str,
    guichet: str,
    role: str,
    portees: tuple[str, ...],
    courriel: str,
    jours: int,
    territoires: tuple[str, ...],
    sensible: bool,
    certificat: Path | None,
    as_json: bool,
) -> None:
    """Crée un jeton et le montre une seule fois ; ou ouvre l'accès à un certificat client."""
    made, text = current_site().jetons.creer(
        SYSTEME,
        libelle,
        guichet,
        Role(role),
        [Portee(p) for p in portees],
        courriel,
        jours=jours,
        territoires=territoires,
        sensible=sensible,
        certificat=_pem(certificat),
    )
    _hand_token(made, text, as_json=as_json)


def _pem(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as e:
        raise CompteInvalide(f"Le certificat « {path.name} » ne peut pas être lu.") from e


def _hand_token(made: Jeton, text: str, *, as_json: bool) -> None:
    told = {"id": made.id, "expire_le": made.expire_le.isoformat()}
    if as_json:
        emit({**told, "certificat": made.certificat} if made.certificat else {**told, "jeton": text})
    elif made.certificat:
        console.print(f"Accès {made.id} du certificat {made.certificat}, jusqu'au {made.expire_le:%d/%m/%Y}.")
    else:
        console.print(f"Jeton {made.id}, jusqu'au {made.expire_le:%d/%m/%Y} ; il ne sera plus montré :")
        console.print(text, markup=False, soft_wrap=True)


@jetons.command("lister")
@click.option(
    "--expire-dans", type=click.IntRange(0, 36_500), default=None, metavar="JOURS", help="60, 30, 7…"
)
@json_option
@translated
def lister_jetons(expire_dans: int | None, as_json: bool) -> None:
    """Liste les jetons, les premiers à finir d'abord ; avec --expire-dans, ceux qui finissent bientôt."""
    site = current_site()
    now = site.clock.now()
    with site.uow() as tx:
        found = tx.acces.jetons.lister(None if expire_dans is None else now + timedelta(days=expire_dans))
    if expire_dans is not None:
        found = [j for j in found if j.valide(now)]
    for j in found:
        state = "valide" if j.valide(now) else "révoqué" if j.revoque_le else "expiré"
        if as_json:
            emit(
                {
                    "id": j.id,
                    "libelle": j.libelle,
                    "guichet": j.guichet,
                    "role": j.role.value,
                    "portees": sorted(p.value for p in j.portees),
                    "expire_le": j.expire_le.isoformat(),
                    "jours": (j.expire_le - now).days,
                    "etat": state,
                    "remplace_par": j.remplace_par,
                    "certificat": j.certificat,
                    "dernier_usage": j.dernier_usage.isoformat() if j.dernier_usage else None,
                }
            )
        else:
            console.print(
                f"{j.id}  {j.guichet:<8} {j.role.value:<14} {j.expire_le:%d/%m/%Y}  {state:<8} {j.libelle}",
                markup=False,
            )


@jetons.command("renouveler")
@click.argument("id_", metavar="ID")
@click.option("--chevauchement", default=14, show_default=True, help="Jours où l'ancien sert encore.")
@click.option("--jours", default=365, show_default=True)
@_certificat
@json_option
@translated
def renouveler(id_: str, chevauchement: int, jours: int, certificat: Path | None, as_json: bool) -> None:
    """Crée un jeton pareil, à côté de l'ancien qui reste valable quelques jours."""
    made, text = current_site().jetons.renouveler(
        SYSTEME, id_, chevauchement=chevauchement, jours=jours, certificat=_pem(certificat)
    )
    _hand_token(made, text, as_json=as_json)


@jetons.command("revoquer")
@click.argument("id_", metavar="ID")
@translated
def revoquer(id_: str) -> None:
    """Met fin à un jeton tout de suite."""
    current_site().jetons.revoquer(SYSTEME, id_)
    console.print(f"Jeton {id_} révoqué.", markup=False)


@jetons.command("prevenir")
@translated
def prevenir() -> None:
    """Met au courrier les alertes de fin de vie qui sont dues (60, 30 et 7 jours), chacune une fois."""
    console.print(f"{current_site().jetons.prevenir()} alerte(s) au courrier.")


@click.group()
def courriers() -> None:
    """Les courriers qui attendent d'être envoyés."""


@courriers.command("envoyer")
@json_option
@translated
def envoyer(as_json: bool) -> None:
    """Envoie ce qui attend ; ce que la messagerie ne prend pas est gardé, et retenté plus tard."""
    site = current_site()
    sent, late = deliver(site.uow, site.mailer, site.clock)
    if as_json:
        emit({"envoyes": sent, "remis": late})
    else:
        console.print(f"{sent} courrier(s) envoyé(s), {late} remis à plus tard.")
