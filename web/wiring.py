"""The only place that names concrete classes: builds a site from its settings."""

from __future__ import annotations

import importlib.util
import os
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from intake.domain.acces import Acteur
from intake.domain.journal import Evenement
from intake.errors import ReglageInvalide
from intake.ports import Clock
from intake.readers.lecteur import SandboxLecteur
from intake.readers.regard import SandboxRegard
from intake.readers.tasks import Textes
from intake.use_cases.advance import Avancer, Mener
from intake.use_cases.complete import Completer
from intake.use_cases.journalise import Journalise, Temoin
from intake.use_cases.lease import Limite
from intake.use_cases.originals import Originaux
from intake.use_cases.process import Traiter
from intake.use_cases.purge import Purger
from intake.use_cases.receive import Recevoir
from storage.engines import create_engine, migrate
from storage.follow_up_queries import FollowUpQueries
from storage.objects import FolderStore, open_store
from storage.queries import Queries
from storage.retention import Retention
from storage.uow import SqlUnitOfWork
from storage.work_queries import WorkQueries
from web.documents import read_plan
from web.gestes import Gestes
from web.settings import Settings

if TYPE_CHECKING:
    from classifier import TesseractClassifier
    from storage.objects.s3 import S3Store
    from storage.objects.staging import S3Staging
    from web.access.agents import Agents
    from web.access.demandeurs import Demandeurs
    from web.access.oidc import ParOidc
    from web.access.secret import SiteKey
    from web.access.sessions import Reconnaitre
    from web.access.tokens import Jetons
    from web.antivirus import Clamd
    from web.mail import OutboxMailer, SmtpMailer

Borner = Callable[[Limite], AbstractContextManager[None]]
STARTING_PLAN = Path(__file__).parent / "plan-de-classement.toml"


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True)
class Site:
    """One installation: its database, its objects, and the use cases over them.

    What only some commands need is loaded by the property that gives it: a command should start at once.
    """

    settings: Settings
    engine: sa.Engine
    objects: FolderStore | S3Store
    clock: Clock

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
    def retention(self) -> Retention:
        return Retention(self.engine)

    @cached_property
    def purger(self) -> Purger:
        return Purger(self.uow, self.objects, self.retention, self.clock)

    @cached_property
    def classifier(self) -> TesseractClassifier:
        from classifier import build

        return build(self.settings.deuxddoc_certificats)

    @cached_property
    def recevoir(self) -> Recevoir:
        return Recevoir(self.uow, self.objects, self.clock)

    @cached_property
    def key(self) -> SiteKey:
        from web.access.secret import SiteKey

        return SiteKey((self.settings.secret_key or _own_key(self.settings.data)).encode())

    @cached_property
    def agents(self) -> Agents:
        from web.access.agents import Agents

        return Agents(self.uow, self.clock, self.key)

    @cached_property
    def demandeurs(self) -> Demandeurs:
        from web.access.demandeurs import Demandeurs

        return Demandeurs(self.uow, self.clock, self.key)

    @cached_property
    def jetons(self) -> Jetons:
        from web.access.tokens import Jetons

        return Jetons(self.uow, self.clock)

    @cached_property
    def reconnaitre(self) -> Reconnaitre:
        from web.access.sessions import Reconnaitre

        return Reconnaitre(self.uow, self.clock)

    @cached_property
    def par_oidc(self) -> ParOidc | None:
        """None where no identity provider is configured."""
        from web.access.fournisseur import Fournisseur
        from web.access.oidc import ParOidc

        told = self.settings.oidc
        return ParOidc(self.uow, self.clock, self.key, told, Fournisseur(told)) if told else None

    @cached_property
    def mailer(self) -> SmtpMailer | OutboxMailer:
        from web.mail import OutboxMailer, SmtpMailer

        sender = self.settings.mail_from
        if self.settings.smtp_url is not None:
            return SmtpMailer(self.settings.smtp_url, sender, self.clock)
        return OutboxMailer(self.settings.data / "courriers", sender, self.clock)

    @cached_property
    def direct(self) -> S3Staging | None:
        """None where senders cannot reach the object store themselves."""
        public = self.settings.s3_public_url
        if public is None or isinstance(self.objects, FolderStore):
            return None
        from storage.objects.staging import S3Staging

        return S3Staging(self.objects.access, public)

    def journalise(self, *evenements: Evenement) -> Journalise:
        """A unit of work whose first commit writes these lines too: give it to the use case to be logged."""
        return Journalise(self.uow, self.clock, *evenements)

    def au_nom_de(self, acteur: Acteur) -> Gestes:
        """What people do, each change logged under this actor's name (R32)."""
        keys = self.settings.qr_signing_keys
        return Gestes(self.uow, self.objects, self.classifier, self.clock, keys, acteur)

    @cached_property
    def work(self) -> WorkQueries:
        return WorkQueries(self.engine)

    def avancer(
        self, lecteur: SandboxLecteur, *, taille: int | None, borner: Borner | None = None
    ) -> Avancer:
        """One step of an envoi at a time; `taille`: pages of a range, None to do each envoi whole."""
        keys, bail = self.settings.qr_signing_keys, timedelta(seconds=self.settings.lease_seconds)
        logged = Temoin(self.uow, self.clock)
        whole = Traiter(logged, self.objects, lecteur, self.classifier, self.clock, keys, bail)
        kept, name = Originaux(self.objects), self.settings.worker_name
        step = Avancer(self.uow, kept, lecteur, whole, self.clock, taille, name, bail)
        return replace(step, borner=borner) if borner else step

    def completer(
        self,
        lecteur: SandboxLecteur,
        originaux: Originaux,
        borner: Callable[[Limite], AbstractContextManager[None]] | None = None,
    ) -> Completer:
        """What was left unread of a piece, a step at a time."""
        name, bail = self.settings.worker_name, timedelta(seconds=self.settings.lease_seconds)
        step = Completer(self.uow, originaux, lecteur, self.classifier, self.clock, name, bail)
        return replace(step, borner=borner) if borner else step

    def traiter(self, lecteur: SandboxLecteur) -> Mener:
        return Mener(self.avancer(lecteur, taille=None))


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


def _own_key(data: Path) -> str:
    """The embedded site's own key: made once, whoever of several processes comes first."""
    path = data / "secret.key"
    draft = data / f".secret.{secrets.token_hex(4)}"
    try:
        if not path.exists():
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(48))
            try:
                os.link(draft, path)  # fails where it exists, and is never seen half-written
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_text()
    except OSError as e:
        raise ReglageInvalide(f"La clé du site ne peut pas être lue ou faite dans « {path} ».") from e


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


def make_lecteur(
    settings: Settings, textes: Textes = "tous", *, processes: int | None = None
) -> SandboxLecteur:
    """`textes`: whose pages are read by OCR; all, or those whose code was seen and could not be decoded."""
    from classifier import build

    heavy = _if_present("tesserocr") if textes == "tous" else ()
    return SandboxLecteur(
        build,
        processes=processes or settings.processes,
        textes=textes,
        preload=("classifier:prepare", *heavy),
        antivirus=make_antivirus(settings),
    )


def make_regard(*, seconds: float = 30.0) -> SandboxRegard:
    """Whether a photo can be used, told at once (R6). `seconds`: what one may take."""
    from classifier import apercu

    return SandboxRegard(apercu, preload=("classifier.quality",), seconds=seconds)


def make_antivirus(settings: Settings, *, seconds: float | None = None) -> Clamd | None:
    """None where none is configured. `seconds`: for one file, where somebody waits for the answer."""
    from web.antivirus import Clamd

    return Clamd(settings.clamd_url, seconds=seconds) if settings.clamd_url is not None else None


def _if_present(module: str) -> tuple[str, ...]:
    return (module,) if importlib.util.find_spec(module) else ()
