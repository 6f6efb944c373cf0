"""Uploads by tus 1.0.0: the version each request speaks, and how many a sender may have under way."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from typing import Any

import pytest

from api_site import AUTRE, LOGICIEL, ApiSite
from intake.domain.acces import SYSTEME, Portee, Role
from web.api.uploads import EN_COURS
from web.restes import sweep_uploads

pytestmark = pytest.mark.slow  # each test opens a whole site and its HTTP service

NUM = Role.NUMERISEUR.value
TUS = {"Tus-Resumable": "1.0.0"}
WHERE = "/api/v1/televersements"


def begun(api: ApiSite, who: str = NUM, **headers: str) -> Any:
    return api.call(who, "POST", WHERE, headers={"Upload-Length": "3", **headers})


@pytest.mark.parametrize("version", [None, "0.2.2", "1.0.1", "1.0.0, 0.2.2", ""])
def test_another_version_or_none_is_refused_and_nothing_is_done(api: ApiSite, version: str | None) -> None:
    said = {} if version is None else {"Tus-Resumable": version}
    refused = begun(api, **said)
    assert (refused.status_code, refused.get_json()["code"]) == (412, "PROTOCOLE_REFUSE")
    assert refused.headers["Tus-Version"] == "1.0.0"
    folder = api.site.settings.data / "recus" / "tus"
    assert list(folder.glob("*")) == []
    where = begun(api, **TUS).headers["Location"]
    part = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    for method, more in (("PATCH", part), ("DELETE", {}), ("HEAD", {})):
        refused = api.call(NUM, method, where, headers={**more, **said}, data=b"abc")
        assert (refused.status_code, refused.headers["Tus-Version"]) == (412, "1.0.0"), method
    untouched = api.call(NUM, "HEAD", where, headers=TUS)
    assert (untouched.status_code, untouched.headers["Upload-Offset"]) == (200, "0")
    assert api.call(NUM, "OPTIONS", WHERE).status_code == 204  # asks which there are


def test_whoever_may_not_upload_is_told_that_first(api: ApiSite) -> None:
    assert api.call(None, "POST", WHERE).status_code == 401


def test_a_sender_has_a_limited_number_under_way(api: ApiSite) -> None:
    places = [begun(api, **TUS).headers["Location"] for _ in range(EN_COURS)]
    refused = begun(api, **TUS)
    assert (refused.status_code, refused.get_json()["code"]) == (429, "TROP_DE_REQUETES")
    assert begun(api, LOGICIEL, **TUS).status_code == 429  # the same guichet
    scopes = [Portee.DEPOT]
    _, other = api.site.jetons.creer(SYSTEME, "A", AUTRE, Role.NUMERISEUR, scopes, "dsi@exemple.invalid")
    api.tokens["autre"] = other
    assert begun(api, "autre", **TUS).status_code == 201
    assert api.call(NUM, "DELETE", places[0], headers=TUS).status_code == 204
    assert begun(api, **TUS).status_code == 201


def test_an_upload_that_goes_on_outlives_its_first_week(api: ApiSite) -> None:
    """What tells of it is written once, and is as old as its beginning."""
    where = begun(api, **TUS).headers["Location"]
    data, id_ = api.site.settings.data, where.rsplit("/", 1)[1]
    body = data / "recus" / "tus" / id_
    long_ago = time.time() - timedelta(days=8).total_seconds()
    os.utime(body.with_suffix(".json"), (long_ago, long_ago))
    assert sweep_uploads(data) == 0
    part = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert api.call(NUM, "PATCH", where, headers={**TUS, **part}, data=b"abc").status_code == 204
    os.utime(body, (long_ago, long_ago))
    assert sweep_uploads(data) == 2
    assert api.call(NUM, "HEAD", where, headers=TUS).status_code == 404
