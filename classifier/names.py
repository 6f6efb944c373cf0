"""Owns the reading of the names of the people a document is about, never of those who sign or issue it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from classifier.envelope import addressed, with_their_civility
from classifier.no_names import BODIES, PARTICLES, TITLES, nettoyer
from classifier.scores import ScorePage
from classifier.text import plain
from intake.domain.lecture import LigneLue, PageLue
from intake.prenoms import PRENOMS

_UP = "A-ZÀ-ÖØ-ÞŒ"
_LOW = "a-zß-öø-ÿœ"
_PART = (
    rf"(?:[{_UP}][{_UP}{_LOW}'’\-]+|d['’][{_UP}][{_LOW}]+|[Dd]e|[Dd]u|DE|DU|LE|LA|EL|[Ee]l|[Bb]en|BEN"
    rf"|N['’][{_UP}{_LOW}]+)"
)
# Either given names, set apart by commas, before a surname in capitals, or any two to five parts.
_GIVEN_FIRST = (
    rf"(?:[{_UP}][{_LOW}]+(?:-[{_UP}][{_LOW}]+)?,?[ ]){{2,4}}"
    rf"[{_UP}]{{2,}}[{_UP}'’\-]*(?:[ ][{_UP}]{{2,}}[{_UP}'’\-]*)?"
)
_NAME = rf"({_GIVEN_FIRST}|{_PART}(?:[ ]{{1,2}}{_PART}){{0,4}})"
_CUT_NAME = re.compile(
    rf"((?:Monsieur|Madame|Mme|M\.|Mlle)(?:[ ][{_UP}][{_LOW}]+(?:-[{_UP}]?[{_LOW}]+)*,?){{1,3}})\n"
    rf"(?=[{_UP}]{{2,}}(?![{_LOW}]))"
)
_CUT_SURNAME = re.compile(
    rf"((?:Monsieur|Madame|Mme|M\.|Mlle) (?:[{_UP}]{{2}}[{_UP}'’\-]*)(?: [{_UP}]{{2}}[{_UP}'’\-]*)*)\n"
    rf"([{_UP}][{_LOW}]+(?:-[{_UP}]?[{_LOW}]+)*)(,| n[ée]e?\b)"
)
_CIVILITY = re.compile(
    rf"(?<![{_LOW}{_UP}])(?:M\.|M(?= )|Mr\.?|MR\.?|Mme\.?|MME\.?|Mlle|MLLE|Monsieur|MONSIEUR|Madame|"
    rf"MADAME|Mademoiselle|MADEMOISELLE)"
    rf"(?:[ ](?:ou|et|OU|ET)[ ](?:M\.|Mme|MME|Madame|MADAME))?\s{{1,3}}{_NAME}"
)
_END = r"[ ]*(?:\([^)]{0,30}\))?[ ]*[:;.]*[ ]*"
_LABEL_NAME = re.compile(
    rf"(?:^|[ |])(?:\d[.)]?[ ]*)?(?:nom(?:[ ]+(?:de[ ]+(?:naissance|famille|jeune[ ]+fille|l['’]enfant)|"
    rf"d['’](?:usage|[ée]poux|[ée]pouse)|patronymique))?|surname)(?![^\W\d_])"  # « NOMBRE » is none
    rf"(?:[ ]*/[ ]*(?:surname|name|alternate[ ]name))?{_END}",
    re.IGNORECASE,
)
_LABEL_GIVEN = re.compile(
    rf"(?:^|[ |])(?:\d[.)]?[ ]*)?(?:pr[ée]nom(?:s|\(s\))?|"
    rf"given[ ]+names?)(?![^\W\d_])(?:[ ]*/[ ]*given[ ]+names?)?{_END}",
    re.IGNORECASE,
)
_LABEL_PERSON = re.compile(
    r"(?:nom[ ]+(?:et|,)?[ ]*pr[ée]noms?|pr[ée]noms?[ ]+(?:et|,)[ ]*nom|salari[ée]e?|locataires?|"
    r"allocataire|b[ée]n[ée]ficiaires?|titulaires?(?:[ ]+d(?:u|e[ ]+la)[ ]+(?:compte|contrat|bail|demande))?|"
    r"[ée]l[èe]ve|[ée]tudiante?|assur[ée]e?|patiente?|d[ée]clarant[ ]*\d?|demandeu(?:r|se)|apprentie?|"
    r"preneurs?|h[ée]berg[ée]e?|acqu[ée]reurs?|partenaire[ ]*\d?|d[ée]funte?|client|"
    r"majeur[ ]+prot[ée]g[ée]|retrait[ée]e?|boursi[eè]re?|enfant|[ée]poux|[ée]pouse|"
    r"nomm[ée]e?)[ ]*(?:\([^)]{0,20}\))?[ ]*[:;][ ]*",
    re.IGNORECASE,
)
# The same labels set in a column, without a colon: the value shows by a surname in capitals.
_BARE_LABEL = re.compile(
    r"^(?:\d[.)]?\s)?(?i:nom|noms?[ –\-,et]+pr[ée]noms?|pr[ée]noms?[ –\-,et]+noms?|"
    r"salari[ée](?:\(e\))?e?|locataires?|allocataire|b[ée]n[ée]ficiaire|"
    r"titulaire|[ée]l[èe]ve|[ée]tudiant(?:\(e\))?e?|assur[ée](?:\(e\))?e?|patiente?|d[ée]clarant[ ]?\d?|"
    r"demandeur|apprenti(?:\(e\))?e?|partenaire[ ]?\d?|"
    r"d[ée]funte?|client|adh[ée]rent|retrait[ée]e?|le demandeur|nom de naissance|nom de famille|"
    r"nom d['’]usage|nom de l['’][ée]l[èe]ve|nom de l['’][ée]tudiant|agent|int[ée]ress[ée](?:\(e\))?)"
    rf"[ ]+(?:M\.[ ]|Mme[ ]|M[ ])?((?:[{_UP}]{{2,}}[{_UP}'’\-]*)(?:[ ]{_PART}){{0,4}}|"
    rf"[{_UP}][{_LOW}\-]+[ ](?:[{_UP}]{{2,}}[{_UP}'’\-]*)(?:[ ][{_UP}'’\-]{{2,}}){{0,2}})",
)
_SURNAME = rf"(?:[DN]['’])?[{_UP}]{{2,}}[{_UP}'’\-]*(?:[ ][{_UP}'’\-]{{2,}})?"
_GIVEN = rf"[{_UP}][{_LOW}]+(?:-[{_UP}][{_LOW}]+)?"
_FALLBACK = re.compile(
    rf"(?<![{_UP}{_LOW}'’\-])(?:({_SURNAME}[ ]{_GIVEN})|({_GIVEN},?[ ]{_SURNAME}))(?![{_LOW}{_UP}])"
)
_CAPITALS = re.compile(rf"[{_UP}][{_UP}'’\-]+(?:[ ][{_UP}][{_UP}'’\-]+){{0,2}}")
_CARD_WORDS = 45
# Over « Nom : », of whom the form speaks besides its bearer.
_OF_ANOTHER = re.compile(r"(?:\d )?(?:le |la |l )?(?:bailleur|bailleresse|employeur|maitre d apprentissage)")
_LICENCE = re.compile(rf"^1\.\s*{_NAME}\s*$")
_LICENCE_GIVEN = re.compile(rf"^2\.\s*{_NAME}\s*$")
_SIGNER = re.compile(
    rf"(?i:soussign[ée]e?s?(?:\(e\))?)[ ,:]{{1,3}}"
    rf"(?:(?:M\.|Mr|Mme|Mlle|Monsieur|Madame|Mademoiselle)[ ])?{_NAME}"
)
_SUBJECT = re.compile(
    rf"(?<![{_LOW}{_UP}])(?:certifie(?:ons)?|atteste(?:ons)?|d[ée]clare|h[ée]berger?|domicili[ée]e?|"
    rf"re[çc]u de|avoir re[çc]u de|que|la famille|l['’]enfant|nomm[ée]e?|n[ée]e? )[ ]+{_NAME}"
)
_VALUE = re.compile(_NAME)
# « est née à Courvigny, Léa, Marie, du sexe féminin, de … Nom de l'enfant : FAURE », however it is wrapped.
_BORN = re.compile(
    rf"\best née?\b[^.;]{{1,80}}?[,:] ?({_GIVEN}(?:,? {_GIVEN}){{0,4}})(?: ([{_UP}][{_UP}'’ \-]+))?,? "
    r"d[ue] sexe\b"
)
_OF_CHILD = re.compile(
    rf"[Nn]om de (?:famille de )?l['’]enfant ?: ?([{_UP}][{_UP}'’\-]+(?: [{_UP}][{_UP}'’\-]+)*)"
)
# Who writes, sells, judges, cares for or lets is not whom the document is about.
_ROLES = re.compile(
    r"declaration de|"
    r"docteur|\bdr\b|maitre|(?<!\bje )\bme\b|notaire|maire|bailleur|proprietaire|directeur|"
    r"directrice|juge|greffi|president|responsable|"
    r"expert|avocat|represent|gerant|officier|medecin|sage femme|huissier|commissaire|prefet|signataire|"
    r"employeur|vendeur|"
    r"mandataire|procureur|conseiller|votre contact|interlocut|hebergeant|sous prefet|proviseur|"
    r"principal\b|recteur|agissant|"
    r"tuteur|curateur|maitre d apprentissage|substitut|comptable|gestionnaire|dossier suivi|"
    r"affaire suivie|inspect|adjoint|soussign"
)
# « rue du Docteur-Lemoine » is an address, and the name beside it no doctor's.
_STREET = re.compile(
    rf"(?<![Ee]n )\b(?i:rue|avenue|av|boulevard|bd|place|chemin|impasse|all[ée]e|quai|route|cours|square|"
    rf"passage|cit[ée]|r[ée]sidence)\.?[ ](?:(?i:du|des|de la|de l['’]|de|d['’]|le|la|les)[ ]?)?"
    rf"[{_UP}][{_UP}{_LOW}'’]+(?:-[{_UP}][{_UP}{_LOW}'’]+)*"  # its first word: a role may follow the others
)
_TWO = 2  # a surname and a given name: « PRÉFECTURE DE MONTREVILLE » has none
_GUESSED = 40.0  # mean word confidence below which the letters of a line are guesses
_PEOPLE = 24  # lines of labels, one a person, beyond which they are no people side by side
_FAR = 400  # characters before a name: what stands farther on its line says nothing of it
_TELEPHONE = re.compile(r"(?:\d ?){10}")  # « votre conseiller : 01 23 45 67 89 » is told to the end
_AFTER_ROLE = re.compile(
    r"^[ ,]{1,3}(?:juge|maire|notaire|adjoint|officier|directeur|directrice|g[ée]rante?|pr[ée]sidente?|"
    r"responsable|huissier|commissaire|m[ée]decin|"
    r"agissant|greffi|expert|avocat|vice-pr|substitut|repr[ée]sent|bailleur|propri[ée]taire|"
    r"ci-apr[èe]s (?:d[ée]nomm[ée]e? )?le bailleur|drh|proviseur|principal)",
    re.IGNORECASE,
)
_REPRESENTED = re.compile(r"\brepresente[e]? par (?:\w+ ){1,3}et$")  # « … par son gérant, et Monsieur »


def people(pages: Sequence[PageLue], scores: Sequence[ScorePage]) -> tuple[str, ...]:
    """Names in order of trust: machine-readable, labelled, then found after a civility."""
    found: list[str] = []
    for score in scores:
        if score.mrz is not None and score.mrz.nom:
            found.append(f"{score.mrz.nom} {score.mrz.prenoms}".strip())
        if score.deuxddoc is not None:
            found.extend(score.deuxddoc.noms)
    heads = [[_legible(line) for line in page.texte.lignes] for page in pages[:3]]
    civil = [[replace(x, texte=_legible(x)) for x in page.texte.lignes] for page in pages[:3]]
    found.extend(name for head in heads if (name := _newborn(" ".join(head))))
    for head in heads:
        lines = list(_forms_apart(head))
        found.extend(_labelled(lines))
        found.extend(_persons(lines))
    for legible in civil:
        found.extend(_civil(list(with_their_civility(legible))))
    if not found:
        found.extend(name for page in pages[:1] for name, _ in addressed(page.texte.lignes))
    if not found:
        for head in heads[:1]:
            found.extend(_unlabelled(head))
    return tuple(_distinct(found))[:8]


def _newborn(text: str) -> str:
    """Whose birth an act records, who is named before his parents; "" of any other paper."""
    m = _BORN.search(text)
    if m is None:
        return ""
    surname = m[2] or ((told := _OF_CHILD.search(text)) and told[1]) or ""
    # What stands before the given names may be where it was: « à Lyon, Rhône, Léa, Marie ».
    given = next((word for word in re.split(r",? ", m[1]) if plain(word).upper() in PRENOMS), "")
    return f"{surname} {given}" if surname and given else ""


def _legible(ligne: LigneLue) -> str:
    """Nothing of a line that was guessed at: what it makes of a name is nobody's."""
    return ligne.texte if ligne.confiance >= _GUESSED else ""


def signers(pages: Sequence[PageLue]) -> tuple[str, ...]:
    """Who says « je soussigné »: for some documents, the host say, that person matters too."""
    text = "\n".join(line.texte for page in pages[:2] for line in page.texte.lignes)
    found = [name for m in _SIGNER.finditer(text) if (name := nettoyer(m[1])) and " " in name]
    return tuple(_distinct(found))


def _unlabelled(lines: Sequence[str]) -> Iterator[str]:
    """A given name beside a surname in capitals; only where nothing better was read, and on no letterhead.

    No list holds all given names, and one missed files a stranger's paper: what is none is listed instead.
    """
    for line in lines:
        for m in _FALLBACK.finditer(line):
            name = nettoyer(m[1] or m[2])
            words = [w for w in name.split() if plain(w) not in PARTICLES]
            if len(words) < _TWO or _role_before(line[: m.start()]) or _AFTER_ROLE.match(line[m.end() :]):
                continue
            if not BODIES & set(plain(m[0]).split()):
                yield name
    if sum(len(line.split()) for line in lines) <= _CARD_WORDS:
        yield from (alone for line in lines if _alone(alone := line.strip()))


def _alone(line: str) -> bool:
    """Whether it is a surname in capitals, as cards set it on a line of its own."""
    other = (TITLES | BODIES) & set(plain(line).split())
    return _CAPITALS.fullmatch(line) is not None and nettoyer(line) == line and not other


def _forms_apart(lines: Iterable[str]) -> Iterator[str]:
    """Two people's forms beside one another, read across, as the lines of one and of the other."""
    for line in lines:
        for label in (_LABEL_NAME, _LABEL_GIVEN):
            starts = [m.start() for m in label.finditer(line) if ":" in m[0]]
            if len(starts) > 1:
                yield from (line[a:b].strip() for a, b in pairwise([0, *starts[1:], len(line)]))
                break
        else:
            yield line


def _labelled(lines: Sequence[str]) -> Iterator[str]:
    """« Nom : » joined with the « Prénom(s) : » that follows."""
    for index, line in enumerate(lines):
        m = _LABEL_NAME.search(line)
        if m is None:
            yield from _under_no_label(lines, index)
            continue
        if _role_before(line[: m.start()]) or (index and _OF_ANOTHER.fullmatch(plain(lines[index - 1]))):
            continue
        given_here = _LABEL_GIVEN.search(line, m.end())
        surname = _value(line[m.end() : given_here.start() if given_here else None], lines, index)
        if not surname:
            continue
        yield f"{surname} {_given_of(lines, index)}".strip()


def _under_no_label(lines: Sequence[str], index: int) -> Iterator[str]:
    """A surname in capitals over « Prénoms » and what stands under it: the first label went unread."""
    given = _LABEL_GIVEN.match(lines[index].strip())
    if given is None or index < 2 or _LABEL_NAME.search(lines[index - 2]):
        return
    surname = lines[index - 1].strip()
    value = _value(lines[index].strip()[given.end() :], lines, index)
    if value and _alone(surname):
        yield f"{surname} {value}"


def _given_of(lines: Sequence[str], index: int) -> str:
    """The given name that goes with the surname on line `index`: the next one, or the one of its column.

    Two people side by side are read as two surnames, then two given names.
    """
    rank, start, first, last = 0, index, max(0, index - _PEOPLE), min(len(lines), index + _PEOPLE)
    while (
        start > first and _LABEL_NAME.search(lines[start - 1]) and not _LABEL_GIVEN.search(lines[start - 1])
    ):
        rank, start = rank + 1, start - 1
    end = index
    while end < last and _LABEL_NAME.search(lines[end]) and not _LABEL_GIVEN.search(lines[end]):
        end += 1
    labels = [
        (i, m) for i in range(index, min(len(lines), end + _PEOPLE)) for m in _LABEL_GIVEN.finditer(lines[i])
    ]
    run = [(i, m) for i, m in labels if end <= i < end + (end - start)]
    if len(run) == end - start > 1:
        at, label = run[rank]
    elif labels and labels[0][0] < index + 4:
        at, label = labels[0]
    else:
        return ""
    return _value(lines[at][label.end() :], lines, at)


def _value(rest: str, lines: Sequence[str], index: int) -> str:
    m = _VALUE.match(rest.lstrip(" :.|"))
    if m is None and not any(c.isalpha() for c in rest) and index + 1 < len(lines):
        m = _VALUE.fullmatch(lines[index + 1].strip())  # cards print the value under its label
    return nettoyer(m[1]) if m else ""


def _persons(lines: Sequence[str]) -> Iterator[str]:
    for index, line in enumerate(lines):
        bare = _BARE_LABEL.match(line) or _LICENCE.match(line)
        if bare and (name := nettoyer(bare[1])):
            given = next(
                (g for later in lines[index + 1 : index + 4] if (g := _LICENCE_GIVEN.match(later))), None
            )
            yield f"{name} {nettoyer(given[1])}" if given and _LICENCE.match(line) else name
        for m in _LABEL_PERSON.finditer(line):
            rest = line[m.end() :]
            civil = _CIVILITY.match(rest)
            name = nettoyer(civil[1]) if civil else _value(rest, lines, index)
            if name:
                yield name


def _civil(lines: Sequence[str]) -> Iterator[str]:
    text = _CUT_SURNAME.sub(_joined, _CUT_NAME.sub(r"\1 ", "\n".join(lines)))
    for m in _CIVILITY.finditer(text):
        start = text.rfind("\n", 0, m.start()) + 1
        before, after = text[start : m.start()], text[m.end() : m.end() + 60].replace("\n", " ")
        if _role_before(before) or _AFTER_ROLE.match(after):
            continue
        name = nettoyer(m[1])
        if name:
            yield name
    for m in _SUBJECT.finditer(text):
        name = nettoyer(m[1])
        if name and (" " in name or m[0].startswith("la famille")):
            yield name


def _joined(m: re.Match[str]) -> str:
    """« Madame CHASTANG », and « Ludivine, née le » at the beginning of the next line."""
    given = plain(m[2]).upper().split()[0] in PRENOMS or m[3].strip().startswith("n")
    return f"{m[1]} {m[2]}{m[3]}" if given else m[0]


def _role_before(before: str) -> bool:
    """A role stands just before the name, with no verb that turns to somebody else in between."""
    near = plain(_STREET.sub(" ", before[-_FAR:]))[-48:]
    role = _ROLES.search(near)
    if role is None or _REPRESENTED.search(near):
        return False
    tail = near[role.end() :]
    if tail.strip() == "et" or _TELEPHONE.search(tail):  # « … désignée le bailleur, et Monsieur … »
        return False
    return not re.search(
        r"certifi|attest|heberge|recu de|que |entre|d une part|autorise|declare|locataire|contre|"
        r"commandement|assign|signifi|conge|somm(?:e|ation)|denonc",
        tail,
    )


def _distinct(names: Sequence[str]) -> Iterator[str]:
    seen: list[frozenset[str]] = []
    for name in names:
        words = frozenset(plain(name).split())
        if words and not any(words <= other for other in seen):
            seen.append(words)
            yield name
