"""The verdict on what was measured of a photo: a card seen aslant, a flash on it, nothing printed."""

from __future__ import annotations

from typing import Any

import pytest

from classifier.quality import judge
from classifier.vue import Vue
from intake.domain.lecture import RaisonQualite

CARD: dict[str, Any] = {
    "cote": 3264,
    "lettres": 93,
    "hauteur": 32.0,
    "lumiere": 200.0,
    "contraste": 96.0,
    "nettete": 0.148,
    "trace": 0.17,
    "papier": 0.42,
    "coins": None,
    "grand_cote": 2400.0,
    "fuite": 0.97,
    "bords": 0,
    "allonge": 1.6,
    "plein": 0.98,
    "masque": 0,
    "main": 0.0,
    "objet": 0.0,
    "reflet": 1,
    "brule": 0.0,
    "perdu": 0.0,
    "coupe": 0,
    "entieres": 5,
    "cotes_coupes": 0,
    "recul": float("inf"),
    "recul_haut": float("inf"),
}


@pytest.mark.parametrize(
    ("measured", "reason"),
    [
        ({}, None),
        ({"fuite": 0.46}, None),  # a checkered cloth drew its outline awry
        ({"fuite": 0.46, "hauteur": 15.0}, RaisonQualite.PENCHE),
        ({"fuite": 0.0, "lumiere": 103.0}, RaisonQualite.PENCHE),  # the fur of a cat
        ({"fuite": 0.0, "trace": 0.9}, RaisonQualite.PENCHE),
        ({"fuite": 0.0, "hauteur": 11.3, "plein": 0.85}, None),  # the stripes of a card on a dark table
        ({"brule": 0.1}, None),  # the ground of its portrait
        ({"brule": 0.21}, RaisonQualite.REFLET),
        ({"brule": 0.21, "papier": 0.0}, None),  # a white cloth around a sheet that was not found
        ({"brule": 0.1, "hauteur": 15.0}, RaisonQualite.REFLET),  # of a page, nothing else burns
        ({"contraste": 6.0, "trace": 0.006, "papier": 1.0}, RaisonQualite.DOCUMENT_ABSENT),  # a ceiling
        ({"contraste": 19.0, "trace": 0.006}, None),
    ],
)
def test_what_was_measured_of_a_card(measured: dict[str, Any], reason: RaisonQualite | None) -> None:
    told = judge(Vue(**{**CARD, **measured}), None)
    assert told.raisons == ((reason,) if reason else ())
    assert told.lisible is (reason is None)
