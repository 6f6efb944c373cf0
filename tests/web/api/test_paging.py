"""Lists read page by page while others work: a page begins where the one before it ended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api_site import HABILITE, ApiSite
from intake.domain.acces import Role
from readings import N1, N2

pytestmark = pytest.mark.slow  # each test opens a whole site and its HTTP service

AGENT = Role.AGENT_GUICHET.value


def pieces(api: ApiSite, cursor: str = "", n: int = 1) -> tuple[list[str], str | None]:
    told = api.get(HABILITE, f"/demandes/{N1}/pieces?limite={n}&curseur={cursor}").get_json()
    return [p["id"] for p in told["elements"]], told["suivant"]


def test_the_pieces_of_a_demande_come_page_by_page_the_oldest_first(api: ApiSite) -> None:
    whole, none = pieces(api, n=50)
    assert (whole, none) == (["E1-0001", "E1-0002", "E1-0003", "E3-0001"], None)
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        some, cursor = pieces(api, cursor)
        found += some
    assert found == whole


@pytest.mark.parametrize("left", ["retrait", "deplacement"])
def test_a_piece_that_leaves_the_list_takes_no_page_with_it(api: ApiSite, left: str) -> None:
    (first,), cursor = pieces(api)
    assert cursor is not None
    if left == "retrait":
        done = api.post(AGENT, f"/pieces/{first}/retrait", json={"raison": "illisible"})
        assert done.status_code == 200, done.data
    else:
        with api.site.uow() as tx:
            piece = tx.pieces.lire(first)
            assert piece is not None
            tx.pieces.changer(replace(piece, demande=N2))
            tx.commit()
    assert pieces(api, cursor, n=50) == (["E1-0002", "E1-0003", "E3-0001"], None)
