"""A whole Ceph on loopback (a monitor, an OSD, a RADOS Gateway): an S3 with versions, locks and crashes."""

from __future__ import annotations

import signal
import urllib.error
import urllib.request
import uuid
from typing import Literal

from servers.process import ServerProcess, answers, free_port, new_folder, remove, required, run

Daemon = Literal["mon", "osd", "rgw"]

_CONFIGURATION = """
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{mon_v2},v1:127.0.0.1:{mon_v1}]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = {folder}/keyring
run dir = {folder}/run
crash dir = {folder}/run
log file = {folder}/log/$name.log
mon cluster log file = {folder}/log/cluster.log
admin socket = {folder}/run/$name.asok
pid file = {folder}/run/$name.pid
mon data = {folder}/mon
mon data avail crit = 1
mon allow pool size one = true
mon max pg per osd = 1000
paxos propose interval = 0.05
paxos min wait = 0.01
osd client watch timeout = 4
osd default notify timeout = 4
objecter tick interval = 1
osd data = {folder}/osd
osd objectstore = bluestore
osd memory target = 939524096
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
bluestore block size = 10737418240
bluestore cache autotune = false
bluestore cache size = 67108864
rgw frontends = beast endpoint=127.0.0.1:{rgw}
rgw thread pool size = 32

[mon.]
keyring = {folder}/keyring

[client.rgw]
keyring = {folder}/keyring
rgw data = {folder}/rgw
"""


class CephServer:
    """`kill` and `restart` take one daemon at a time; SIGSTOP and SIGCONT make an outage without a crash."""

    access_key = "cle-essai"
    secret_key = "secret-essai"

    def __init__(self) -> None:
        for binary, package in (
            ("ceph-mon", "ceph-mon"),
            ("ceph-osd", "ceph-osd"),
            ("radosgw", "radosgw"),
            ("ceph", "ceph-common"),
            ("monmaptool", "ceph-base"),
        ):
            required(binary, package)
        self._folder = new_folder("ceph")
        for name in ("mon", "osd", "rgw", "run", "log"):
            (self._folder / name).mkdir()
        self._port = free_port()
        self._mon_ports = (free_port(), free_port())
        self._fsid = str(uuid.uuid4())
        self._configuration = self._folder / "ceph.conf"
        self._configuration.write_text(
            _CONFIGURATION.format(
                fsid=self._fsid,
                folder=self._folder,
                mon_v2=self._mon_ports[0],
                mon_v1=self._mon_ports[1],
                rgw=self._port,
            )
        )
        self.endpoint_url = f"http://127.0.0.1:{self._port}"
        self._daemons: dict[Daemon, ServerProcess] = {
            "mon": self._daemon("ceph-mon", "-i", "a"),
            "osd": self._daemon("ceph-osd", "-i", "0"),
            "rgw": self._daemon("radosgw", "-n", "client.rgw"),
        }

    def start(self) -> CephServer:
        """From nothing to an S3 that answers, with one user."""
        self._make_keys()
        self._make_monitor()
        self._start("mon")
        self._make_osd()
        self._start("osd")
        self._tool(
            *("radosgw-admin", "-n", "client.rgw", "user", "create", "--uid=essai", "--display-name=Essai"),
            *(f"--access-key={self.access_key}", f"--secret-key={self.secret_key}"),
        )
        self._start("rgw")
        return self

    def kill(self, daemon: Daemon, number: signal.Signals = signal.SIGKILL) -> None:
        self._daemons[daemon].signal(number)

    def restart(self, *daemons: Daemon) -> None:
        """Start killed daemons again, in this order (or stop them first), and wait for the gateway."""
        for daemon in daemons:
            self._daemons[daemon].stop()
            self._start(daemon)
        self._daemons["rgw"].wait_until(self._rgw_answers, 60)

    def stop(self) -> None:
        for daemon in ("rgw", "osd", "mon"):
            self._daemons[daemon].signal(signal.SIGKILL)  # an orderly end takes seconds and serves nobody
            self._daemons[daemon].stop()
        remove(self._folder)

    def _start(self, daemon: Daemon) -> None:
        process = self._daemons[daemon]
        process.start()
        if daemon == "mon":
            process.wait_until(lambda: answers(self._mon_ports[0]), 30)
        elif daemon == "rgw":
            process.wait_until(self._rgw_answers, 60)

    def _rgw_answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.endpoint_url, timeout=5):
                return True
        except urllib.error.HTTPError as error:
            return error.code < 500  # a refusal is an answer
        except OSError:
            return False

    def _make_keys(self) -> None:
        keyring = str(self._folder / "keyring")
        everything = ["--cap", "mon", "allow *", "--cap", "osd", "allow *", "--cap", "mgr", "allow *"]
        self._tool("ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.", *everything[:3])
        for name in ("client.admin", "client.rgw"):
            self._tool("ceph-authtool", keyring, "--gen-key", "-n", name, *everything)
        self._tool(
            *("ceph-authtool", keyring, "--gen-key", "-n", "osd.0", "--cap", "mon", "allow profile osd"),
            *("--cap", "osd", "allow *", "--cap", "mgr", "allow profile osd"),
        )

    def _make_monitor(self) -> None:
        address = f"[v2:127.0.0.1:{self._mon_ports[0]},v1:127.0.0.1:{self._mon_ports[1]}]"
        monmap = str(self._folder / "monmap")
        self._tool(
            "monmaptool", "--create", "--clobber", "--fsid", self._fsid, "--addv", "a", address, monmap
        )
        self._tool(
            "ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap, "--keyring", str(self._folder / "keyring")
        )

    def _make_osd(self) -> None:
        identity = str(uuid.uuid4())
        self._tool("ceph", "--connect-timeout", "20", "osd", "new", identity, "0")
        self._tool("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", identity)

    def _daemon(self, binary: str, *arguments: str) -> ServerProcess:
        return ServerProcess(
            binary,
            [required(binary, binary), "-c", str(self._configuration), *arguments, "-f"],
            self._folder / "log" / f"{binary}.out",
        )

    def _tool(self, binary: str, *arguments: str) -> str:
        return run([required(binary, "ceph-common"), "-c", str(self._configuration), *arguments])
