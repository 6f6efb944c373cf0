"""What exists for whom, case by case: the pure function and its SQL answer alike, as R31 asks of both."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
import sqlalchemy as sa

from databases import migrated_engine
from intake.domain.acces import SYSTEME, Acteur, Role
from intake.domain.acte import Acte, Fait
from intake.domain.envoi import Incident
from intake.domain.existence import Existe, Situation, existe
from intake.domain.motif import Motif, StatutPiece
from readings import N1, N2
from rows_for_tests import ENVOI, NOW, PIECE
from site_for_tests import FAURE, MARTIN
from storage import tables as t
from storage.existence import Sensibles, tout
from storage.uow import SqlUnitOfWork

pytestmark = pytest.mark.slow  # each test opens a database of its own

HIDDEN = Sensibles(frozenset({"depot_plainte"}), frozenset({"MOS"}))
UNKNOWN, AWAY = "999032400011122233", "075032400011122233"
SENDERS = ("guichet:75001", "guichet:75002", "guichet:NUMER", f"demandeur:{N1}", None)
GUICHETS = {N1: "75001", N2: "75002"}


def agents() -> list[Acteur]:
    made = [SYSTEME, Acteur(f"demandeur:{N1}", "D", Role.DEMANDEUR, numero=N1)]
    made.append(Acteur("logiciel:n", "N", Role.NUMERISEUR, "NUMER"))
    for role in sorted(set(Role) - {Role.SYSTEME, Role.DEMANDEUR, Role.NUMERISEUR}):
        made += [
            Acteur("agent:x", "X", role, guichet, frozenset(land), cleared)
            for guichet, land in (("75001", ()), (None, ("999",)), ("75002", ("075",)), (None, ()))
            for cleared in (False, True)
        ]
    return made


PLACES = (
    (N1, None),
    (N2, None),
    (None, UNKNOWN),
    (None, AWAY),
    (None, None),
)


@pytest.fixture
def cases(database_url: str) -> tuple[sa.Engine, dict[str, tuple[Situation, str]]]:
    """A piece for each way of standing; the envois come with and without a neighbour of MARTIN's."""
    engine = migrated_engine(database_url)
    uow = SqlUnitOfWork(engine)
    found: dict[str, tuple[Situation, str]] = {}
    with uow() as tx:
        for known in (MARTIN, FAURE):
            tx.registre.enregistrer(replace(known, guichet=GUICHETS[known.numero_unique]))
        ways = product(SENDERS, (None, "75001", "75002"), PLACES, (False, True), (False, True), (False, True))
        for n, (sender, named, (demande, numero), secret, moved, neighbour) in enumerate(ways):
            envoi = f"E{n}"
            slip: dict[str, str | int | None] | None = {"guichet": named} if named else None
            tx.envois.ajouter(replace(ENVOI, id=envoi, deposant=sender, bordereau=slip))
            held = replace(
                PIECE, id=f"{envoi}-1", envoi=envoi, rang=1, demande=demande, numero_lu=numero, occupe=None,
                statut=StatutPiece.A_VERIFIER, type="depot_plainte" if secret else "bail",
            )  # fmt: skip
            tx.pieces.ajouter(held)
            if moved:
                tx.histoire.inscrire(Acte(held.id, Fait(NOW, "agent:x", "deplacer"), {}, {}))
            if neighbour:
                tx.pieces.ajouter(replace(held, id=f"{envoi}-2", rang=2, demande=N1, numero_lu=None))
            guichet = GUICHETS.get(demande) if demande else None
            stands = Situation(sender, named, demande, guichet, numero, secret, moved)
            found[held.id] = (stands, N1 if neighbour else "")
        tx.commit()
    return engine, found


def situation(actor: Acteur, stands: Situation, neighbour: str) -> Situation:
    own = stands.demande is not None and actor.suit(stands.demande, stands.guichet)
    beside = bool(neighbour) and actor.suit(neighbour, GUICHETS[neighbour])
    return replace(stands, voisine=own or beside)


def test_the_rule_and_its_sql_answer_alike(
    cases: tuple[sa.Engine, dict[str, tuple[Situation, str]]],
) -> None:
    engine, stands = cases
    p = t.pieces
    joined = p.join(t.envois, p.c.envoi == t.envois.c.id).outerjoin(
        t.demandes, p.c.demande == t.demandes.c.numero_unique
    )
    with engine.connect() as c:
        for actor in agents():
            query = sa.select(p.c.id).select_from(joined).where(p.c.rang == 1, tout(actor, HIDDEN))
            by_rule = {id_ for id_, s in stands.items() if existe(actor, situation(actor, *s)) is Existe.TOUT}
            assert set(c.scalars(query)) == by_rule, actor
    engine.dispose()


@pytest.mark.parametrize("actor", agents(), ids=lambda a: f"{a.role} {a.guichet} {sorted(a.territoires)}")
def test_nobody_sees_of_anothers_dossier_more_than_the_pages_it_sent(actor: Acteur) -> None:
    for sender, secret, moved in product(SENDERS, (False, True), (False, True)):
        s = Situation(sender, "75001", N2, "75002", None, secret, moved, voisine=True)
        if actor.role is Role.SYSTEME or (actor.suit(N2, "75002") and (actor.habilite or not secret)):
            assert existe(actor, s) is Existe.TOUT
        elif sender != actor.deposant or (secret and not actor.habilite) or actor.role is Role.DEMANDEUR:
            assert existe(actor, s) is Existe.RIEN
        elif actor.role is Role.NUMERISEUR and not moved:
            assert existe(actor, s) is Existe.TOUT  # told where it was filed (R11)
        else:
            assert existe(actor, s) is Existe.TRACE


@pytest.mark.parametrize(
    ("bordereau", "numero", "voisine"), [("75001", None, False), (None, UNKNOWN, False), (None, None, True)]
)
def test_what_is_held_of_a_numeriseur_is_in_somebodys_hands(
    bordereau: str | None, numero: str | None, voisine: bool
) -> None:
    s = Situation("guichet:NUMER", bordereau, numero=numero, voisine=voisine)
    here = Acteur("agent:g", "G", Role.GESTIONNAIRE, "75001", frozenset({"999"}))
    away = replace(here, guichet="75009", territoires=frozenset({"075"}))
    reader = replace(here, role=Role.CONSULTANT_SENSIBLE)
    assert existe(here, s) is Existe.TOUT
    assert (existe(away, s) is Existe.TOUT) == voisine
    assert existe(reader, s) is Existe.RIEN


def test_a_group_is_of_who_follows_its_demande_or_its_territory(database_url: str) -> None:
    engine = migrated_engine(database_url)
    uow = SqlUnitOfWork(engine)
    with uow() as tx:
        tx.registre.enregistrer(replace(MARTIN, guichet="75001"))
        tx.envois.ajouter(replace(ENVOI, id="E1", deposant="guichet:NUMER", bordereau=None))
        tx.envois.ajouter(replace(ENVOI, id="E2", deposant="guichet:NUMER", bordereau={"guichet": "75002"}))
        for id_, envoi, motif, found in (
            ("radiee", "E1", Motif.DEMANDE_RADIEE, N1),
            ("alias", "E1", Motif.DEMANDE_RADIEE, MARTIN.alias[0]),
            ("inconnu", "E1", Motif.NUMERO_INCONNU, AWAY),
            ("compte", "E1", Motif.COMPTE_INEXACT, "075 pièces"),
            ("bordereau", "E2", Motif.SANS_FICHE, None),
        ):
            tx.incidents.ajouter(Incident(id_, envoi, motif, (1,), "x", NOW, trouve=found))
        tx.commit()

    def seen(actor: Acteur) -> set[object]:
        with uow() as tx:
            return {i.incident.id for i in tx.api.incidents(actor, HIDDEN, filtres={}, apres=None, n=50)}

    agent = Acteur("agent:x", "X", Role.AGENT_GUICHET, "75001")
    assert seen(agent) == {"radiee", "alias"}
    assert seen(replace(agent, guichet="75002")) == {"bordereau"}
    assert seen(replace(agent, guichet="75003")) == set()
    chief = Acteur("agent:g", "G", Role.GESTIONNAIRE, None, frozenset({"075"}))
    assert seen(chief) == {"inconnu"}
    assert seen(Acteur("logiciel:n", "N", Role.NUMERISEUR, "NUMER")) == {
        *("radiee", "alias", "inconnu", "compte", "bordereau")
    }
    engine.dispose()
