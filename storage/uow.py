"""The unit of work over SQL: one transaction, its repositories, rows translated into domain values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import DataError

from intake.domain.demande import Demande, Personne, StatutDemande
from intake.domain.envoi import Envoi
from intake.domain.lecture import PageLue, Sort, SortPage
from intake.domain.motif import StatutEnvoi
from intake.domain.plan import PlanDeClassement
from intake.errors import (
    DemandeExistante,
    DonneeRefusee,
    IntakeError,
    PlanInconnu,
    RegistreInvalide,
    StockageIndisponible,
)
from storage import numeros, plan_rows, rows
from storage import tables as t
from storage.access import SqlAcces, SqlAdresses
from storage.api_queries import ApiQueries
from storage.depots import SqlDepotsDirects, SqlPhotos, SqlTravaux
from storage.erase import SqlObjets, SqlPurges
from storage.follow_up import SqlCorrections, SqlHistoire, SqlIncidents
from storage.journal import SqlJournal
from storage.pieces import SqlPieces, SqlPlaces
from storage.search import SqlRecherche, nommer
from storage.sql import SILENCES, insert_once
from storage.tables_recherche import noms
from storage.work import SqlCompletions, SqlEchecs, SqlTranches, tranches_ouvertes

_page_decoder = msgspec.json.Decoder(PageLue)
_page_encoder = msgspec.json.Encoder()


class SqlUnitOfWork:
    """`with uow() as tx: …; tx.commit()`. A database that does not answer is StockageIndisponible."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @contextmanager
    def __call__(self) -> Iterator[SqlTransaction]:
        try:
            with self._engine.connect() as connection, connection.begin() as begun:
                tx = SqlTransaction(connection, begun)
                yield tx
                if begun.is_active:
                    begun.rollback()
        except IntakeError:
            raise
        except (DataError, UnicodeEncodeError, OverflowError) as e:  # the latter before it is even asked
            raise DonneeRefusee("Une valeur donnée ne peut pas être gardée telle quelle.") from e
        except SILENCES as e:
            raise StockageIndisponible("La base de données ne répond pas, ou a refusé une écriture.") from e


class SqlTransaction:
    def __init__(self, connection: sa.Connection, begun: sa.RootTransaction) -> None:
        self._begun = begun
        self.registre = SqlRegistre(connection)
        self.plans = SqlPlans(connection)
        self.envois = SqlEnvois(connection)
        self.lectures = SqlLectures(connection)
        self.tranches = SqlTranches(connection)
        self.echecs = SqlEchecs(connection)
        self.pieces = SqlPieces(connection)
        self.places = SqlPlaces(connection)
        self.incidents = SqlIncidents(connection)
        self.journal = SqlJournal(connection)
        self.acces = SqlAcces(connection)
        self.api = ApiQueries(connection)
        self.depots_directs = SqlDepotsDirects(connection)
        self.photos = SqlPhotos(connection)
        self.travaux = SqlTravaux(connection)
        self.histoire = SqlHistoire(connection)
        self.corrections = SqlCorrections(connection)
        self.courriers = self.acces.courriers
        self.adresses = SqlAdresses(connection)
        self.objets = SqlObjets(connection)
        self.purges = SqlPurges(connection)
        self.recherche = SqlRecherche(connection)
        self.completions = SqlCompletions(connection)

    def commit(self) -> None:
        self._begun.commit()


class SqlRegistre:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def chercher(self, numero: str) -> Demande | None:
        by_alias = sa.select(t.alias.c.demande).where(t.alias.c.numero == numero).scalar_subquery()
        d = t.demandes
        row = self._c.execute(
            sa.select(d).where(sa.or_(d.c.numero_unique == numero, d.c.numero_unique == by_alias))
        ).first()
        return self._demande(row) if row else None

    def parmi(self, numeros: Collection[str]) -> list[Demande]:
        d = t.demandes
        rows = self._c.execute(
            sa.select(d).where(d.c.numero_unique.in_(sorted(numeros))).order_by(d.c.numero_unique)
        ).all()
        return [self._demande(row) for row in rows]

    def _demande(self, row: sa.Row[Any]) -> Demande:
        p = t.personnes
        people = self._c.execute(
            sa.select(p).where(p.c.demande == row.numero_unique).order_by(p.c.ordre)
        ).all()
        aliases = self._c.scalars(
            sa.select(t.alias.c.numero)
            .where(t.alias.c.demande == row.numero_unique)
            .order_by(t.alias.c.numero)
        ).all()
        return Demande(
            numero_unique=row.numero_unique,
            statut=StatutDemande(row.statut),
            personnes=tuple(
                Personne(q.rang, q.nom, q.prenom, q.civilite, q.nom_usage, q.date_naissance) for q in people
            ),
            alias=tuple(aliases),
            date_depot=row.date_depot,
            date_radiation=row.date_radiation,
            date_derniere_modification=row.date_derniere_modification,
            guichet=row.guichet,
            email=row.email,
            telephone=row.telephone,
        )

    def verrouiller(self, numero: str) -> None:
        # SQLite ignores FOR UPDATE, and needs none: its writing transaction is alone from its first word.
        # Not the key: who inserts a row that names it holds that, and may want the rest next.
        self._c.execute(
            sa.select(t.demandes.c.numero_unique)
            .where(t.demandes.c.numero_unique == numero)
            .with_for_update(key_share=True)
        )

    def creer(self, demande: Demande) -> None:
        if not insert_once(self._c, t.demandes, _demande_row(demande)):
            raise DemandeExistante(f"La demande {demande.numero_unique} est déjà enregistrée.")
        self._ecrire_la_suite(demande)

    def enregistrer(self, demande: Demande) -> None:
        new = not self._remplacer(demande)
        if new and not insert_once(self._c, t.demandes, _demande_row(demande)):
            self._remplacer(demande)  # somebody else was registering it, and has
        self._ecrire_la_suite(demande)

    def _remplacer(self, demande: Demande) -> bool:
        d = t.demandes
        mine = sa.update(d).where(d.c.numero_unique == demande.numero_unique)
        return bool(self._c.execute(mine.values(_demande_row(demande))).rowcount == 1)

    def _ecrire_la_suite(self, demande: Demande) -> None:
        """What belongs to its row, which this transaction has written: nobody else is at it."""
        numeros.prendre(self._c, demande)
        for child in (t.alias, t.personnes, noms):
            self._c.execute(sa.delete(child).where(child.c.demande == demande.numero_unique))
        for numero in sorted(set(demande.alias)):
            self._c.execute(sa.insert(t.alias).values(numero=numero, demande=demande.numero_unique))
        for ordre, p in enumerate(demande.personnes):
            self._c.execute(
                sa.insert(t.personnes).values(
                    demande=demande.numero_unique,
                    rang=p.rang,
                    ordre=ordre,
                    civilite=p.civilite,
                    nom=p.nom,
                    nom_usage=p.nom_usage,
                    prenom=p.prenom,
                    date_naissance=p.date_naissance,
                )
            )
            nommer(self._c, demande.numero_unique, p.rang, p.nom, p.nom_usage, p.prenom)


def _demande_row(demande: Demande) -> dict[str, Any]:
    return {
        "numero_unique": demande.numero_unique,
        "statut": demande.statut.value,
        "date_depot": demande.date_depot,
        "date_radiation": demande.date_radiation,
        "date_derniere_modification": demande.date_derniere_modification,
        "guichet": demande.guichet,
        "email": demande.email,
        "telephone": demande.telephone,
    }


class SqlPlans:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def en_vigueur(self, jour: date) -> PlanDeClassement:
        p = t.plans
        row = self._c.execute(
            sa.select(p).where(p.c.date_effet <= jour).order_by(p.c.date_effet.desc()).limit(1)
        ).first()
        if row is None:
            raise PlanInconnu(f"Aucun plan de classement n'est en vigueur le {jour:%d/%m/%Y}.")
        return plan_rows.from_document(row.contenu)

    def ajouter(self, plan: PlanDeClassement) -> bool:
        document = plan_rows.to_document(plan)
        p = t.plans
        known = self._c.execute(sa.select(p.c.contenu).where(p.c.version == plan.version)).first()
        if known is not None:
            if known.contenu != document:
                raise RegistreInvalide(
                    f"La version {plan.version} du plan existe déjà, avec un autre contenu."
                )
            return False
        if self._c.scalar(sa.select(p.c.version).where(p.c.date_effet == plan.date_effet)) is not None:
            raise RegistreInvalide(
                f"Une autre version du plan prend déjà effet le {plan.date_effet:%d/%m/%Y}."
            )
        self._c.execute(
            sa.insert(p).values(version=plan.version, date_effet=plan.date_effet, contenu=document)
        )
        return True

    def versions(self) -> list[str]:
        """Every version known, by effective date."""
        return list(self._c.scalars(sa.select(t.plans.c.version).order_by(t.plans.c.date_effet)))


class SqlEnvois:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def ajouter(self, envoi: Envoi) -> bool:
        return insert_once(self._c, t.envois, rows.envoi_row(envoi))

    def lire(self, identifiant: str, *, verrou: bool = False) -> Envoi | None:
        statement = sa.select(t.envois).where(t.envois.c.id == identifiant)
        row = self._c.execute(statement.with_for_update(key_share=True) if verrou else statement).first()
        return rows.envoi_of(row) if row else None

    def reclamer(self, identifiant: str, jeton: str, maintenant: datetime, jusqu_a: datetime) -> bool:
        e = t.envois
        free = sa.or_(
            e.c.statut == StatutEnvoi.RECUE.value,
            e.c.reclame_par == jeton,
            e.c.reclame_jusqu_a < maintenant,
        )
        unfinished = e.c.statut.in_([StatutEnvoi.RECUE.value, StatutEnvoi.EN_COURS.value])
        done = self._c.execute(
            sa.update(e)
            .where(e.c.id == identifiant, unfinished, free, ~tranches_ouvertes(identifiant))
            .values(statut=StatutEnvoi.EN_COURS.value, reclame_par=jeton, reclame_jusqu_a=jusqu_a)
        )
        return bool(done.rowcount == 1)

    def terminer(self, envoi: Envoi, jeton: str) -> bool:
        e = t.envois
        done = self._c.execute(
            sa.update(e)
            .where(e.c.id == envoi.id, e.c.reclame_par == jeton)
            .values(**rows.envoi_row(envoi), reclame_par=None, reclame_jusqu_a=None)
        )
        return bool(done.rowcount == 1)

    def changer(self, envoi: Envoi, depuis: StatutEnvoi) -> bool:
        e = t.envois
        done = self._c.execute(
            sa.update(e).where(e.c.id == envoi.id, e.c.statut == depuis.value).values(rows.envoi_row(envoi))
        )
        return bool(done.rowcount == 1)


class SqlLectures:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def ecrire(self, envoi: str, pages: Sequence[PageLue]) -> None:
        if not pages:
            return
        numbers = [p.numero for p in pages]
        self._c.execute(sa.delete(t.pages).where(t.pages.c.envoi == envoi, t.pages.c.numero.in_(numbers)))
        self._c.execute(
            sa.insert(t.pages),
            [
                {"envoi": envoi, "numero": p.numero, "lecture": _page_encoder.encode(p).decode()}
                for p in pages
            ],
        )

    def lire(self, envoi: str, numeros: Sequence[int] | None = None) -> list[PageLue]:
        wanted = sa.select(t.pages.c.lecture).where(t.pages.c.envoi == envoi).order_by(t.pages.c.numero)
        if numeros is not None:
            wanted = wanted.where(t.pages.c.numero.in_(list(numeros)))
        rows = self._c.execute(wanted)
        return [_page_decoder.decode(row.lecture) for row in rows]

    def completer(self, envoi: str, page: PageLue) -> bool:
        p = t.pages
        mine = sa.and_(p.c.envoi == envoi, p.c.numero == page.numero)
        values = {"lecture": _page_encoder.encode(page).decode()}
        return bool(self._c.execute(sa.update(p).where(mine).values(values)).rowcount == 1)

    def sorts(self, envoi: str, sorts: Sequence[SortPage]) -> None:
        p = t.pages
        statement = (
            sa.update(p)
            .where(p.c.envoi == envoi, p.c.numero == sa.bindparam("la_page"))
            .values(sort=sa.bindparam("le_sort"), raison=sa.bindparam("la_raison"))
        )
        rows = [{"la_page": s.page, "le_sort": s.sort.value, "la_raison": s.raison} for s in sorts]
        if rows:
            self._c.execute(statement, rows)

    def oublier_les_echecs(self, envoi: str) -> None:
        failed = [p.numero for p in self.lire(envoi) if p.erreur is not None]
        self._c.execute(sa.delete(t.pages).where(t.pages.c.envoi == envoi, t.pages.c.numero.in_(failed)))

    def sans_sort(self, envoi: str) -> list[int]:
        p = t.pages
        none = sa.or_(p.c.sort.is_(None), p.c.sort == Sort.INCIDENT.value)
        return list(self._c.scalars(sa.select(p.c.numero).where(p.c.envoi == envoi, none)))
