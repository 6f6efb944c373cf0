"""The command line: each command is `flask <name>`; the JSON of each is a promise (``spec/cli.md``)."""

from __future__ import annotations

import importlib

import click
from flask import Flask
from flask.cli import AppGroup

# Command: the module that has it, under its own name, loaded when the command is called or listed.
_COMMANDS = {
    "ingest": "ingest",
    "decode": "reading",
    "classify": "reading",
    "photo": "reading",
    "classifier": "classifier",
    "demandes": "registers",
    "plan": "registers",
    "pieces": "pieces",
    "incidents": "incidents",
    "corrections": "corrections",
    "envois": "envois",
    "purge": "time",
    "storage": "upkeep",
    "journal": "journal",
    "comptes": "accounts",
    "jetons": "accounts",
    "courriers": "accounts",
    "demo": "demo",
    "servir": "servir",
}


class _Commands(AppGroup):
    """Loading every command for each of them took three seconds of CPU."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        command = getattr(importlib.import_module(f"web.cli.{_COMMANDS[name]}"), name)
        assert isinstance(command, click.Command)
        return command


def register(app: Flask) -> None:
    app.cli = _Commands(app.name)
