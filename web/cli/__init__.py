"""The command line: each command is `flask <name>`; the JSON of each is a promise (``spec/cli.md``)."""

from __future__ import annotations

from flask import Flask

from web.cli import (
    accounts,
    classifier,
    corrections,
    demo,
    envois,
    incidents,
    ingest,
    journal,
    pieces,
    reading,
    registers,
    servir,
    time,
    upkeep,
)


def register(app: Flask) -> None:
    for command in (
        ingest.ingest,
        reading.decode,
        reading.classify,
        classifier.classifier,
        registers.demandes,
        registers.plan,
        pieces.pieces,
        incidents.incidents,
        corrections.corrections,
        envois.envois,
        time.purge,
        upkeep.storage,
        journal.journal,
        accounts.comptes,
        accounts.jetons,
        accounts.courriers,
        demo.demo,
        servir.servir,
    ):
        app.cli.add_command(command)
