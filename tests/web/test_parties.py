"""`/pret` and `/metrics` name the part that does not answer, on real parts; and who may see the figures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from api_site import ApiSite, api_on
from servers import ClamdServer, PostgresServer, RcloneServer, RedisServer
from servers.buckets import Bucket

WATCH = "un-jeton-de-supervision-long-comme-il-faut"


def figures(api: ApiSite) -> dict[str, float]:
    answer = api.client.get("/metrics", headers={"Authorization": f"Bearer {WATCH}"})
    assert answer.status_code == 200, answer.data
    lines = (line.rsplit(" ", 1) for line in answer.get_data(as_text=True).splitlines() if line[0] != "#")
    return {name: float(value) for name, value in lines}


def ready(api: ApiSite) -> tuple[int, Any]:
    answer = api.client.get("/pret")
    return answer.status_code, answer.get_json()


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.xdist_group("clamd")
class TestWhichPartDoesNotAnswer:
    @pytest.fixture
    def api(
        self,
        tmp_path: Path,
        postgres: PostgresServer,
        redis_server: RedisServer,
        rclone_s3: RcloneServer,
        clamd: ClamdServer,
    ) -> Iterator[ApiSite]:
        access = Bucket(rclone_s3).access
        with api_on(
            tmp_path,
            postgres.new_database(),
            redis_url=redis_server.url,
            clamd_url=clamd.url,
            s3_bucket=access.bucket,
            s3_endpoint_url=access.endpoint_url,
            s3_access_key=access.access_key,
            s3_secret_key=access.secret_key,
            metrics_token=WATCH,
        ) as made:
            yield made

    def test_all_of_them_do(self, api: ApiSite) -> None:
        parts = ("base", "objets", "disque", "file", "antivirus")
        assert ready(api) == (200, {"statut": "pret", **dict.fromkeys(parts, "ok")})
        seen = figures(api)
        assert [seen[f'dossier_partie{{nom="{name}"}}'] for name in parts] == [1] * 5

    def test_an_antivirus_that_is_away_or_silent_is_named_and_the_service_goes_on(
        self, api: ApiSite, clamd: ClamdServer
    ) -> None:
        for away, back in ((clamd.freeze, clamd.thaw), (clamd.down, clamd.start)):
            with undone(away, back):
                self.degraded(api, "antivirus", "ANTIVIRUS_INDISPONIBLE")
            assert ready(api)[1]["statut"] == "pret"

    def test_redis_that_is_away_is_named_and_the_service_goes_on(
        self, api: ApiSite, redis_server: RedisServer
    ) -> None:
        with undone(redis_server.kill, redis_server.restart):
            self.degraded(api, "file", "STOCKAGE_INDISPONIBLE")

    def degraded(self, api: ApiSite, name: str, code: str) -> None:
        status, told = ready(api)
        assert (status, told["statut"]) == (200, "degrade")
        assert {part: said for part, said in told.items() if said not in ("ok", "degrade")} == {name: code}
        seen = figures(api)
        assert seen[f'dossier_partie{{nom="{name}"}}'] == 0
        assert seen['dossier_partie{nom="base"}'] == 1

    def test_without_its_database_or_its_objects_it_is_not_ready(
        self, api: ApiSite, postgres: PostgresServer, rclone_s3: RcloneServer
    ) -> None:
        for name, away, back in (
            ("objets", rclone_s3.kill, rclone_s3.restart),
            ("base", postgres.kill, postgres.restart),
        ):
            with undone(away, back):
                status, told = ready(api)
                assert (status, told["code"], told[name]) == (503, "STOCKAGE_INDISPONIBLE", told["code"])
                assert told["antivirus"] == "ok"
                assert figures(api)[f'dossier_partie{{nom="{name}"}}'] == 0  # and no error of ours


@contextmanager
def undone(away: Any, back: Any) -> Iterator[None]:
    away()
    try:
        yield
    finally:
        back()


def test_the_embedded_site_has_neither_queue_nor_antivirus_to_ask(tmp_path: Path) -> None:
    with api_on(tmp_path) as api:
        assert ready(api) == (200, {"statut": "pret", "base": "ok", "objets": "ok", "disque": "ok"})


class TestFigures:
    def test_they_exist_for_nobody_where_no_token_is_set(self, tmp_path: Path) -> None:
        with api_on(tmp_path) as api:
            for who in (None, "administrateur", "gestionnaire_territorial"):
                assert api.call(who, "GET", "/metrics").status_code == 404
            empty = api.client.get("/metrics", headers={"Authorization": "Bearer "})
            assert empty.status_code == 404

    def test_the_token_alone_opens_them_from_this_very_machine_too(self, tmp_path: Path) -> None:
        with api_on(tmp_path, metrics_token=WATCH) as api:
            assert "dossier_partie" in str(figures(api))
            for header in ("", "Bearer ", f"Bearer {WATCH}x", f"Basic {WATCH}", "Bearer été", WATCH):
                answer = api.client.get("/metrics", headers={"Authorization": header})
                assert (answer.status_code, answer.get_json()["code"]) == (401, "AUTHENTIFICATION_REQUISE"), (
                    header
                )
            other = api.client.get("/api/v1/plan", headers={"Authorization": f"Bearer {WATCH}"})
            assert other.status_code == 401  # it opens nothing else

    def test_guesses_are_counted(self, tmp_path: Path) -> None:
        with api_on(tmp_path, metrics_token=WATCH) as api:
            guesses = [
                api.client.get("/metrics", headers={"Authorization": f"Bearer {n}"}).status_code
                for n in range(70)
            ]
        assert set(guesses) == {401, 429}
