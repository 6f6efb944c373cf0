"""The verdict on what was measured of a photo: a card seen aslant, a flash on it, nothing printed."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from classifier.quality import apercu, judge
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


def test_paper_that_burns_between_two_folds_is_no_flash() -> None:
    """The parts that face the lamp are white: one has a heading and thin print, the other nothing."""
    photo = np.full((2000, 1500, 3), (70, 55, 45), np.uint8)
    photo[120:1880, 150:1350] = (205, 203, 198)
    for i, row in enumerate(range(260, 960, 40)):
        size, ink = (1.3, 4) if i % 3 == 0 else (0.8, 2)
        text = (
            "Par ces motifs le tribunal ordonne"
            if i % 3 == 0
            else "elle percevra seule les revenus et en rend compte au"
        )
        cv2.putText(photo, text, (280, row), cv2.FONT_HERSHEY_SIMPLEX, size, (40, 40, 45), ink, cv2.LINE_AA)
    light = np.full(2000, 0.95)
    light[420:800] = light[1250:1600] = 1.35  # cut off sharply by the folds above, fading below
    light = cv2.GaussianBlur(light[:, None], (1, 61), 20)[:, 0]
    folded = np.clip(photo * light[:, None, None], 0, 255).astype(np.uint8)
    assert apercu(Image.fromarray(folded)).lisible
