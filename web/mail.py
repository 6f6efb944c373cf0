"""Mail: to a folder on the embedded site, by SMTP elsewhere; written first, then sent, and tried again."""

from __future__ import annotations

import smtplib
import ssl
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from intake.domain.courrier import Courrier
from intake.errors import MessagerieIndisponible
from intake.ports import Clock, Mailer
from storage.uow import SqlUnitOfWork

_PATIENCE = 20.0
_LEASE = timedelta(minutes=2)
_LONGEST_WAIT = timedelta(hours=6)


def message(courrier: Courrier, sender: str, clock: Clock) -> EmailMessage:
    text = EmailMessage()
    text["From"] = sender
    text["To"] = courrier.destinataire
    text["Subject"] = courrier.sujet
    text["Date"] = format_datetime(clock.now())
    # The same for each attempt, so that a mail sent twice is shown once.
    text["Message-ID"] = f"<{courrier.id}@dossier-unique.invalid>"
    text.set_content(courrier.corps)
    return text


class OutboxMailer:
    """Each mail a file of its own, which any mail program opens."""

    def __init__(self, folder: Path, sender: str, clock: Clock) -> None:
        self._folder, self._sender, self._clock = folder, sender, clock

    def envoyer(self, courrier: Courrier) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            name = f"{self._clock.now():%Y%m%d-%H%M%S}-{courrier.id}.eml"
            (self._folder / name).write_bytes(bytes(message(courrier, self._sender, self._clock)))
        except (OSError, ValueError) as e:
            raise MessagerieIndisponible(f"Le dossier des courriers ne peut pas être écrit : {e}.") from e


class SmtpMailer:
    """`smtp://[user:password@]host[:port]` (TLS where the server offers it), or `smtps://`."""

    def __init__(self, url: str, sender: str, clock: Clock) -> None:
        self._url, self._sender, self._clock = urlsplit(url), sender, clock

    def envoyer(self, courrier: Courrier) -> None:
        try:
            with self._connected() as server:
                if self._url.username:
                    server.login(unquote(self._url.username), unquote(self._url.password or ""))
                server.send_message(message(courrier, self._sender, self._clock))
        except (OSError, ValueError, smtplib.SMTPException) as e:
            raise MessagerieIndisponible(f"Le serveur de courrier n'a pas pris le message : {e}.") from e

    def _connected(self) -> smtplib.SMTP:
        host = self._url.hostname or "localhost"
        if self._url.scheme == "smtps":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, self._url.port or 465, timeout=_PATIENCE, context=context)
        server = smtplib.SMTP(host, self._url.port or 25, timeout=_PATIENCE)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
        return server


def deliver(uow: SqlUnitOfWork, mailer: Mailer, clock: Clock) -> tuple[int, int]:
    """Send what waits: (sent, put off). Several may do it at once; a mail whose sender died goes again."""
    sent = late = 0
    while True:
        now = clock.now()
        with uow() as tx:
            taken = tx.acces.courriers.prendre(now, now + _LEASE)
            tx.commit()
        if taken is None:
            return sent, late
        courrier, attempt = taken
        try:
            mailer.envoyer(courrier)
        except MessagerieIndisponible:
            wait = min(_LONGEST_WAIT, timedelta(seconds=15 * 2 ** min(attempt, 12)))
            with uow() as tx:
                tx.acces.courriers.remettre(courrier.id, now + wait)
                tx.commit()
            late += 1
            continue
        with uow() as tx:
            tx.acces.courriers.effacer(courrier.id)
            tx.commit()
        sent += 1
