"""Migrations with rows in the tables, up, down and up again, on SQLite and PostgreSQL: no row may be lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from intake.domain.acte import Acte, Correction, Fait, GenrePurge
from intake.domain.courrier import rappel_de_quarantaine
from intake.domain.envoi import Incident, Piece
from intake.domain.incident import EtatIncident, Suite
from intake.domain.motif import Motif, StatutPiece
from intake.domain.travail import Tranche
from rows_for_tests import ENVOI, NOW, PIECE
from site_for_tests import FAURE, MARTIN
from storage.engines import create_engine, migrate
from storage.uow import SqlUnitOfWork

HELD = Incident("E1-0001-I", "E1", Motif.MAL_CLASSEE, (2, 3), "à classer", NOW, piece="E1-0001")
OURS = Incident("E1-I0000", "E1", Motif.ERREUR_INTERNE, (), "trois essais", NOW)


@pytest.fixture
def engine(bare_database_url: str) -> Iterator[sa.Engine]:
    made = create_engine(bare_database_url)
    yield made
    made.dispose()


def rows(engine: sa.Engine, table: str, columns: str) -> list[tuple[object, ...]]:
    with engine.connect() as c:
        return [tuple(r) for r in c.execute(sa.text(f"SELECT {columns} FROM {table} ORDER BY 1"))]


def fill(engine: sa.Engine) -> None:
    fait = Fait(NOW, "alice", "reclasser", "c'est un bail")
    with SqlUnitOfWork(engine)() as tx:
        tx.registre.enregistrer(MARTIN)
        tx.registre.enregistrer(FAURE)
        tx.envois.ajouter(ENVOI)
        for ours in (True, False, True):
            tx.echecs.noter("E1", 0, "ZeroDivisionError", NOW, a_nous=ours)
        tx.tranches.decouper([Tranche("E1", 1, 40)])
        tx.echecs.noter("E1", 1, "DELAI_DEPASSE", NOW, a_nous=True)
        tx.pieces.ajouter(PIECE)
        second = replace(PIECE, id="E1-0002", rang=2, statut=StatutPiece.SUPPRIMEE, occupe=None)
        tx.pieces.ajouter(replace(second, remplacee_par=PIECE.id, rotations=(90, 0), choisi_par="alice"))
        assert tx.incidents.ajouter(HELD)
        assert tx.incidents.ajouter(OURS)
        taken = Suite(NOW, "alice", "prendre", EtatIncident.PRISE_EN_CHARGE)
        assert tx.incidents.avancer(HELD, taken, "alice")
        assert not tx.incidents.avancer(HELD, taken, "bob")
        tx.histoire.inscrire(Acte(PIECE.id, fait, {"type": "rib"}, {"type": "bail"}, "ab/cd/old"))
        tx.corrections.ajouter(Correction(PIECE.id, "E1", PIECE.pages, "rib", "bail", NOW, "alice"))
        assert tx.courriers.rappeler("E1", NOW, NOW)
        assert not tx.courriers.rappeler("E1", NOW, NOW)
        tx.courriers.ajouter(rappel_de_quarantaine("a@exemple.fr", "E1", "scan", 2, NOW.date()), NOW)
        tx.objets.condamner(["ab/cd/x"])
        tx.purges.compter(GenrePurge.QUARANTAINE, NOW, "E0", (0, 1, 2, 3))
        tx.commit()


def test_down_and_up_again_with_rows(engine: sa.Engine) -> None:
    migrate(engine)
    fill(engine)
    with SqlUnitOfWork(engine)() as tx:
        kept = tx.pieces.de_envoi("E1")
        assert [p.remplacee_par for p in kept] == [None, PIECE.id]
        assert (kept[1].rotations, kept[1].choisi_par) == ((90, 0), "alice")
        assert [a.objet for a in tx.histoire.de_piece(PIECE.id)] == ["ab/cd/old"]
        assert tx.objets.utile("ab/cd/old")
        assert not tx.objets.utile("ab/cd/x")
        assert [i.pris_par for i in tx.incidents.de_piece(PIECE.id)] == ["alice"]
        assert [k.type for k in tx.corrections.toutes()] == ["bail"]
    before = rows(engine, "courriers", "id, sujet")
    while "actes" in sa.inspect(engine).get_table_names():
        migrate(engine, "-1")
    assert [r[0] for r in rows(engine, "pieces", "id")] == ["E1-0001", "E1-0002"]
    assert rows(engine, "incidents", "id, motif, etat") == [("E1-0001-I", "MAL_CLASSEE", "prise_en_charge")]
    migrate(engine)
    assert rows(engine, "courriers", "id, sujet") == before
    named = rows(engine, "noms", "mot, rang")
    assert [n for n in named if n[0] in ("camille", "faure", "martin")] == [
        ("camille", "D"),
        ("faure", "D"),
        ("martin", "D"),
    ]
    with SqlUnitOfWork(engine)() as tx:
        piece = tx.pieces.lire(PIECE.id)
        assert isinstance(piece, Piece)
        assert (piece.version, piece.rotations, piece.remplacee_par) == (1, (), None)
        assert piece.depose_le == PIECE.recu_le
        assert [i.pris_par for i in tx.incidents.de_envoi("E1")] == ["système"]
        assert tx.registre.chercher(MARTIN.numero_unique) == MARTIN


def test_the_count_of_failures_goes_with_it_both_ways(engine: sa.Engine) -> None:
    migrate(engine)
    fill(engine)
    while "a_nous" in {c["name"] for c in sa.inspect(engine).get_columns("echecs")}:
        migrate(engine, "-1")
    assert rows(engine, "envois", "id, essais") == [("E1", 2)]
    with engine.begin() as c:
        c.execute(sa.text("UPDATE tranches SET abandonnee = true"))
        columns = [col["name"] for col in sa.inspect(c).get_columns("envois")]
        for id_, statut, refus, essais in (
            ("E2", "quarantaine", '{"code": "ERREUR_INTERNE"}', 3),
            ("E3", "traitee", None, 1),
        ):
            new = {"id": ":id", "statut": ":statut", "refus": "CAST(:refus AS JSON)", "essais": ":essais"}
            if engine.dialect.name == "sqlite":
                new["refus"] = ":refus"
            chosen = ", ".join(new.get(name, name) for name in columns)
            copy = f"INSERT INTO envois ({', '.join(columns)}) SELECT {chosen} FROM envois WHERE id = 'E1'"
            c.execute(sa.text(copy), {"id": id_, "statut": statut, "refus": refus, "essais": essais})
        old = "SELECT 'E3', tranche, code, compte, le, pas_avant FROM echecs WHERE tranche = 0"
        c.execute(sa.text(f"INSERT INTO echecs {old}"))
    migrate(engine)
    assert sorted(rows(engine, "echecs", "envoi, tranche, code, compte, a_nous")) == [
        ("E1", 0, "ZeroDivisionError", 3, 2),
        ("E1", 1, "DELAI_DEPASSE", 1, 1),
        ("E2", 0, "ERREUR_INTERNE", 3, 3),  # put aside: it is seen, and restarted by hand
    ]


def test_the_database_refuses_what_people_may_not_do(engine: sa.Engine) -> None:
    migrate(engine)
    fill(engine)
    for statement in (
        "UPDATE incidents SET etat = 'prise_en_charge', pris_par = NULL",
        "UPDATE incidents SET etat = 'oubliee'",
        "UPDATE pieces SET motif = 'ERREUR_INTERNE'",
        "UPDATE pieces SET remplacee_par = 'E9-0001'",
        "UPDATE suites SET etat = 'oubliee'",
        "UPDATE purges SET pieces = -1",
        "INSERT INTO actes (piece, rang, le, par, action, raison, avant, apres)"
        " VALUES ('E9-0001', 1, '2026-01-01', 'x', 'x', '', '{}', '{}')",
    ):
        with pytest.raises(sa.exc.IntegrityError), engine.begin() as c:
            c.execute(sa.text(statement))
