"""The command line: each command is `flask <name>`; the JSON of each is a promise (``spec/cli.md``)."""

from __future__ import annotations

import importlib

import click
from flask import Flask
from flask.cli import AppGroup

# Command: the module that has it under its own name, then those that add words to it; loaded when it is
# called or listed.
_COMMANDS = {
    "ingest": "ingest",
    "decode": "reading",
    "classify": "reading",
    "photo": "reading",
    "classifier": "classifier",
    "demandes": "registers",
    "plan": "registers",
    "pieces": "pieces corrections time",
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
    "travail": "work",
}


class _Commands(AppGroup):
    """Loading every command for each of them took three seconds of CPU."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module, *_adding = [importlib.import_module(f"web.cli.{m}") for m in _COMMANDS[name].split()]
        command = getattr(module, name)
        assert isinstance(command, click.Command)
        return command


def register(app: Flask) -> None:
    app.cli = _Commands(app.name)
