"""The only place that names concrete classes: builds a site from its settings."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import sqlalchemy as sa

from classifier import TesseractClassifier
from classifier import build as build_classifier
from intake.errors import ReglageInvalide
from intake.readers.lecteur import SandboxLecteur
from intake.use_cases.correct import Corriger
from intake.use_cases.free import Liberer
from intake.use_cases.incidents import Suivre
from intake.use_cases.process import Traiter
from intake.use_cases.purge import Purger
from intake.use_cases.receive import Recevoir
from intake.use_cases.recut import Recouper
from intake.use_cases.register import Inscrire
from intake.use_cases.repair import Reparer
from intake.use_cases.restart import Relancer
from storage.engines import create_engine, migrate
from storage.follow_up_queries import FollowUpQueries
from storage.objects import FolderStore, S3Store, open_store
from storage.queries import Queries
from storage.retention import Retention
from storage.uow import SqlUnitOfWork
from web.documents import read_plan
from web.settings import Settings

STARTING_PLAN = Path(__file__).parent / "plan-de-classement.toml"


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True)
class Site:
    """One installation: its database, its objects, and the use cases over them."""

    settings: Settings
    engine: sa.Engine
    objects: FolderStore | S3Store
    clock: SystemClock

    @cached_property
    def uow(self) -> SqlUnitOfWork:
        return SqlUnitOfWork(self.engine)

    @cached_property
    def queries(self) -> Queries:
        return Queries(self.engine)

    @cached_property
    def suivi(self) -> FollowUpQueries:
        return FollowUpQueries(self.engine)

    @cached_property
    def suivre(self) -> Suivre:
        return Suivre(self.uow, self.clock)

    @cached_property
    def corriger(self) -> Corriger:
        return Corriger(self.uow, self.clock)

    @cached_property
    def reparer(self) -> Reparer:
        return Reparer(self.uow, self.classifier, self.clock, self.settings.qr_signing_keys)

    @cached_property
    def inscrire(self) -> Inscrire:
        return Inscrire(self.uow, self.reparer)

    @cached_property
    def retention(self) -> Retention:
        return Retention(self.engine)

    @cached_property
    def purger(self) -> Purger:
        return Purger(self.uow, self.objects, self.retention, self.clock)

    @cached_property
    def relancer(self) -> Relancer:
        return Relancer(self.uow, self.clock)

    def recouper(self, lecteur: SandboxLecteur) -> Recouper:
        return Recouper(self.uow, self.objects, lecteur, self.classifier, self.clock)

    @cached_property
    def classifier(self) -> TesseractClassifier:
        return build_classifier()

    @cached_property
    def recevoir(self) -> Recevoir:
        return Recevoir(self.uow, self.objects, self.clock)

    @cached_property
    def liberer(self) -> Liberer:
        return Liberer(self.uow, self.clock)

    def traiter(self, lecteur: SandboxLecteur) -> Traiter:
        return Traiter(
            self.uow, self.objects, lecteur, self.classifier, self.clock, self.settings.qr_signing_keys
        )


def open_site(settings: Settings) -> Site:
    """The site, migrated, with the starting plan when it has none. Raises IntakeError."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise ReglageInvalide(f"DOSSIER_DATA : le dossier « {settings.data} » ne peut pas être créé.") from e
    engine = create_engine(settings.database_url)
    migrate(engine)
    site = Site(settings, engine, make_store(settings), SystemClock())
    with site.uow() as tx:
        if not tx.plans.versions():
            tx.plans.ajouter(read_plan(STARTING_PLAN))
            tx.commit()
    return site


def make_store(settings: Settings) -> FolderStore | S3Store:
    return open_store(
        root=settings.data / "objets",
        endpoint_url=settings.s3_endpoint_url,
        bucket=settings.s3_bucket,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key,
        region=settings.s3_region,
        prefix=settings.s3_prefix,
    )


def make_lecteur(settings: Settings, *, with_text: bool = True) -> SandboxLecteur:
    """`with_text` false: marks only, no OCR."""
    preload = ("classifier", *_if_present("tesserocr")) if with_text else ()
    return SandboxLecteur(
        build_classifier if with_text else None, processes=settings.processes, preload=preload
    )


def _if_present(module: str) -> tuple[str, ...]:
    return (module,) if importlib.util.find_spec(module) else ()
