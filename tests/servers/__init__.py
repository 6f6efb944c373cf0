"""Real servers for the tests: on free ports, in temporary folders, and never outliving the tests."""

from servers.ceph import CephServer
from servers.clamd import ClamdServer
from servers.nginx import NginxServer
from servers.oidc import OidcProvider
from servers.postgres import PostgresServer
from servers.process import ServerError
from servers.rclone import RcloneServer
from servers.redis import RedisServer
from servers.smtp import SmtpServer

__all__ = [
    "CephServer",
    "ClamdServer",
    "NginxServer",
    "OidcProvider",
    "PostgresServer",
    "RcloneServer",
    "RedisServer",
    "ServerError",
    "SmtpServer",
]
