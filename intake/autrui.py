"""Owns what the code of an avis, or the zone of a card, says and neither the print nor the household knows.

What a machine wrote is compared with the print in `classifier`; what of it is printed nowhere may have gone
unread there, or be a birth name. The register tells whether it is somebody else's (R14, R15). Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from rapidfuzz.distance import Levenshtein

from intake.domain.demande import Demande, Personne
from intake.domain.lecture import Classement, PageLue
from intake.identity import LISIBLE, Concordance, Force, jetons

_A_NAME = 4  # letters
_MAYBE = 0.6  # likeness of two names one of which was read in a zone, without a digit to bear it out
_AT_ALL = 0.5  # of two names one of which was read in a zone that the other bears out
_ALIKE = 0.7  # of two surnames one of which may be the other


def contredit(
    classement: Classement, noms: Concordance, demande: Demande, pages: Sequence[PageLue], *, nommee: bool
) -> str:
    """Why a paper is not what it prints, a sentence; "" where nothing says so.

    `nommee`: whether the print names the household, and not a surname alone.
    """
    nommes = noms.personnes if nommee else ()
    printed = _printed(pages)
    full = {p.rang for p in demande.personnes if _in_full(p, printed)}
    # By a surname and a birthday somebody is named too, whose given name went unread.
    surely = [r for r in nommes if r in full] if noms.force is Force.FORTE else []
    if other := autre_de_la_bande(classement, demande):
        return (
            f"La bande de lecture est au nom de {other}, que la pièce n'imprime pas et que la demande ne "
            "connaît pas : vérifiez de qui est la pièce."
        )
    if born := nee_autrement(classement, demande, surely):
        return (
            f"La date de naissance imprimée ({born:%d/%m/%Y}), qui est celle de la demande, n'est pas celle "
            "de la bande de lecture."
        )
    if other := autre_que_la_bande(classement, demande, surely):
        return (
            f"La bande de lecture est au nom de {other}, et la pièce imprime un autre nom : vérifiez de qui "
            "elle est."
        )
    if other := autre_du_code(classement, demande, nommes=nommes, surely=surely):
        return (
            f"Le code 2D-Doc est au nom de {other}, que l'avis n'imprime pas et que la demande ne connaît "
            "pas : vérifiez de qui est l'avis."
        )
    return ""


def autre_du_code(
    classement: Classement, demande: Demande, *, nommes: Collection[str], surely: Collection[str] = ()
) -> str:
    """The name that only the code of an avis bears, with a given name of the household and nobody's surname.

    Or, where the print names some of the household (`nommes`, their ranks), with no name of it at all, if the
    code has no other. Of a code of two, its first may be dead, or gone, and the avis sent to the other: it is
    another where the print names one in full (`surely`) who is neither. "" where somebody of the household
    has that surname: a birth name may be printed nowhere. Nor is it known of a woman whose demande has one
    surname only (R15).
    """
    known = {word for p in demande.personnes for nom in p.noms for word in jetons(nom)}
    first = {word for p in demande.personnes for word in jetons(p.prenom)}
    told = {
        word
        for p in demande.personnes
        if p.civilite == "M" or (p.nom_usage and p.nom_usage != p.nom)
        for word in jetons(p.prenom)
    }
    alone = [n for n in classement.fields.get("noms_du_code_seul", "").split(";") if n]
    declarants = classement.fields.get("declarants", "").split(";")
    others = [n for n in dict.fromkeys(declarants) if n and n not in alone]
    replaced = _neither(others, demande, surely)
    for name in alone:
        words = jetons(name)
        surname = [w for w in words if w not in first and len(w) >= _A_NAME]
        stands_for = not others or (replaced and name == declarants[0])
        if (
            surname
            and not _alike(surname, known | first)
            and (told & set(words) or (first.isdisjoint(words) and nommes and stands_for))
        ):
            return name
    return _other_given(classement, _neither(declarants[1:], demande, surely), known, first)


def _neither(others: Collection[str], demande: Demande, surely: Collection[str]) -> list[Personne]:
    """Who of those that the print names in full is none of the code's `others`, all of whom are known."""
    people = demande.personnes
    if not all(any(_is(n, p) for p in people) for n in others):
        return []
    return [p for p in people if p.rang in surely and not any(_is(n, p) for n in others)]


def _is(name: str, p: Personne) -> bool:
    words = set(jetons(name))
    return bool(words & set(jetons(p.prenom))) and any(words & set(jetons(nom)) for nom in p.noms)


def _other_given(
    classement: Classement,
    replaced: Collection[Personne],
    known: Collection[str],
    first: Collection[str],
) -> str:
    """The code's first declarant, of a surname that the print gives to another of the household."""
    name = classement.fields.get("declarants", "").split(";")[0]
    words = jetons(name)
    given = [w for w in words if w not in known]
    printed_nowhere = set(classement.fields.get("mots_du_code_seul", "").split(";"))
    namesake = any(
        {w for nom in p.noms for w in jetons(nom) if len(w) >= _A_NAME} & set(words) for p in replaced
    )
    long = all(len(w) >= _A_NAME for w in given)
    if given and long and namesake and printed_nowhere.issuperset(given) and not _alike(given, first):
        return name
    return ""


def _alike(words: Collection[str], known: Collection[str]) -> bool:
    return any(Levenshtein.normalized_similarity(w, k) >= _ALIKE for w in words for k in known)


def autre_de_la_bande(classement: Classement, demande: Demande) -> str:
    """Whom the zone of an identity document alone names, neither name being anybody's of the household.

    "" unless the day of birth is that of one of it: else the card is whole somebody else's. Nor where a name
    may be a misreading of one of theirs.
    """
    name = classement.fields.get("nom_de_la_bande_seule", "")
    born = {p.date_naissance.isoformat() for p in demande.personnes if p.date_naissance}
    own = bool(born & set(classement.fields.get("naissances", "").split(";")))
    nom, _, prenoms = name.partition(", ")
    known = {w for p in demande.personnes for n in p.noms for w in jetons(n)}
    first = {w for p in demande.personnes for w in jetons(p.prenom)}
    alike = any(_like(w, k) for w in jetons(nom) for k in known)
    alike |= any(_like(w, k) for w in jetons(prenoms) for k in first)
    return name if own and not alike and (known | first).isdisjoint(jetons(name)) else ""


def autre_que_la_bande(classement: Classement, demande: Demande, nommes: Collection[str]) -> str:
    """Whom a zone names that has one's birthday and one of his two names, where the card prints both of his.

    `nommes`: the ranks of those whom the print names in full. The other name must be like none of the
    household, whatever fillers were read as letters; no surname is another of a woman whose demande has one
    only (R15).
    """
    name = classement.fields.get("bande_autrement", "")
    nom, _, prenoms = name.partition(", ")
    surname, given = set(jetons(nom)), set(jetons(prenoms))
    known = {w for p in demande.personnes for n in p.noms for w in _joined(n)}
    first = {w for p in demande.personnes for w in _joined(p.prenom)}
    born = classement.fields.get("naissances", "").split(";")
    for p in demande.personnes:
        if p.rang not in nommes or p.date_naissance is None or p.date_naissance.isoformat() not in born:
            continue
        same = not surname.isdisjoint(w for n in p.noms for w in jetons(n))
        called = not given.isdisjoint(jetons(p.prenom))
        both_known = p.civilite == "M" or (p.nom_usage and p.nom_usage != p.nom)
        if called and not same and both_known and _long(surname) and not _at_all_like(nom, known | first):
            return name
        if same and not called and _long(given) and not _at_all_like(prenoms, first):
            return name
    return ""


def _joined(name: str) -> tuple[str, ...]:
    words = jetons(name)
    return (*words, "".join(words)) if len(words) > 1 else words


def _at_all_like(name: str, known: Collection[str]) -> bool:
    """A word of `name`, or all of it, is most of one known, or begins one: the zone ran out of room."""
    return any(
        Levenshtein.normalized_similarity(w, k) >= _AT_ALL
        or (min(len(w), len(k)) >= _A_NAME and (w in k or k in w))
        for w in _joined(name)
        for k in known
    )


def _printed(pages: Sequence[PageLue]) -> frozenset[str]:
    """The words of the lines that were read well, a zone's apart."""
    lines = [x for page in pages for x in page.texte.lignes if x.confiance >= LISIBLE and "<" not in x.texte]
    return frozenset(w for line in lines for w in jetons(line.texte))


def _in_full(p: Personne, printed: Collection[str]) -> bool:
    surname = any(set(jetons(nom)) <= set(printed) for nom in p.noms)
    return surname and bool(jetons(p.prenom)) and set(jetons(p.prenom)) <= set(printed)


def nee_autrement(classement: Classement, demande: Demande, nommes: Collection[str]) -> date | None:
    """The birthday that a card prints of one whom it names (`nommes`, ranks), where its zone has another.

    Not that of another of the household: the back of one's card may lie beside the front of the other's.
    """
    coded, *printed = classement.fields.get("bande_nee", "").split(";")
    born = {p.date_naissance.isoformat(): p for p in demande.personnes if p.date_naissance}
    own = [p.date_naissance for day, p in born.items() if p.rang in nommes and day in printed]
    return own[0] if own and coded not in born else None


def _long(words: Collection[str]) -> bool:
    return bool(words) and max(map(len, words)) >= _A_NAME


def _like(word: str, known: str) -> bool:
    short = min(len(word), len(known)) < _A_NAME and Levenshtein.distance(word, known) <= 1
    return short or Levenshtein.normalized_similarity(word, known) >= _MAYBE
