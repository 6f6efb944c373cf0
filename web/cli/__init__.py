"""The command line: each command is `flask <name>`; the JSON of each is a promise (``spec/cli.md``)."""

from __future__ import annotations

from flask import Flask

from web.cli import corrections, demo, envois, incidents, ingest, pieces, reading, registers, time, upkeep


def register(app: Flask) -> None:
    for command in (
        ingest.ingest,
        reading.decode,
        reading.classify,
        registers.demandes,
        registers.plan,
        pieces.pieces,
        incidents.incidents,
        corrections.corrections,
        envois.envois,
        time.purge,
        upkeep.storage,
        demo.demo,
    ):
        app.cli.add_command(command)
