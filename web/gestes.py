"""What people do to pieces, envois and incidents: the use cases under one actor's name, each change logged.

A desk of one request or one command: `site.au_nom_de(actor)` makes it, and it is thrown away after.
"""

from __future__ import annotations

from dataclasses import dataclass

from intake.domain.acces import Acteur
from intake.ports import Classifier, Clock, Lecteur, ObjectStore, UnitOfWork
from intake.use_cases.au_nom_de import AuNomDe
from intake.use_cases.correct import Corriger
from intake.use_cases.free import Liberer
from intake.use_cases.incidents import Suivre
from intake.use_cases.recut import Recouper
from intake.use_cases.register import Inscrire
from intake.use_cases.repair import Reparer
from intake.use_cases.restart import Relancer


@dataclass(frozen=True, slots=True)
class Gestes:
    plain: UnitOfWork
    objects: ObjectStore
    classifier: Classifier
    clock: Clock
    keys: tuple[bytes, ...]
    acteur: Acteur

    @property
    def uow(self) -> UnitOfWork:
        return AuNomDe(self.plain, self.clock, self.acteur)

    @property
    def suivre(self) -> Suivre:
        return Suivre(self.uow, self.clock)

    @property
    def corriger(self) -> Corriger:
        return Corriger(self.uow, self.clock)

    def recouper(self, lecteur: Lecteur) -> Recouper:
        return Recouper(self.uow, self.objects, lecteur, self.classifier, self.clock)

    @property
    def reparer(self) -> Reparer:
        return Reparer(self.uow, self.classifier, self.clock, self.keys)

    @property
    def liberer(self) -> Liberer:
        return Liberer(self.uow, self.clock)

    @property
    def relancer(self) -> Relancer:
        return Relancer(self.uow, self.clock)

    @property
    def inscrire(self) -> Inscrire:
        return Inscrire(self.uow, self.reparer, self.clock, self.acteur)
