"""`Idempotency-Key`: the same request again gets the first answer, and does nothing (R5).

A key is *open* while its request runs, *done* from the very transaction that changes something, and
*answered* once the answer is kept. What died between the last two is told again, not done again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec

from flask import g, request

from storage.api_queries import ACCOMPLIE
from web.api.guard import Cle, acteur, site
from web.api.problems import ErreurApi

P = ParamSpec("P")
Answer = tuple[dict[str, Any], int]
_ASKED = ("Upload-Length", "Upload-Metadata")  # what an upload asks for stands in its headers (tus)
_ABANDONED = timedelta(minutes=10)  # whoever opened the key has died


def rejouable(handler: Callable[P, Answer]) -> Callable[P, Answer]:
    """For a deposit: run again, it finds by its content what it had created (R5).

    And for what leaves nothing to find and harms nobody twice: an upload begun, a link that lasts minutes.
    """
    return _wrapped(handler, None)


def idempotent(relire: Callable[P, Answer]) -> Callable[[Callable[P, Answer]], Callable[P, Answer]]:
    """For a change: `relire` tells what was done when the answer that told it is lost."""
    return lambda handler: _wrapped(handler, relire)


def _wrapped(handler: Callable[P, Answer], relire: Callable[P, Answer] | None) -> Callable[P, Answer]:
    @wraps(handler)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Answer:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return handler(*args, **kwargs)
        if len(key) > 128 or not key.isprintable():
            raise ErreurApi("REQUETE_INVALIDE", "Idempotency-Key a au plus 128 caractères visibles.")
        mine, kept = _opened(acteur().id, key, _fingerprint())
        if mine is None:
            g.redite = True
            if kept is not None:
                return kept
            assert relire is not None
            return relire(*args, **kwargs)
        if relire is not None:
            g.cle = mine
        try:
            body, status = handler(*args, **kwargs)
        except BaseException:
            with site().uow() as tx:
                tx.api.oublier(mine.acteur, mine.cle, mine.ouverte_le)  # unless something was done
                tx.commit()
            raise
        with site().uow() as tx:
            tx.api.repondre(mine.acteur, mine.cle, status, body)
            tx.commit()
        return body, status

    return wrapped


def _opened(who: str, key: str, same: str) -> tuple[Cle | None, Answer | None]:
    """The key, open and the caller's; or the answer it had; or neither: it was done, and not answered."""
    now: datetime = site().clock.now()
    with site().uow() as tx:
        if tx.api.retenir(who, key, same, now):
            tx.commit()
            return Cle(who, key, now), None
        row = tx.api.reponse(who, key)
        if row is None or row.empreinte != same:
            raise ErreurApi("CLE_REUTILISEE", "Cette Idempotency-Key a servi à une autre requête.")
        if row.statut is not None:
            return None, None if row.statut == ACCOMPLIE else (row.corps, row.statut)
        left = row.cree_le.astimezone(now.tzinfo) + _ABANDONED <= now
        if not left or not tx.api.reprendre_cle(who, key, row.cree_le, now):
            raise ErreurApi(
                "REQUETE_EN_COURS", "La première requête de cette Idempotency-Key n'est pas finie."
            )
        tx.commit()
    return Cle(who, key, now), None


def _fingerprint() -> str:
    digest = hashlib.sha256(f"{request.method} {request.full_path}".encode())
    for name in _ASKED:
        if name in request.headers:
            digest.update(f"\n{name}: {request.headers[name]}\n".encode())
    if request.mimetype == "multipart/form-data":
        for name, value in sorted(request.form.items(multi=True)):
            digest.update(f"{name}={value}\n".encode("utf-8", "replace"))
        for name, file in sorted(request.files.items(multi=True)):
            digest.update(f"{name}:{file.filename}\n".encode("utf-8", "replace"))
            digest.update(hashlib.file_digest(file.stream, "sha256").digest())  # type: ignore[arg-type]
            file.stream.seek(0)
    else:
        digest.update(request.get_data(cache=True))
    return digest.hexdigest()
