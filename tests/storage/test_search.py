"""Full text of the pieces, on SQLite and PostgreSQL: the same answers, to those they are for, in step."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from intake.domain.acces import SYSTEME, Acteur, Role
from intake.domain.envoi import Piece
from intake.domain.motif import StatutPiece
from intake.errors import StockageIndisponible
from readings import N1, N2, N3
from rows_for_tests import ENVOI, NOW, PIECE
from site_for_tests import FAURE, MARTIN, RADIEE
from storage.api_queries import names_begin
from storage.engines import migrate
from storage.existence import Sensibles
from storage.search import Criteres
from storage.tables_recherche import completions, recherche
from storage.uow import SqlUnitOfWork
from storage.words import termes

pytestmark = pytest.mark.slow  # each test opens a database of its own

HIDDEN = Sensibles(frozenset({"depot_plainte"}), frozenset({"MOS"}))
AGENT = Acteur("agent:a", "Alice", Role.AGENT_GUICHET, "75001")
CLEARED = replace(AGENT, sensible=True)
SENDER = "guichet:75001"
TEXTS = {
    "loyer": "QUITTANCE DE LOYER\nMme MARTIN Camille\nLoyer du mois de février : 1 234,56 €",
    "bail": "Contrat de location, reçu l’an 2024. Les quittances sont dues. Assurance habi-\ntation",
    "plainte": "Procès-verbal : la plaignante, Mme MARTIN, déclare avoir reçu des menaces",
}


@pytest.fixture
def uow(engine: sa.Engine) -> SqlUnitOfWork:
    made = SqlUnitOfWork(engine)
    with made() as tx:
        tx.registre.enregistrer(replace(MARTIN, guichet="75001"))
        tx.registre.enregistrer(replace(FAURE, guichet="75002"))
        tx.registre.enregistrer(RADIEE)
        tx.envois.ajouter(replace(ENVOI, deposant=SENDER))
        tx.commit()
    for name in TEXTS:
        add(made, name)
    return made


def piece(name: str, texte: str | None = None, **more: Any) -> Piece:
    rank = 1 + list(TEXTS).index(name) if name in TEXTS else 100 + hash(name) % 10000
    sensitive: dict[str, Any] = {"type": "depot_plainte", "categorie": "MOS"} if name == "plainte" else {}
    plain = replace(
        PIECE, id=name, rang=rank, texte=TEXTS.get(name, "") if texte is None else texte, demande=N1,
        statut=StatutPiece.A_VERIFIER, occupe=None, recu_le=NOW + timedelta(minutes=rank),
    )  # fmt: skip
    return replace(plain, **{**sensitive, **more})


def add(uow: SqlUnitOfWork, name: str, texte: str | None = None, **more: Any) -> None:
    with uow() as tx:
        assert tx.pieces.ajouter(piece(name, texte, **more))
        tx.commit()


def find(
    uow: SqlUnitOfWork, typed: str | None = None, *, who: Acteur = CLEARED, n: int = 10, **more: Any
) -> list[str]:
    wanted = Criteres(termes(typed) if typed is not None else None, **more)
    with uow() as tx:
        return [p.id for p in tx.recherche.pieces(who, HIDDEN, wanted, apres=None, n=n)]


# What is typed → what is found, the newest first.
TYPED: list[tuple[str, list[str]]] = [
    ("quittance", ["bail", "loyer"]),
    ("QUITTANCES loyers", ["loyer"]),
    ("fevrier", ["loyer"]),
    ("février", ["loyer"]),
    ("quitt", ["bail", "loyer"]),
    ("quitt*", ["bail", "loyer"]),
    ("quitt loyer ", []),  # a beginning is the last word's, or has its star
    ('"quittance de loyer"', ["loyer"]),
    ('"quittance loyer"', []),
    ('"loyer du mois', ["loyer"]),
    ("1 234,56", ["loyer"]),
    ("l'an 2024", ["bail"]),
    ("habitation", ["bail"]),
    ("assurance habitation", ["bail"]),
    ('"assurance habitation"', ["bail"]),
    ("mme martin", ["plainte", "loyer"]),
    ("plaignant reçus", ["plainte"]),
    ("AND", []),
    ("NEAR(quittance loyer, 2)", []),
    ("quittance OR bail", []),
    ('quittance"', ["bail", "loyer"]),
    ("-quittance", ["bail", "loyer"]),
    ("mots:quittance", []),
    ("'quittance' & !loyer:*", ["loyer"]),
    ("quittance\x00loyer", ["loyer"]),
    ("x" * 5000, []),
    ("quittance " * 500, ["bail", "loyer"]),
    ("% _ \\", []),
    ("*", []),
    ("", []),
]


def test_what_people_type_finds_what_they_mean(uow: SqlUnitOfWork) -> None:
    assert [(typed, find(uow, typed)) for typed, _ in TYPED] == TYPED


def test_letters_of_other_scripts_are_words_too(uow: SqlUnitOfWork) -> None:
    add(uow, "autre", "Паспорт 護照 جواز")
    assert find(uow, "паспорт") == find(uow, "جواز ") == ["autre"]
    assert find(uow, "виза") == []


def test_words_far_into_a_long_text_are_found(uow: SqlUnitOfWork) -> None:
    add(uow, "long", " ".join(f"mot{n}" for n in range(28_000)) + " clairière")
    assert find(uow, "clairiere") == find(uow, "mot27999 mot1 ") == ["long"]


class TestInStep:
    def test_a_text_that_changes(self, uow: SqlUnitOfWork) -> None:
        with uow() as tx:
            assert tx.pieces.changer(piece("loyer", "Avis d'échéance"))
            tx.commit()
        assert find(uow, "quittance") == ["bail"]
        assert find(uow, "echeance") == ["loyer"]

    def test_a_change_that_is_refused_or_undone_changes_no_word(self, uow: SqlUnitOfWork) -> None:
        with uow() as tx:
            assert not tx.pieces.changer(piece("loyer", "Avis d'échéance", version=7))
            tx.commit()
        with uow() as tx:
            assert tx.pieces.changer(piece("loyer", "Avis d'échéance"))
        assert find(uow, "loyer") == ["loyer"]
        assert find(uow, "echeance") == []

    def test_a_piece_that_is_there_already_keeps_its_words(self, uow: SqlUnitOfWork) -> None:
        with uow() as tx:
            assert not tx.pieces.ajouter(piece("loyer", "Avis d'échéance"))
            tx.commit()
        assert find(uow, "loyer") == ["loyer"]

    def test_a_placing_undone(self, uow: SqlUnitOfWork) -> None:
        with uow() as tx:
            tx.pieces.effacer(ENVOI.id)
            tx.commit()
        assert find(uow, "quittance") == []

    def test_a_purged_piece_leaves_no_word_anywhere(self, uow: SqlUnitOfWork, engine: sa.Engine) -> None:
        with uow() as tx:
            tx.purges.pieces(["loyer"])
            tx.commit()
        assert find(uow, "fevrier") == []
        assert find(uow, "quittance") == ["bail"]
        assert "fevri" not in words_kept(engine)
        assert "habitat" in words_kept(engine)

    def test_pieces_that_were_there_before_the_index(self, uow: SqlUnitOfWork, engine: sa.Engine) -> None:
        add(uow, "partie", "Bail commercial", fields={"lecture": "partielle"})
        while "recherche" in sa.inspect(engine).get_table_names():
            migrate(engine, "-1")
        migrate(engine)
        assert find(uow, "quittance loyer ") == ["loyer"]
        assert find(uow, "commercial") == ["partie"]
        with engine.connect() as c:
            assert list(c.scalars(sa.select(completions.c.piece))) == ["partie"]


def words_kept(engine: sa.Engine) -> str:
    """Every word that the index holds in any of its tables."""
    with engine.connect() as c:
        kept = [str(w) for w in c.scalars(sa.select(sa.cast(recherche.c.mots, sa.Text)))]
        if engine.dialect.name == "sqlite":
            kept += [str(b) for b in c.scalars(sa.text("SELECT block FROM recherche_index_data"))]
    return " ".join(kept)


class TestForWhom:
    def test_without_the_clearance_a_sensitive_piece_is_not_there(self, uow: SqlUnitOfWork) -> None:
        assert find(uow, "menaces") == ["plainte"]
        assert find(uow, "menaces", who=AGENT) == []
        assert find(uow, "martin ", who=AGENT) == ["loyer"]
        assert find(uow, statut="a_verifier", who=AGENT) == ["bail", "loyer"]
        assert find(uow, categorie="MOS", who=AGENT) == []

    def test_a_sensitive_piece_changes_nothing_of_the_pages_others_see(self, uow: SqlUnitOfWork) -> None:
        before = [find(uow, "martin", who=AGENT, n=n) for n in range(1, 4)]
        for k in range(5):
            add(uow, f"autre{k}", "MARTIN martin", type="depot_plainte", categorie="MOS", rang=50 + k)
        assert [find(uow, "martin", who=AGENT, n=n) for n in range(1, 4)] == before

    def test_each_finds_its_own(self, uow: SqlUnitOfWork) -> None:
        add(uow, "faure", "quittance de Mme FAURE", demande=N2)
        add(uow, "retenue", "quittance sans fiche", demande=None)
        other = replace(CLEARED, guichet="75002")
        assert set(find(uow, "quittance ")) == {"retenue", "bail", "loyer"}
        with uow() as tx:
            held = tx.recherche.pieces(other, HIDDEN, Criteres(termes("quittance ")), apres=None, n=9)
        assert [p.id for p in held] == ["faure"]
        here = replace(CLEARED, guichet=None, territoires=frozenset({"999"}))
        assert set(find(uow, "quittance ", who=here)) == {"faure", "bail", "loyer"}
        away = replace(here, territoires=frozenset({"075"}))
        assert find(uow, "quittance ", who=away) == []
        mine = Acteur(f"demandeur:{N2}", "", Role.DEMANDEUR, numero=N2)
        with uow() as tx:
            seen = tx.recherche.pieces(mine, HIDDEN, Criteres(), apres=None, n=9)
        assert [p.id for p in seen] == ["faure"]
        assert len(find(uow, "quittance ", who=SYSTEME)) == 4


class TestBesidesWords:
    def test_a_number_a_name_a_state(self, uow: SqlUnitOfWork) -> None:
        wanted: list[tuple[dict[str, Any], list[str]]] = [
            ({"nom": "mart"}, ["plainte", "bail", "loyer"]),
            ({"nom": "faure"}, []),
            ({"nom": "Camille MARTIN"}, ["plainte", "bail", "loyer"]),
            ({"nom": "martin louis"}, []),  # two persons of one household
            ({"nom": "%"}, []),
            ({"numero": N1[:9]}, ["plainte", "bail", "loyer"]),
            ({"numero": MARTIN.alias[0]}, ["plainte", "bail", "loyer"]),
            ({"numero": N2}, []),
            ({"type": "depot_plainte"}, ["plainte"]),
            ({"envoi": "E1", "categorie": "MOS"}, ["plainte"]),
            ({"envoi": "E9"}, []),
            ({"depuis": NOW + timedelta(minutes=2)}, ["plainte", "bail"]),
            ({"avant": NOW + timedelta(minutes=2)}, ["loyer"]),
            ({"statut": "deposee"}, []),
            ({"motif": "DOUBLON"}, []),
        ]
        assert [(asked, find(uow, **asked)) for asked, _ in wanted] == wanted

    def test_names_are_looked_for_through_their_index(self, engine: sa.Engine) -> None:
        query = names_begin("martin cam")
        with engine.begin() as c:
            if c.dialect.name == "postgresql":
                c.exec_driver_sql("SET LOCAL enable_seqscan = off")  # the table is small here
            explain = "EXPLAIN" if c.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
            text = str(query.compile(c, compile_kwargs={"literal_binds": True}))
            plan = " ".join(str(row) for row in c.exec_driver_sql(f"{explain} {text}"))
        assert "ix_noms_mot_demande_rang" in plan
        assert "SCAN noms" not in plan

    def test_the_number_read_on_a_piece_that_is_nobodys(self, uow: SqlUnitOfWork) -> None:
        add(uow, "retenue", "", demande=None, numero_lu=N3)
        assert find(uow, numero=N3[:10]) == ["retenue"]

    def test_deleted_pieces_only_for_who_asks_for_them(self, uow: SqlUnitOfWork) -> None:
        add(uow, "jetee", "quittance", statut=StatutPiece.SUPPRIMEE)
        assert "jetee" not in find(uow, "quittance")
        assert find(uow, "quittance", statut="supprimee") == ["jetee"]

    def test_page_after_page_each_once(self, uow: SqlUnitOfWork) -> None:
        for k in range(5):
            add(uow, f"p{k}", "quittance", rang=60 + k, recu_le=NOW + timedelta(minutes=9))
        seen: list[str] = []
        after: tuple[datetime, str] | None = None
        while True:
            with uow() as tx:
                got = tx.recherche.pieces(CLEARED, HIDDEN, Criteres(termes("quittance ")), apres=after, n=2)
            if not got:
                break
            seen += [p.id for p in got]
            after = (got[-1].recu_le, got[-1].id)
        assert seen == ["p0", "p1", "p2", "p3", "p4", "bail", "loyer"]


def test_no_statement_of_ours_is_refused_whatever_is_typed(uow: SqlUnitOfWork) -> None:
    nasty = "\"'`()*:^-+&|!<>{}[]\\/~@#$%\t\n\r\x00\x1f\x7f\u200b\ufeff\ud800é"
    for a in nasty:
        for b in nasty:
            try:
                find(uow, f"{a}quittance{b}{a} AND {b}")
            except StockageIndisponible:
                pytest.fail(f"refused: {a!r} {b!r}")
