"""What the core needs from outside, as Protocols of few methods; fakes live in tests/fakes.py.

Where to look, each a module of its own:

* `fichiers`: opening, reading and cutting files that nobody vouches for (R4, R6).
* `dehors`: the world around: bytes kept, the time, mails sent.
* `registre`: the demandes that a site knows, and the plan de classement.
* `envois`: envois and the work on them: claims, readings, ranges of pages, failures, what is left to read.
* `pieces`: pieces, the places they take, and the incidents about them.
* `suivi`: what people do and what remains of it: histories, corrections, mails, the log of accesses.
* `fins`: what time ends: which bytes are still needed, what is due, what a purge deletes (R9, R34, R35).
* `transaction`: one unit of work, in which all of what is kept changes together or not at all.
"""

from intake.ports.dehors import Clock, Mailer, ObjectInfo, ObjectStore
from intake.ports.envois import Completions, Echecs, Envois, Lectures, Tranches
from intake.ports.fichiers import (
    ACouper,
    Antivirus,
    Apercu,
    Classifier,
    Lecteur,
    MarkReader,
    OpenedFile,
    PageImage,
    PageReader,
    Regard,
)
from intake.ports.fins import Echeances, Echue, Objets, Purges
from intake.ports.pieces import Incidents, Pieces, PiecesTrouvees, Places
from intake.ports.registre import Plans, Registre
from intake.ports.suivi import Adresses, Corrections, Courriers, Histoire, Journal
from intake.ports.transaction import Transaction, UnitOfWork

__all__ = [
    "ACouper",
    "Adresses",
    "Antivirus",
    "Apercu",
    "Classifier",
    "Clock",
    "Completions",
    "Corrections",
    "Courriers",
    "Echeances",
    "Echecs",
    "Echue",
    "Envois",
    "Histoire",
    "Incidents",
    "Journal",
    "Lecteur",
    "Lectures",
    "Mailer",
    "MarkReader",
    "ObjectInfo",
    "ObjectStore",
    "Objets",
    "OpenedFile",
    "PageImage",
    "PageReader",
    "Pieces",
    "PiecesTrouvees",
    "Places",
    "Plans",
    "Purges",
    "Regard",
    "Registre",
    "Tranches",
    "Transaction",
    "UnitOfWork",
]
