"""The type of a piece, from texts that neither the lexicon nor the generator was written with."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from feuillets import page

from classifier import TesseractClassifier, build
from classifier.lexicon import regles, types
from intake.domain.lecture import PageLue, SymboleLu, TexteLu
from textes import INCONNUS, TEXTES

CAS = [(kind, text) for kind, texts in TEXTES.items() for text in texts]


@pytest.fixture(scope="module")
def classifier() -> TesseractClassifier:
    return build()


@pytest.mark.parametrize(("kind", "text"), CAS, ids=[f"{k}-{i % 2}" for i, (k, _) in enumerate(CAS)])
def test_each_type_is_recognised_in_two_wordings(
    classifier: TesseractClassifier, kind: str, text: str
) -> None:
    answer = classifier.classify([page(text)])
    assert answer.type == kind, answer
    assert answer.evidence


@pytest.mark.parametrize("text", INCONNUS, ids=[t.split("\n")[0][:30] for t in INCONNUS])
def test_lookalikes_and_blank_forms_are_unknown(classifier: TesseractClassifier, text: str) -> None:
    assert classifier.classify([page(text)]).type == "inconnu"


def test_confident_answers_are_right(classifier: TesseractClassifier) -> None:
    answers = [(kind, classifier.classify([page(text)])) for kind, text in CAS]
    sure = [(kind, a) for kind, a in answers if a.confidence >= 0.9]
    assert len(sure) >= 0.75 * len(answers)
    assert all(kind == a.type for kind, a in sure)


def test_every_type_of_the_plan_has_a_rule_and_a_test() -> None:
    plan = Path(__file__).parents[2] / "web" / "plan-de-classement.toml"
    codes = {t["code"] for t in tomllib.loads(plan.read_text(encoding="utf-8"))["type"]} - {"inconnu"}
    assert codes == set(types()) == set(TEXTES)


def test_rules_only_use_phrases_that_can_be_found() -> None:
    for rule in regles():
        for clue in (*rule.titres, *rule.indices, *rule.mots, *rule.contre):
            assert len(clue.phrase.serre) >= 2, (rule.nom, clue.phrase.texte)


@pytest.mark.parametrize(
    "noisy",
    [
        "BULLET1N DE PAlE\nPériode : rnars 2025\nNet à payer avant irnpôt sur le revenu 1 597,86",
        "B U L L E T I N  D E  P A I E\nNET A PAYER AVANT IMPOT 1 597,86\nCotisations salariales",
        "BULLETINDE PAIE\nSalaire debase 151,67\nNetà payer 1 478,02 Congéspayés 28/04/2025",
    ],
)
def test_ocr_noise_does_not_hide_a_payslip(classifier: TesseractClassifier, noisy: str) -> None:
    assert classifier.classify([page(noisy)]).type == "bulletin_salaire"


def test_a_mention_in_a_letter_is_not_a_title(classifier: TesseractClassifier) -> None:
    letter = (
        "Madame,\nNous avons bien reçu votre bulletin de salaire et votre quittance de loyer,\net nous vous "
        "remercions de nous faire parvenir aussi votre livret de famille avant le 12 mai 2025.\nCordialement"
    )
    assert classifier.classify([page(letter)]).type == "inconnu"


def test_a_2ddoc_identifies_a_tax_notice_that_ocr_could_not_read(classifier: TesseractClassifier) -> None:
    header = "DC04FR000001FFFF1F302801FR"
    code = header + "452023" + "4412345678901234"[:15] + "46DELMOTTE/KARIM\x1d" + "4118452\x1d"
    read = PageLue(1, symboles=(SymboleLu("DATAMATRIX", code),), texte=TexteLu())
    answer = classifier.classify([read])
    assert answer.type == "avis_imposition"
    assert answer.fields["annee_revenus"] == "2023"
    assert answer.fields["rfr"] == "18452"
    assert answer.fields["noms"] == "DELMOTTE KARIM"


def test_the_first_page_decides_for_the_whole_piece(classifier: TesseractClassifier) -> None:
    pages = [page(TEXTES["bail"][0], 1), page("Article 7 : commandement de payer, expulsion\nPage 2", 2)]
    assert classifier.classify(pages).type == "bail"


def test_nothing_read_is_unknown_and_not_sure(classifier: TesseractClassifier) -> None:
    answer = classifier.classify([PageLue(1)])
    assert (answer.type, answer.confidence < 0.9) == ("inconnu", True)
