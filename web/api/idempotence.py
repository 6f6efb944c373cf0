"""`Idempotency-Key`: the same request again gets the first answer, and does nothing (R5)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, ParamSpec

from flask import request

from web.api.guard import acteur, site
from web.api.problems import ErreurApi

P = ParamSpec("P")
Answer = tuple[dict[str, Any], int]
_ABANDONED = timedelta(minutes=10)  # whoever opened the key has died


def idempotent(handler: Callable[P, Answer]) -> Callable[P, Answer]:
    """Wraps a handler that creates. Safe when the first died half-way: what we create is found again by
    its content (R5)."""

    @wraps(handler)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Answer:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return handler(*args, **kwargs)
        if len(key) > 128 or not key.isprintable():
            raise ErreurApi("REQUETE_INVALIDE", "Idempotency-Key a au plus 128 caractères visibles.")
        who, same = acteur().id, _fingerprint()
        kept = _opened(who, key, same)
        if kept is not None:
            return kept
        try:
            body, status = handler(*args, **kwargs)
        except BaseException:
            with site().uow() as tx:
                tx.api.oublier(who, key)  # nothing was created: it may be tried again
                tx.commit()
            raise
        with site().uow() as tx:
            tx.api.repondre(who, key, status, body)
            tx.commit()
        return body, status

    return wrapped


def _opened(who: str, key: str, same: str) -> Answer | None:
    now = site().clock.now()
    with site().uow() as tx:
        if tx.api.retenir(who, key, same, now):
            tx.commit()
            return None
        row = tx.api.reponse(who, key)
        if row is None or row.empreinte != same:
            raise ErreurApi("CLE_REUTILISEE", "Cette Idempotency-Key a servi à une autre requête.")
        if row.statut is not None:
            return row.corps, row.statut
        if row.cree_le.astimezone(now.tzinfo) + _ABANDONED > now:
            raise ErreurApi(
                "REQUETE_EN_COURS", "La première requête de cette Idempotency-Key n'est pas finie."
            )
        tx.api.oublier(who, key)
        tx.api.retenir(who, key, same, now)
        tx.commit()
    return None


def _fingerprint() -> str:
    digest = hashlib.sha256(f"{request.method} {request.full_path}".encode())
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
