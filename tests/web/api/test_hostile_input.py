"""What no honest client sends, in every field of every route: refused, and never a fault of ours."""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api_site import HABILITE, ApiSite, api_on, fill, pdf
from intake.domain.acces import Role
from intake.domain.plan import INCONNU
from readings import N1
from web.api.rights import REGLES

pytestmark = pytest.mark.slow  # each test opens a whole site and its HTTP service

AGENT = Role.AGENT_GUICHET.value
FIRST = {"numero": N1, "piece": "E1-0001", "envoi": "E1", "incident": "E1-I0001", "page_": "1"}
DIGITS = "1" * 5000
NEVER = (  # in no body: no number, or no text
    *('"\\ud800"', '"a\\udfff\\ud800"', '["\\ud800"]', '{"\\ud800": 1}'),
    *(DIGITS, f"-{DIGITS}", "NaN", "-Infinity"),
)
WRONG = (
    '"a\\u0000b"',
    "1e999",
    "9" * 30,
    "-1",
    '"0001-01-01"',
    '"9999-12-31"',
    f'"{DIGITS}"',
    "null",
    "[null]",
    "[[]]",
    "{}",
)
IN_ADDRESSES = (
    "%00",
    "%ED%A0%80",
    "%FF",
    DIGITS,
    "9" * 30,
    "%0a",
    "%D9%A1",
    "-1",
    "0001-01-01",
    "nan",
    "%25",
)


SENDERS = itertools.count(1)  # each request from another address: how often one may try is another matter


@pytest.fixture
def api(database_url: str, tmp_path: Path) -> Iterator[ApiSite]:
    with api_on(tmp_path, database_url, trusted_proxies=1) as made:
        fill(made)
        yield made


def cursor(values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


NOW = "2026-11-26T00:00:00+00:00"
CURSORS = [
    cursor(values)
    for moment in (NOW, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "\ud800")
    for last in ("x", "\ud800", "\x00")
    for values in ([moment, last], [0, moment, last], [10**30, moment, last], [2**40, moment, last], [last])
]


def operations(api: ApiSite) -> Iterator[tuple[str, str, dict[str, Any], str | None]]:
    """Each operation of the description: its method, its address, itself, who may call it."""
    spec: Any = api.client.application.extensions["openapi"]()
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            if not isinstance(operation, dict):
                continue
            roles = sorted(REGLES[f"api.{operation['operationId']}"].roles)
            who = HABILITE if AGENT in roles else roles[0].value if roles else None
            if operation["operationId"] in ("session_fermer", "envoi_progression"):
                who = None  # it would end what the others need; it would last
            yield method.upper(), path, operation, who


def address(path: str, **values: str) -> str:
    return re.sub(r"{(\w+)}", lambda found: {**FIRST, **values}.get(found[1], "x"), path)


def told(api: ApiSite, who: str | None, method: str, path: str, **more: Any) -> int:
    n = next(SENDERS)
    sender = {"X-Forwarded-For": f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"}
    answer = api.call(who, method, path, headers=sender, **more)
    answer.close()
    shown = more.get("data", b"")[:80]
    assert answer.status_code < 500 or answer.status_code == 503, (method, path[:120], shown)
    return answer.status_code


def test_no_address_breaks_a_route(api: ApiSite) -> None:
    for method, path, operation, who in operations(api):
        for name in re.findall(r"{(\w+)}", path):
            for value in IN_ADDRESSES:
                told(api, who, method, address(path, **{name: value}))
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query":
                values = (*IN_ADDRESSES, *(CURSORS if parameter["name"] == "curseur" else ()))
                for value in values:
                    told(api, who, method, f"{address(path)}?{parameter['name']}={value}")


def test_no_value_of_a_body_breaks_a_route(api: ApiSite) -> None:
    spec: Any = api.client.application.extensions["openapi"]()
    for method, path, operation, who in operations(api):
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            continue
        name = content["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
        for field in spec["components"]["schemas"][name]["properties"]:
            for value in (*NEVER, *WRONG, *(json.dumps(c) for c in CURSORS if field == "curseur")):
                body = f'{{"raison": "essai", "{field}": {value}}}'.encode()
                sent: Any = {"data": body, "content_type": "application/json"}
                status = told(api, who, method, address(path), **sent)
                assert status in (400, 422) or value not in NEVER, (path, field, value[:20])


@pytest.mark.parametrize("value", NEVER)
def test_whoever_is_not_signed_in_is_told_where_it_is_wrong(api: ApiSite, value: str) -> None:
    body = f'{{"identifiant": "carole", "mot_de_passe": {value}, "code": "000000"}}'
    answer = api.post(None, "/session", data=body.encode(), content_type="application/json")
    problem = answer.get_json()
    assert problem["code"] == "REQUETE_INVALIDE"
    if "\\u" in value:
        assert answer.status_code == 422
        assert list(problem["champs"]["json"]) == ["mot_de_passe"]
    else:
        assert answer.status_code == 400


def test_whole_pairs_and_escapes_are_text_as_ever(api: ApiSite) -> None:
    body = {"raison": "\U0001f600 et \\ud800", "degres": 90}
    turned = api.post(AGENT, "/pieces/E1-0001/rotation", json=body)
    assert turned.status_code == 200, turned.data


@pytest.mark.parametrize("type_", ["bordereau_transmission", "fiche_recapitulative"])
def test_a_sheet_asks_for_the_room_of_what_nobody_recognises(api: ApiSite, type_: str) -> None:
    """It is filed as such (R19, R20)."""
    where, fields = f"/demandes/{N1}/pieces", {"type": type_, "si_pleine": "refuser"}
    assert api.deposit(AGENT, where, pdf(type_), fields=fields).status_code == 202
    with api.site.uow() as tx:
        category = tx.plans.en_vigueur(api.clock.now().date()).categorie_de(INCONNU)
        while tx.places.prendre(N1, category.code, "", category.limite):
            pass
        tx.commit()
    full = api.deposit(AGENT, where, pdf(f"{type_}, encore"), fields=fields)
    assert (full.status_code, full.get_json()["code"]) == (409, "CATEGORIE_PLEINE")
    assert full.get_json()["categorie"] == category.code
