"""The blueprint on which every module of handlers hangs its routes."""

from __future__ import annotations

from apiflask import APIBlueprint

api = APIBlueprint("api", __name__, url_prefix="/api/v1")
