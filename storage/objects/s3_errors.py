"""Every exception of an S3 client becomes one of our errors, in French, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, ParamValidationError

from intake.errors import IntakeError, ObjetAbsent, StockageIndisponible

_ABSENT = {"NoSuchKey", "NoSuchVersion", "404", "NotFound"}
_NO_BUCKET = {"NoSuchBucket"}
_IDENTITY = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken", "401"}
_FORBIDDEN = {"AccessDenied", "403", "Forbidden", "AllAccessDisabled"}
_CLOCK = {"RequestTimeTooSkewed"}
_TRANSFER = {"BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "IncompleteBody"}
_FULL = {"QuotaExceeded", "EntityTooLarge", "InsufficientStorage", "XMinioStorageFull", "507"}

_SETTINGS = "Vérifiez S3_ENDPOINT_URL, S3_BUCKET et la clé d'accès, puis relancez la commande."


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def translated(where: str, key: str = "") -> Iterator[None]:
    """`where` names the store for a person: « bucket x de http://… »."""
    try:
        yield
    except ClientError as error:
        raise _from_answer(error, where, key) from error
    except ParamValidationError as error:
        raise StockageIndisponible(
            f"Une valeur de réglage est inutilisable pour le {where}.", hint=_SETTINGS
        ) from error
    except HTTPClientError as error:  # no connection, a cut one, a time limit, a TLS refusal
        raise StockageIndisponible(f"Pas de réponse complète du {where} ({_kind(error)}).") from error
    except BotoCoreError as error:
        raise StockageIndisponible(f"Échange impossible avec le {where} ({_kind(error)}).") from error


def _kind(error: Exception) -> str:
    return type(error).__name__


def _from_answer(error: ClientError, where: str, key: str) -> IntakeError:
    code = code_of(error)
    if code in _ABSENT:
        return ObjetAbsent(f"L'objet {key} n'est pas dans le {where}.")
    if code in _NO_BUCKET:
        return StockageIndisponible(
            f"Introuvable : le {where}.",
            hint="Créez ce bucket ou corrigez S3_BUCKET, puis relancez la commande.",
        )
    if code in _IDENTITY:
        return StockageIndisponible(f"La clé d'accès est refusée par le {where} ({code}).", hint=_SETTINGS)
    if code in _FORBIDDEN:
        return StockageIndisponible(
            f"Accès refusé par le {where} ({error.operation_name}).",
            hint="Vérifiez la clé d'accès, ses droits sur le bucket, et qu'aucun verrou ne protège l'objet.",
        )
    if code in _CLOCK:
        return StockageIndisponible(
            f"L'horloge de cette machine diffère trop de celle du {where}.",
            hint="Mettez la machine à l'heure, puis relancez la commande.",
        )
    if code in _TRANSFER:
        return StockageIndisponible(
            f"Octets altérés pendant leur transfert vers le {where} ; rien n'est écrit."
        )
    if code in _FULL:
        return StockageIndisponible(
            f"Plus de place dans le {where} ({code}).",
            hint="Agrandissez le stockage, puis relancez la commande.",
        )
    return StockageIndisponible(f"Échec de {error.operation_name} sur le {where} ({code or 'sans code'}).")
