"""Owns the question whether somebody filled a page in: a form left blank and a poster are about nobody."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from classifier.dates import dates
from classifier.text import plain
from intake.domain.lecture import LigneLue

# What letterheads and footers print whatever the document: it says nothing of this one.
_BOILERPLATE = re.compile(
    r"informatique et libertes|2016 ?679|\brgpd\b|protection des donnees|droit d acces et de rectif|"
    r"au capital de|\br ?c ?s [a-z]|tva (?:intra\w* )?fr ?\d|standard \d|imprime sur papier|"
    r"(?:desaccord|contest|recours)\w* .{0,60}(?:tribunal|delai)|reproduction interdite|"
    r"vos references pour tout contact|consultez notre site|restent a votre disposition|"
    r"edition du .{0,24}page"
)
_BLANKS = re.compile(r"(?:[._…]\s?){6,}|(?:\|_){3,}|_{4,}|…{2,}|\.{4,}")
# A label that nothing follows, or only the unit of the amount to come.
_EMPTY = re.compile(r"\w ?:\s*(?:€|eur(?:os)?\b|[-–|/]|[._…]{2,}|[A-ZÉ][\w' ]{2,20} ?:)")
_DAY = re.compile(r"\b\d{1,2}\s?[/.\-]\s?\d{1,2}\s?[/.\-]\s?\d{2,4}\b|\b(?:19|20)\d\d\b")
_AMOUNT = re.compile(r"\d[\d\s.]{0,40}[,.]\s?\d{2}\b|\d\s?(?:€|euros\b)")
_FILLED = re.compile(r"\d[,.]\d{2}\b|\d\s?€|(?:\d[ .]?){7,}|\d\s?(?:euros|heures|mois)\b")
_NUMBER = re.compile(r"(?<![\d*])(?:\d[ .]?){6,}")
_CERFA = re.compile(r"(?i)cerfa.{0,24}|n°\s?\d{5}\s?[*#]\s?\d\d")
# What blank forms, models and specimens call themselves.
_MODEL = re.compile(
    r"\b(?:formulaires?|imprimes?|modeles?|exemplaires?|documents?|contrats?|bail|quittances?)"
    r" (?:\w+ ){0,2}(?:vierges?|non remplis?)\b|\bfac simile\b|"
    r"\bmodele (?:vierge|type a (?:completer|remplir)|a (?:completer|remplir|recopier)|gratuit|"
    r"de (?:lettre|bail|contrat|quittance|attestation|certificat|formulaire))|"
    r"\b(?:imprime|formulaire|document|modele|attestation) a (?:remplir|completer|imprimer|telecharger)\b"
)
# Printed over a filled page too, where somebody shows what it looks like: alone it says little.
_SPECIMEN = re.compile(r"^specimen\b|\bspecimen (?:ne pas|sans valeur)")
_HINT = re.compile(
    r"rayer (?:la|les) mentions? inutiles?|\ba completer\b|\ba remplir\b|cochez|m mme \b|\bvierge\b"
)
_NAMED = re.compile(
    r"(?:M\.|Mr\.?|Mme\.?|Mlle|Monsieur|MONSIEUR|Madame|MADAME|Mademoiselle|Docteur|Dr\.?|Ma[iî]tre)\s+"
    r"[A-ZÀ-Ý][A-Za-zÀ-ÿ'’\-]{2,}|"
    r"(?<![A-Za-zÀ-ÿ])[A-ZÀ-Ý][a-zà-ÿ]{2,}(?:-[A-ZÀ-Ý][a-zà-ÿ]+)? [A-ZÀ-Ý]{3,}(?![a-zà-ÿ])|"
    r"(?<![A-Za-zÀ-ÿ])[A-ZÀ-Ý]{3,} [A-ZÀ-Ý][a-zà-ÿ]{2,}(?![A-ZÀ-Ý])"
)
_WRITTEN = re.compile(r"\w ?:(?:[^\w]*[^\W\d_]){4}")  # letters after a label: a logo has none before it
# A letter and a wall in turn, as a comb of boxes filled in by hand is read: « lelslmlaln », « 6|r|0| ».
_COMB, _LETTERS = re.compile(r"(?:[^\W_][lI|\[\]{}!/\\]){4,}"), 3
_WALLS = frozenset("lI|TLJ1[]")  # what an empty comb is read as
_HARDLY, _HARDLY_A_COMB, _A_HAND = 50.0, 75.0, 2  # confidence of a line, and such lines of a page
_LABEL, _DISTINCT = re.compile(r"\w ?:"), 5  # letters and figures
_ENOUGH = 14  # words of its own below which nothing is concluded from what a page lacks


@dataclass(frozen=True, slots=True)
class Remplissage:
    """What a page holds of its own, its boilerplate apart."""

    mots: int = 0
    donnees: int = 0  # dates, amounts and numbers that somebody filled in
    personnes: int = 0  # places where somebody seems to be named
    vide: bool = False  # a form left blank, and it says so
    main: int = 0  # labels followed by letters that OCR hardly reads, as handwriting is

    @property
    def impersonnel(self) -> bool:
        """Words enough, yet no date, no amount, no number, nobody, and no hand that filled it in."""
        return self.mots >= _ENOUGH and not self.donnees and not self.personnes and self.main < _A_HAND


def boilerplate(texte: str) -> bool:
    return bool(_BOILERPLATE.search(plain(texte)))


def remplissage(lignes: Sequence[LigneLue]) -> Remplissage:
    """Measured on the lines that are not boilerplate."""
    texts = [t for ligne in lignes if (t := ligne.texte) and not boilerplate(t)]
    text = _CERFA.sub(" ", "\n".join(texts))
    words = sum(len(t.split()) for t in texts)
    data = len(dates(text)) + len(_FILLED.findall(text)) + len(_NUMBER.findall(text))
    hand = sum(
        bool(x.confiance < _HARDLY and _WRITTEN.search(x.texte))
        or (x.confiance < _HARDLY_A_COMB and _in_a_comb(x.texte))
        or _guessed_after_its_label(x)
        for x in lignes
    )
    blank = hand < _A_HAND and _blank(texts, text, data)
    return Remplissage(words, data, len(_NAMED.findall(text)), blank, hand)


def _guessed_after_its_label(ligne: LigneLue) -> bool:
    """Whether guesses of OCR follow a label, of more letters than the « eesse » that dots are read as."""
    label = _LABEL.search(ligne.texte)
    if label is None:
        return False
    after = re.compile(r"\S+").finditer(ligne.texte, label.end())
    guessed = "".join(m[0] for m in after if ligne.confiance_de(*m.span()) < _HARDLY)
    return len({c for c in guessed.casefold() if c.isalnum()}) >= _DISTINCT


def _in_a_comb(texte: str) -> bool:
    """Whether letters stand in it, and not its walls alone."""
    return any(len(set(m[0][::2]) - _WALLS) >= _LETTERS for m in _COMB.finditer(texte))


def _blank(texts: Sequence[str], text: str, data: int) -> bool:
    """Labels followed by nothing, and neither a date nor an amount filled in."""
    folded = [plain(t) for t in texts]
    model = sum(bool(_MODEL.search(line)) for line in folded)
    hints = sum(bool(_HINT.search(line)) for line in folded)
    blanks = len(_BLANKS.findall(text))
    empty = sum(len(_EMPTY.findall(t)) for t in texts)
    filled = len(set(_DAY.findall(text))) + len(set(_AMOUNT.findall(text)))
    if model and filled <= 1 + (blanks + empty) // 4:
        return True
    if not data and not filled and any(_SPECIMEN.search(line) for line in folded):
        return True
    if sum(len(t.split()) for t in texts) < _ENOUGH:
        return False
    if (blanks >= 4 and filled <= 1 + blanks // 8) or (blanks >= 2 and filled == 0):
        return True
    return hints + blanks + empty >= 3 and data == 0 and filled == 0
