"""The command line: each command is `flask <name>`; the JSON of each is a promise (``spec/cli.md``)."""

from __future__ import annotations

from flask import Flask

from web.cli import accounts, classifier, demo, ingest, journal, reading, registers, servir, upkeep, work


def register(app: Flask) -> None:
    for command in (
        ingest.ingest,
        reading.decode,
        reading.classify,
        classifier.classifier,
        registers.demandes,
        registers.plan,
        upkeep.pieces,
        upkeep.storage,
        journal.journal,
        accounts.comptes,
        accounts.jetons,
        accounts.courriers,
        demo.demo,
        servir.servir,
        work.travail,
    ):
        app.cli.add_command(command)
