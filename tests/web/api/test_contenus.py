"""What leaves the service: masked copies, originals for few, links that end (R31, R32, R33)."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image, ImageDraw, ImageFont

from api_site import HABILITE, LOGICIEL, ApiSite, api_on, fill
from intake.domain.acces import SYSTEME, Portee, Role
from intake.domain.lecture import PageLue
from readings import N1, N2, page
from web import restes
from web.api import contenus

pytestmark = pytest.mark.slow  # each test opens a whole site and its HTTP service

AGENT, DEM = Role.AGENT_GUICHET.value, Role.DEMANDEUR.value
WHY = {"X-Motif-Acces": "commission du 12"}
MASKED, WHOLE = "/pieces/E1-0001/contenu", "/pieces/E1-0001/contenu?copie=originale"


@pytest.fixture
def api(tmp_path: Path) -> Iterator[ApiSite]:
    with api_on(tmp_path) as made:
        fill(made)
        yield made


def original(api: ApiSite) -> bytes:
    with api.site.uow() as tx:
        piece = tx.pieces.lire("E1-0001")
    assert piece is not None
    with api.site.objects.open(piece.objet) as source:
        return source.read()


def darkest(content: bytes, number: int) -> int:
    document = pypdfium2.PdfDocument(content)
    try:
        picture: Image.Image = document[number - 1].render(scale=1).to_pil()
        return min(picture.convert("L").tobytes())
    finally:
        document.close()


def test_a_download_shows_no_nir_and_is_the_same_for_each_of_its_ranges(api: ApiSite) -> None:
    whole = api.get(AGENT, MASKED)
    assert whole.content_type == "application/pdf"
    assert whole.data != original(api)
    assert darkest(whole.data, 1) < 50  # the number read on the first page is black
    assert darkest(whole.data, 2) > 200
    part = api.get(AGENT, MASKED, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.data) == (206, whole.data[100:200])
    again = api.get(AGENT, MASKED, headers={"If-None-Match": whole.headers["ETag"]})
    assert again.status_code == 304
    folder = api.site.settings.data / "recus"
    assert len(list(folder.glob("masque-*"))) == 1
    assert restes.sweep_copies(api.site.settings.data) == 0


def test_masked_copies_do_not_stay(api: ApiSite, monkeypatch: pytest.MonkeyPatch) -> None:
    api.get(AGENT, MASKED).close()
    monkeypatch.setattr(restes, "KEPT", -1.0)
    assert restes.sweep_copies(api.site.settings.data) == 1
    assert list((api.site.settings.data / "recus").glob("masque-*")) == []


def test_a_paper_that_shows_none_is_downloaded_as_it_was_filed(api: ApiSite) -> None:
    with api.site.uow() as tx:
        tx.lectures.ecrire("E1", [page(1, "loyer"), page(2, "suite")])
        tx.commit()
    assert api.get(AGENT, MASKED).data == original(api)


def social_security_paper() -> bytes:
    image = Image.new("L", (1654, 2339), 250)
    pen, font = ImageDraw.Draw(image), ImageFont.truetype("DejaVuSans.ttf", 30)
    for line in range(12):
        pen.text(
            (140, 1300 + 60 * line), "La caisse vous informe de vos droits et de vos paiements", font=font
        )
    pen.text((140, 1100), "N° de sécurité sociale : 2 85 04 75 123 456 78", font=font, fill=20)
    out = io.BytesIO()
    image.save(out, "PDF", resolution=200)
    return out.getvalue()


def hidden(picture: Image.Image) -> float:
    """Share of the number on that paper that is black."""
    number = picture.convert("L").resize((1654, 2339)).crop((500, 1103, 838, 1131))
    return sum(number.histogram()[:60]) / (number.width * number.height)


@pytest.mark.real
@pytest.mark.parametrize("why", ["turned by a person", "given up by the OCR"])
def test_a_number_that_the_reading_missed_is_shown_by_no_route(api: ApiSite, why: str) -> None:
    """A page is turned because it was read upside down, which found nothing to hide on it."""
    content = social_security_paper()
    sha256 = hashlib.sha256(content).hexdigest()
    key = api.site.objects.put(io.BytesIO(content), sha256=sha256, size=len(content), media="application/pdf")
    turned = why.startswith("turned")
    with api.site.uow() as tx:
        it = tx.pieces.lire("E1-0001")
        assert it is not None
        rotations = (180,) if turned else ()
        tx.pieces.changer(replace(it, pages=(1,), objet=key, sha256=sha256, rotations=rotations))
        tx.lectures.ecrire("E1", [page(1, "ʇxǝʇ sans suite") if turned else PageLue(1)])
        tx.commit()
    copy = api.get(AGENT, MASKED).data
    assert copy != content
    document = pypdfium2.PdfDocument(copy)
    assert hidden(document[0].render(scale=200 / 72).to_pil()) > 0.9
    document.close()
    for picture in (
        api.get(AGENT, "/pieces/E1-0001/pages/1?largeur=1654"),
        opened(api, link(api, AGENT, usage="page", page=1)),
    ):
        assert hidden(Image.open(io.BytesIO(picture.data))) > 0.8


def test_a_view_is_asked_for_again_each_time_and_changes_with_what_it_hides(api: ApiSite) -> None:
    first = api.get(AGENT, "/pieces/E1-0001/pages/1")
    assert first.headers["Cache-Control"] == "private, no-cache"
    same = {"If-None-Match": first.headers["ETag"]}
    assert api.get(AGENT, "/pieces/E1-0001/pages/1", headers=same).status_code == 304
    assert api.get(AGENT, "/pieces/E1-0001/pages/1").data == first.data
    with api.site.uow() as tx:
        tx.lectures.ecrire("E1", [page(1, "suite", "Numéro 2 85 04 75 123 456 78")])
        tx.commit()
    assert api.get(AGENT, "/pieces/E1-0001/pages/1", headers=same).status_code == 200
    by_link = opened(api, link(api, AGENT, usage="page", page=1))
    assert by_link.headers["Cache-Control"] == "private, no-store"


def test_a_masked_copy_is_of_so_many_pages_at_most(api: ApiSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contenus, "_PAGES", 1)
    answer = api.get(AGENT, MASKED)
    assert (answer.status_code, answer.get_json()["code"]) == (413, "TROP_VOLUMINEUX")


@pytest.mark.parametrize(
    ("who", "path", "headers", "expected"),
    [
        (HABILITE, WHOLE, WHY, 200),
        (HABILITE, WHOLE, {}, 403),
        (HABILITE, WHOLE, {"X-Motif-Acces": "  "}, 403),
        (AGENT, WHOLE, WHY, 403),
        (LOGICIEL, WHOLE, WHY, 403),
        (Role.CONSULTANT_SENSIBLE.value, WHOLE, WHY, 403),
        (Role.CONSULTANT_SENSIBLE.value, MASKED, {}, 200),
        (Role.CONSULTANT_SIMPLE.value, MASKED, {}, 403),
        (DEM, WHOLE, {}, 200),
        (HABILITE, "/pieces/E2-0001/contenu?copie=originale", WHY, 404),
    ],
)
def test_who_gets_the_original(
    api: ApiSite, who: str, path: str, headers: dict[str, str], expected: int
) -> None:
    answer = api.get(who, path, headers=headers)
    assert answer.status_code == expected, answer.data
    if expected == 403:
        assert headers != WHY or api.lines()[-1].startswith("refus")
    if expected == 200 and path is WHOLE:
        assert answer.data == original(api)
        last = json.loads(api.lines()[-1].split(" ", 1)[1])
        assert api.lines()[-1].startswith("telechargement")
        assert last["details"] == {"copie": "originale"}
        assert last["pourquoi"] == headers.get("X-Motif-Acces", "")


def link(api: ApiSite, who: str, piece: str = "E1-0001", **body: Any) -> str:
    made = api.post(who, f"/pieces/{piece}/liens", json=body)
    assert made.status_code == 201, made.data
    url: str = made.get_json()["url"]
    assert url.startswith("/api/v1/contenus/")
    return url


def opened(api: ApiSite, url: str, **headers: str) -> Any:
    answer = api.client.get(url, headers=headers)
    assert answer.data is not None  # read whole, so that it closes its file
    answer.close()
    return answer


def test_a_link_opens_without_a_header_for_five_minutes(api: ApiSite) -> None:
    url = link(api, AGENT)
    answer = opened(api, url)
    assert answer.data == api.get(AGENT, MASKED).data
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert opened(api, url, Range="bytes=0-4").data == b"%PDF-"
    picture = opened(api, link(api, AGENT, usage="page", page=2))
    assert picture.content_type == "image/jpeg"
    assert Image.open(io.BytesIO(picture.data)).format == "JPEG"
    assert opened(api, link(api, AGENT, usage="page", page=9)).status_code == 404
    for secret in ("E1-0001", N1, AGENT, api.tokens[AGENT]):
        assert secret not in url  # nothing to read in a proxy's log
    api.clock.advance(minutes=5)
    dead = opened(api, url)
    assert (dead.status_code, dead.get_json()["code"]) == (401, "AUTHENTIFICATION_REQUISE")


def test_each_use_of_a_link_is_logged_under_who_asked_for_it(api: ApiSite) -> None:
    before = len(api.lines())
    url = link(api, HABILITE, usage="originale", raison="commission du 12")
    assert opened(api, url).data == original(api)
    made, used = (json.loads(line.split(" ", 1)[1]) for line in api.lines()[before:])
    assert made["qui"] == used["qui"] == "agent:agent_guichet-habilité"
    assert made["details"]["lien"] == used["details"]["lien"]
    assert made["details"]["raison"] == "commission du 12"
    assert (used["demande"], used["pourquoi"], used["details"]["copie"]) == (
        N1,
        "commission du 12",
        "originale",
    )


def test_a_link_cannot_be_asked_for_more_than_its_owner_may(api: ApiSite) -> None:
    for who, piece, body, expected in (
        (AGENT, "E1-0002", {}, 404),
        (AGENT, "E2-0001", {}, 404),
        (AGENT, "E1-0001", {"usage": "originale", "raison": "x"}, 403),
        (HABILITE, "E1-0001", {"usage": "originale"}, 403),
        (Role.CONSULTANT_SIMPLE.value, "E1-0001", {}, 403),
        (Role.NUMERISEUR.value, "E1-0001", {}, 403),
        (DEM, "E2-0001", {}, 404),
    ):
        assert api.post(who, f"/pieces/{piece}/liens", json=body).status_code == expected, (who, piece)


@pytest.mark.parametrize("change", ["sign out", "disabled", "role", "clearance", "moved", "revoked", "idle"])
def test_a_link_ends_with_the_right_it_was_made_under(api: ApiSite, change: str) -> None:
    who, piece = (HABILITE, "E1-0002") if change == "clearance" else (AGENT, "E1-0001")
    made, token = api.site.jetons.creer(
        *(SYSTEME, "autre", "75001", Role.AGENT_GUICHET, [Portee.LECTURE], "d@exemple.invalid")
    )
    if change == "revoked":
        who, api.tokens["autre"] = "autre", token
    url = link(api, who, piece)
    assert opened(api, url).status_code == 200
    if change == "sign out":
        api.call(AGENT, "DELETE", "/api/v1/session")
    elif change == "revoked":
        api.site.jetons.revoquer(SYSTEME, made.id)
    elif change == "idle":
        api.clock.advance(minutes=31)
    with api.site.uow() as tx:
        if change == "disabled":
            tx.acces.comptes.changer("id-agent_guichet", actif=False)
        elif change == "role":
            tx.acces.comptes.changer("id-agent_guichet", role=Role.CONSULTANT_SIMPLE.value)
        elif change == "clearance":
            tx.acces.comptes.changer(f"id-{HABILITE}", sensible=False)
        elif change == "moved":
            it = tx.pieces.lire("E1-0001")
            assert it is not None
            tx.pieces.changer(replace(it, demande=N2))
        tx.commit()
    assert opened(api, url).status_code in (401, 403, 404)


def test_a_link_that_was_changed_or_sealed_for_something_else_opens_nothing(api: ApiSite) -> None:
    url = link(api, AGENT)
    head, _, sealed = url.rpartition("/")
    flipped = sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:]
    totp = api.site.key.seal("JBSWY3DPEHPK3PXP").replace("/", "_").replace("+", "-")
    for wrong in (flipped, sealed[:-8], "faux", "é", "A" * 3000, totp):
        answer = opened(api, f"{head}/{wrong}")
        assert (answer.status_code, answer.get_json()["code"]) == (401, "AUTHENTIFICATION_REQUISE"), wrong


CALLERS = [*sorted(r.value for r in Role if r is not Role.SYSTEME), HABILITE, LOGICIEL]
DIRECT = {
    "masquee": "/pieces/{}/contenu",
    "originale": "/pieces/{}/contenu?copie=originale",
    "page": "/pieces/{}/pages/1",
}


@pytest.mark.slow
@pytest.mark.parametrize("who", CALLERS)
def test_a_link_gives_to_each_role_what_its_own_address_gives_it_and_no_more(api: ApiSite, who: str) -> None:
    """Every role × own, another's and a sensitive piece × every use."""
    for piece in ("E1-0001", "E2-0001", "E1-0002", "E3-0001"):
        for usage, address in DIRECT.items():
            direct = api.get(who, address.format(piece), headers=WHY)
            made = api.post(who, f"/pieces/{piece}/liens", json={"usage": usage}, headers=WHY)
            if direct.status_code != 200:
                assert made.status_code == direct.status_code, (piece, usage)
            else:
                assert made.status_code == 201, (piece, usage)
                assert opened(api, made.get_json()["url"]).data == direct.data, (piece, usage)
            direct.close()
