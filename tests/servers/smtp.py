"""An SMTP server for the tests (aiosmtpd): it keeps what it takes, and can be told to refuse."""

from __future__ import annotations

import email
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from servers.process import free_port


class SmtpServer:
    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refuse = False
        self._port = free_port()
        self.url = f"smtp://127.0.0.1:{self._port}"
        self._controller: Any = Controller(self, hostname="127.0.0.1", port=self._port)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - its name
        if self.refuse:
            return "451 plus tard"
        message = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 pris"

    def start(self) -> SmtpServer:
        self._controller.start()
        return self

    def stop(self) -> None:
        self._controller.stop()
