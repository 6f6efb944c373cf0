"""The Flask application: for now the command line; importing it does nothing."""

from __future__ import annotations

from flask import Flask

from web import cli


def create_app() -> Flask:
    app = Flask(__name__)
    cli.register(app)
    return app
