"""Letters in a hand, as OCR leaves them: whoever lodges somebody says so in few words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from feuillets import page

from classifier import build
from classifier.manuscrit import hebergement
from intake.domain.lecture import PageLue

LODGED = """Neige CHOLET
25 cute XOrmoy, 99940 LES BORDES
Atestation {title}
je Saussiaé(e) Monique CHAÆLET re) le l/08/96, cedife Sue
lower herage » bte pris Chez moi, 2 25 coute NOrmoy, 99940
LES 6BORDÉS, Nonsieve A MÉJOWK le 11/06/60, depuis
Je dome cette atestytion pour 5x lemme de lrsprent et valoir {end}"""


def hand(text: str, confiance: float = 38.0) -> PageLue:
    read = page(text)
    lines = tuple(replace(x, confiance=confiance) for x in read.texte.lignes)
    return replace(read, texte=replace(read.texte, lignes=lines, confiance=confiance))


@pytest.mark.parametrize(
    ("text", "confiance", "told"),
    [
        (LODGED.format(title="Merapnent", end="mon"), 38.0, True),
        (LODGED.format(title="Merapnent", end="mon"), 80.0, False),  # in print, rules read it
        (LODGED.format(title="Sur l'honreur", end="mon"), 38.0, False),  # of what, it does not say
        (LODGED.format(title="de vie conmune", end="mon"), 38.0, False),
        (LODGED.replace("Atestation {title}", "Quitance de loger").format(end=""), 38.0, False),
        (LODGED.format(title="Merapnent", end="")[:120], 38.0, False),  # too little of it
    ],
)
def test_a_letter_in_a_hand_that_lodges_somebody(text: str, confiance: float, told: bool) -> None:
    assert bool(hebergement(hand(text, confiance).texte)) is told


def test_its_type_is_answered_without_being_sure_of_it() -> None:
    answer = build().classify([hand(LODGED.format(title="Merapnent", end="mon"))])
    assert answer.type == "attestation_hebergement"
    assert answer.confidence < 0.9
    assert "écrit à la main" in answer.evidence[0]
