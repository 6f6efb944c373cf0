"""The web service under gunicorn: `flask servir`, or ``gunicorn --config python:web.serve web.serve:make()``.

As a module it is gunicorn's own configuration too: the names below are gunicorn's.
"""

from __future__ import annotations

import atexit
from contextlib import ExitStack, suppress
from typing import Any

from apiflask import APIFlask
from gunicorn.glogging import Logger

from intake.errors import IntakeError
from web.api.app import create_api
from web.logs import formatter, set_up
from web.scratch import own_temporary_files
from web.settings import read_settings
from web.wiring import open_site


class GunicornLines(Logger):  # type: ignore[misc]
    """What gunicorn itself says, in the shape of every other line of the service."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        with suppress(IntakeError):  # settings that are wrong: `make` tells
            shape = formatter(read_settings())
            for handler in self.error_log.handlers:
                handler.setFormatter(shape)


logger_class = GunicornLines
worker_class = "gthread"
workers = 2
threads = 192  # one for each phone on a slow network; web/api/turns.py says how many work at once
# What one process has no thread for, the other takes. The rest are kept alive between two requests: a
# connection that is closed instead holds the process's accepting thread until its client has left.
worker_connections = threads + 64
timeout = 120
graceful_timeout = 30
keepalive = 5
worker_tmp_dir = "/dev/shm"  # noqa: S108 - a heartbeat that no slow disk delays
limit_request_line = 8190
control_socket_disable = True  # nobody orders it about by a socket, and a service's user may have no home


def make() -> APIFlask:
    """The WSGI application, on the site of the environment's settings."""
    settings = read_settings()
    set_up(settings)
    with_us = ExitStack()
    atexit.register(with_us.close)
    with_us.enter_context(own_temporary_files("web-"))
    app = create_api(open_site(settings))
    app.extensions["regards"].warm_up()
    app.extensions["views"].warm_up()
    return app
