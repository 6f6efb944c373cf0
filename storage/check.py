"""Compares rows and objects both ways, and says every difference; changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from intake.errors import ObjetAbsent, ObjetAltere
from intake.ports import ObjectStore
from storage.objects import digest_of
from storage.queries import Queries

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Difference:
    """`genre`: absent, altere, orphelin, etranger or compte."""

    genre: str
    objet: str
    detail: str


def check(queries: Queries, objects: ObjectStore, *, read: bool = True) -> Iterator[Difference]:
    """Every difference; with `read`, each referenced object is read whole and its checksum verified."""
    needed: dict[str, str] = {}
    for key, owner in queries.referenced_objects():
        needed.setdefault(key, owner)
    present = set()
    for info in objects.list():
        present.add(info.key)
        if digest_of(info.key) is None:
            yield Difference("etranger", info.key, "objet qui n'est pas de ce programme")
        elif info.key not in needed:
            yield Difference(
                "orphelin", info.key, "aucune ligne n'y renvoie : reste d'un arrêt brutal, sans danger"
            )
    for key, owner in needed.items():
        if key not in present:
            yield Difference("absent", key, f"attendu par {owner}")
        elif read and (wrong := _altered(objects, key)):
            yield Difference(wrong, key, f"attendu par {owner}")
    for line in queries.miscounted_places():
        yield Difference("compte", "", line)


def _altered(objects: ObjectStore, key: str) -> str | None:
    try:
        with objects.open(key) as stream:
            while stream.read(_CHUNK):
                pass
    except ObjetAltere:
        return "altere"
    except ObjetAbsent:
        return "absent"
    return None
