"""In front of every handler: who is there, may they, does what they name exist for them; and the journal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from hmac import compare_digest
from ipaddress import ip_address
from typing import Any, cast
from urllib.parse import unquote

from apiflask import APIFlask
from flask import Response, current_app, g, request

from intake.domain.acces import Acteur, Role
from intake.domain.demande import Demande
from intake.domain.envoi import Envoi, Piece
from intake.domain.existence import EN_MAIN
from intake.domain.jour import jour_civil
from intake.domain.journal import Action, Evenement
from intake.domain.motif import StatutPiece
from intake.domain.plan import PlanDeClassement
from intake.errors import (
    AuthentificationRequise,
    DroitsInsuffisants,
    IncidentInconnu,
    IntakeError,
    PieceInconnue,
)
from intake.ports import Transaction, UnitOfWork
from intake.use_cases.journalise import Journalise
from storage.follow_up_queries import IncidentVu
from storage.uow import SqlTransaction
from web.access.secret import digest
from web.access.sessions import SESSION
from web.api.problems import ErreurApi, respond
from web.api.regard import Regard, nombres, sensibles
from web.api.rights import REGLES, Acces, Objet, Regle
from web.gestes import Gestes
from web.wiring import Site

# What the reverse proxy says of a client's certificate (docs/certificats.md).
CERTIFICAT, VERIFIE = "X-Client-Cert", "X-Client-Verify"


@dataclass(frozen=True, slots=True)
class Cible:
    """What the address names, already judged: it exists, and for this actor."""

    demande: Demande | None = None
    piece: Piece | None = None
    envoi: Envoi | None = None
    incident: IncidentVu | None = None


def site() -> Site:
    return cast(Site, current_app.extensions["site"])


def acteur() -> Acteur:
    return cast(Acteur, g.acteur)


def cible() -> Cible:
    return cast(Cible, g.cible)


def deposant(actor: Acteur) -> str:
    return actor.deposant


def aujourd_hui() -> date:
    return jour_civil(site().clock.now())


def plan_en_vigueur(tx: SqlTransaction) -> PlanDeClassement:
    return tx.plans.en_vigueur(aujourd_hui())


def regard(tx: SqlTransaction) -> Regard:
    """What exists for the caller, in this transaction."""
    return Regard(tx, acteur(), plan_en_vigueur(tx))


@dataclass(frozen=True, slots=True)
class Cle:
    """An `Idempotency-Key` that the request at hand has opened."""

    acteur: str
    cle: str
    ouverte_le: datetime


class _Accomplie:
    """The unit of work under an `Idempotency-Key`: what it commits says that it was done (R5)."""

    def __init__(self, uow: UnitOfWork, cle: Cle) -> None:
        self._uow, self._cle = uow, cle

    @contextmanager
    def __call__(self) -> Iterator[Transaction]:
        with self._uow() as tx:
            yield cast(Transaction, _Marked(tx, self._cle))


class _Marked:
    def __init__(self, tx: Transaction, cle: Cle) -> None:
        self._tx, self._cle = tx, cle

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def commit(self) -> None:
        api = cast(SqlTransaction, self._tx).api
        if not api.accomplir(self._cle.acteur, self._cle.cle, self._cle.ouverte_le):
            raise ErreurApi("REQUETE_EN_COURS", "Une autre requête a repris cette Idempotency-Key.")
        self._tx.commit()


def _uow() -> UnitOfWork:
    cle: Cle | None = g.get("cle")
    return site().uow if cle is None else _Accomplie(site().uow, cle)


def journalise(
    action: Action, objet: str, demande: str | None = None, pourquoi: str = "", **details: str
) -> Journalise:
    """The unit of work for a change: its line is written in the same transaction."""
    g.journalise = True
    return Journalise(_uow(), site().clock, Evenement(acteur(), action, objet, demande, pourquoi, details))


def gestes() -> Gestes:
    """The use cases of people, under the caller's name: each change writes its own lines (R32)."""
    g.journalise = True
    return replace(site().au_nom_de(acteur()), plain=_uow())


def install(app: APIFlask) -> None:
    """Raises KeyError for a route that is not in the table: the service does not start."""
    rules = {rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint != "static"}
    if rules ^ set(REGLES):
        raise KeyError(f"routes and web/api/rights.py differ: {sorted(rules ^ set(REGLES))}")
    app.before_request(_before)
    app.after_request(_after)
    app.after_request(_silent)


def _before() -> None:
    g.acteur, g.cible, g.journalise, g.details = None, Cible(), False, {}
    if any(not str(v).isprintable() for v in (request.view_args or {}).values()):
        raise ErreurApi("REQUETE_INVALIDE", "Cette adresse contient un caractère invisible.")
    rule = REGLES.get(request.endpoint or "")
    if rule is None or rule.publique:
        return
    try:
        if rule.exploitant:
            _monitoring()
            return
        actor = _bearer()
    except AuthentificationRequise:
        slow_down()
        raise
    if actor is None:
        raise AuthentificationRequise("Cette adresse demande d'être connecté.")
    g.acteur = actor
    name = (request.view_args or {}).get(rule.objet.value, "")
    g.cible = autoriser(rule, actor, str(name))


def autoriser(rule: Regle, actor: Acteur, name: str) -> Cible:
    """What a rule lets an actor have under this name. Raises DroitsInsuffisants, or « it does not exist »."""
    scoped = actor.portees is None or rule.portee in actor.portees
    if actor.role not in rule.roles or not scoped:
        noter_refus(actor)
        raise DroitsInsuffisants("Votre rôle ne permet pas cette action.")
    return _resolve(rule, actor, name) if rule.objet is not Objet.RIEN else Cible()


def slow_down() -> None:
    """Count one more refusal of this address. Raises TROP_DE_REQUETES when it tries too often."""
    if not current_app.extensions["refus"]():
        raise ErreurApi("TROP_DE_REQUETES", "Trop d'essais refusés : attendez un peu.") from None


def _monitoring() -> None:
    """By a secret alone: behind a proxy on this machine, every address is this machine's (docs/adr/0411)."""
    wanted = site().settings.metrics_token
    if wanted is None:
        raise ErreurApi("ROUTE_INCONNUE", "Ce service ne publie pas de mesures.")
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not compare_digest(token.strip().encode(), wanted.encode()):
        raise AuthentificationRequise("Les mesures sont pour la supervision du site.")


def _bearer() -> Acteur | None:
    """None for whoever shows nothing. Raises AuthentificationRequise for what opens nothing."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer" and token:
        return site().reconnaitre(token.strip())
    if CERTIFICAT in request.headers and not kind:
        if not _from_our_proxy() or request.headers.get(VERIFIE) != "SUCCESS":
            raise AuthentificationRequise("Ce certificat n'est pas présenté par un relais de ce service.")
        return site().reconnaitre.par_certificat(request.headers[CERTIFICAT])
    return None


def porteur() -> str:
    """The caller's session or token, as `par_reference` knows it again after the request."""
    token = request.headers.get("Authorization", "").partition(" ")[2].strip()
    return f"s:{digest(token)}" if token.startswith(SESSION) else f"j:{acteur().id.partition(':')[2]}"


def _from_our_proxy() -> bool:
    """By the address of the connection itself: what `X-Forwarded-For` says is a word of whoever sends it."""
    before = request.environ.get("werkzeug.proxy_fix.orig", {})
    address = before.get("REMOTE_ADDR") or request.environ.get("REMOTE_ADDR") or ""
    try:
        peer = ip_address(address)
    except ValueError:
        return False
    return any(peer in network for network in site().settings.client_cert_proxies)


def _resolve(rule: Regle, actor: Acteur, name: str) -> Cible:
    everywhere = rule.roles[actor.role] is Acces.TOUS
    with site().uow() as tx:
        if rule.objet is Objet.DEMANDE:
            demande = tx.registre.chercher("".join(name.split()).upper())
            if demande is None or not (everywhere or actor.suit(demande.numero_unique, demande.guichet)):
                raise ErreurApi("DEMANDE_INCONNUE", "Cette demande n'est pas dans votre registre.")
            return Cible(demande=demande)
        seen = Regard(tx, actor, plan_en_vigueur(tx))
        if rule.objet is Objet.PIECE:
            piece = tx.pieces.lire(name)
            if piece is None or not seen.voit(piece) or _gone(rule, actor, piece):
                raise PieceInconnue("Cette pièce n'existe pas.")
            return Cible(piece=piece)
        if rule.objet is Objet.ENVOI:
            envoi = tx.envois.lire(name)
            if envoi is None or not seen.voit_envoi(envoi):
                raise ErreurApi("ENVOI_INCONNU", "Cet envoi n'existe pas.")
            return Cible(envoi=envoi)
        return Cible(incident=incident_vu(tx, actor, name))


def _gone(rule: Regle, actor: Acteur, piece: Piece) -> bool:
    """A deleted piece is opened by who may take it back, and by nobody else."""
    return rule.ouvre and piece.statut is StatutPiece.SUPPRIMEE and actor.role not in EN_MAIN


def incident_vu(tx: SqlTransaction, actor: Acteur, name: str) -> IncidentVu:
    """The incident as it exists for an actor. Raises IncidentInconnu."""
    hidden = sensibles(plan_en_vigueur(tx))
    found = tx.api.incidents(actor, hidden, filtres={}, apres=None, n=1, identifiant=name)
    if not found:
        raise IncidentInconnu("Cet incident n'existe pas.")
    return found[0]


def _subject() -> tuple[str, str | None]:
    """What a line of the journal names: the object of the address, and the demande it is of."""
    it = cible()
    words = " ".join(f"{k} {v}" for k, v in (request.view_args or {}).items())
    # A demandeur's own number is his name: a line of his goes with his demande (R34).
    demande = it.demande.numero_unique if it.demande else acteur().numero
    if it.piece is not None and it.piece.demande is not None:
        demande = it.piece.demande
    if it.incident is not None and it.incident.demande is not None:
        demande = it.incident.demande
    if it.demande is not None and "numero" in (request.view_args or {}):
        words = "demande"
    return f"{(request.endpoint or '').removeprefix('api.')} {words}".strip(), demande


def noter_refus(actor: Acteur) -> None:
    objet = (request.endpoint or "").removeprefix("api.")
    with site().uow() as tx:
        tx.journal.ecrire(site().clock.now(), [Evenement(actor, Action.REFUS, objet, actor.numero)])
        tx.commit()


def _after(response: Response) -> Response:
    """What was shown is logged before the first byte leaves (R32); a journal that fails lets nothing out."""
    rule = REGLES.get(request.endpoint or "")
    shown = rule is not None and rule.action is not None and response.status_code < 400
    if shown and rule is not None and rule.action is not None and not g.journalise and g.acteur is not None:
        objet, demande = _subject()
        if g.get("redite"):  # nothing was changed: what had been was told again
            rule = replace(rule, action=Action.CONSULTATION)
        tracer(rule, objet, demande, motif_acces(), **g.details)
    return response


_TEXTS = ("application/json", "application/problem+json", "text/csv")


def _silent(response: Response) -> Response:
    """The last door: no text leaves with the number of a demande that is not the caller's, unless it said it.

    Sentences of pieces, incidents, histories and errors name demandes; what they are about was judged before.
    The numériseur is told where what it sent was filed (R11).
    """
    actor: Acteur | None = g.get("acteur")
    if actor is None or actor.role in (Role.NUMERISEUR, Role.SYSTEME):
        return response
    if response.mimetype not in _TEXTS or response.is_streamed or response.direct_passthrough:
        return response
    text = response.get_data(as_text=True)
    said = nombres(f"{unquote(request.full_path)} {_body()}") if nombres(text) else frozenset()
    if nombres(text) - said:
        try:
            with site().uow() as tx:
                response.set_data(Regard(tx, actor, plan_en_vigueur(tx)).tait(text, said))
        except IntakeError as e:  # nothing can be judged now: nothing is said
            refused = respond(e.code, 503, e.message, e.hint)
            response.status_code, response.content_type = 503, refused.content_type
            response.set_data(refused.get_data())
    return response


def _body() -> str:
    return request.get_data(as_text=True) if request.mimetype == "application/json" else ""


def motif_acces() -> str:
    """Why, as whoever asks says it."""
    return request.headers.get("X-Motif-Acces", "")[:200]


def tracer(rule: Regle, objet: str, demande: str | None, why: str, **details: str) -> None:
    assert rule.action is not None
    with site().uow() as tx:
        line = Evenement(acteur(), rule.action, objet, demande, why, {**g.details, **details})
        tx.journal.ecrire(site().clock.now(), [line])
        tx.commit()
