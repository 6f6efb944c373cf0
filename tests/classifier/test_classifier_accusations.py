"""Forgeries that one look at the code or the zone beside the print shows, and honest papers like them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from feuillets import page, placee

from classifier import build
from classifier.mrz import check_digit, find_mrz
from intake.domain.lecture import Classement, PageLue, SymboleLu

HEADER = "DC04FR000001FFFF1F302801FR"
AVIS = """FINANCES PUBLIQUES
AVIS D'IMPÔT 2026
Impôt sur les revenus de l'année 2025
Votre numéro fiscal et la référence de l'avis sont à rappeler
{addressee}
33 RUE DES FORGES
59998 VILLEBOURG
Date d'établissement : 05/08/2026
Nombre de parts : 2,00
Revenu fiscal de référence : {rfr}
Ce document est à conserver, il justifie de vos revenus auprès des organismes
qui vous le demandent."""


def avis(
    addressee: str, rfr: str = "24 210 €", *, confiance: float = 96.0, noms: str = "DELATTRE PHILIPPE"
) -> PageLue:
    read = page(AVIS.format(addressee=addressee, rfr=rfr))
    window = [*addressee.split("\n"), "33 RUE DES FORGES", "59998 VILLEBOURG"]
    places = {text: (900, 510 + 40 * i, 1400, 540 + 40 * i) for i, text in enumerate(window)}
    lines = tuple(
        replace(x, confiance=confiance, boite=places.get(x.texte, x.boite)) for x in read.texte.lignes
    )
    code = f"{HEADER}45202543002,00\x1d46{noms}\x1d4124210\x1d"
    texte = replace(read.texte, lignes=lines)
    return replace(read, symboles=(SymboleLu("DATAMATRIX", code),), texte=texte)


def classed(*pages: PageLue) -> Classement:
    return build().classify(pages)


@pytest.mark.parametrize(
    ("addressee", "noms", "accused"),
    [
        ("MME SCHMITT ANNELISE", "DELATTRE PHILIPPE", True),
        ("DE LA TOUR-VILLIERS MAUD", "DELATTRE PHILIPPE", True),
        ("M DELATTRE PHILIPPE", "DELATTRE PHILIPPE", False),
        ("M DELATRE PHILLIPE", "DELATTRE PHILIPPE", False),  # misread
        ("MME DELATTRE SOPHIE", "DELATTRE PHILIPPE", False),  # of one household
        ("UDAF DU NORD", "DELATTRE PHILIPPE", False),  # for somebody whose name may be under a stamp
        ("CHEZ MME DUVAL ANNE", "DELATTRE PHILIPPE", False),
        ("VILLA MARGUERITE", "DELATTRE PHILIPPE", False),
        ("M DELATIRE PHILIPEE", "DELATTRE PHILIPPE", False),  # a slip in each word
        ("MME BERNARD CAMILLE", "MARTIN", False),  # a birth name alone
        ("M LY AN", "LY AN", False),
        ("M WU LI", "WU LI/WU YAN", False),
    ],
)
def test_an_avis_whose_code_names_nobody_that_it_prints(addressee: str, noms: str, accused: bool) -> None:
    answer = classed(avis(addressee, noms=noms))
    assert answer.type == "avis_imposition"
    assert ("falsification" in answer.fields) is accused, answer


@pytest.mark.parametrize(
    ("addressee", "noms", "accused"),
    [
        ("M GUILLOUX HERVE\nOU DACOSTA INES", "MOUNIER PATRICK/DACOSTA INES", True),
        ("M GUILLOUX HERVE\nOU MME DACOSTA INES", "GUILLOUX HERVE/MARCHAND INES", False),  # her birth name
        ("M OU MME GUILLOUX HERVE", "GUILLOUX HERVE/MARCHAND INES", False),
        ("MME GUILLOUX INES", "MOUNIER PATRICK/MARCHAND INES", False),  # a usual name
    ],
)
def test_of_the_two_whom_a_code_names_one_may_go_unnamed_and_whom_it_is_sent_to_may_not(
    addressee: str, noms: str, accused: bool
) -> None:
    answer = classed(avis(addressee, noms=noms.replace("/", "\x1d48")))
    assert ("falsification" in answer.fields) is accused, answer


def test_a_word_of_the_letter_is_no_misreading_of_a_name() -> None:
    """« Monsieur » resembles MOUNIER."""
    one = avis("MME SCHMITT ANNELISE", noms="MOUNIER PATRICK")
    polite = replace(one.texte.lignes[-1], texte="Monsieur, cet avis a été établi le 27 juillet 2026")
    pages = replace(one, texte=replace(one.texte, lignes=(*one.texte.lignes, polite)))
    assert "falsification" in classed(pages).fields


def test_whoever_receives_the_avis_of_another_is_accused_of_nothing_where_the_other_is_named() -> None:
    beside = page(f"{AVIS}\nDéclarant 1 : DELATTRE Philippe".format(addressee="UDAF DU NORD", rfr="24 210 €"))
    one = avis("UDAF DU NORD")
    assert "falsification" not in classed(replace(one, texte=beside.texte)).fields


def test_an_address_hardly_read_names_nobody_else() -> None:
    """Its street and its town are no names; what stands on another page is not in its window."""
    one = avis("MME SCHMITT ANNELISE")
    poor = {"33 RUE DES FORGES", "59998 VILLEBOURG"}
    lines = tuple(replace(x, confiance=70.0) if x.texte in poor else x for x in one.texte.lignes)
    inner = page("Salaires 1 200\nPensions 12 250", 2)
    hardly = tuple(replace(x, boite=(900, 420, 1400, 450), confiance=30.0) for x in inner.texte.lignes)
    pages = [
        replace(one, texte=replace(one.texte, lignes=lines)),
        replace(inner, texte=replace(inner.texte, lignes=hardly)),
    ]
    assert "falsification" in classed(*pages).fields
    unread = tuple(
        replace(x, texte="M. DELAIRE PHIL", confiance=30.0, boite=(900, lines[4].boite[1] + 20, 1400, 400))
        if x.texte == "33 RUE DES FORGES"
        else x
        for x in lines
    )
    assert "falsification" not in classed(replace(one, texte=replace(one.texte, lignes=unread))).fields


INNER = """Détail des revenus
Salaires, pensions, rentes nets {rfr}
Revenu imposable {rfr}
Revenu fiscal de référence {again}"""


@pytest.mark.parametrize(
    ("printed", "again", "accused"),
    [
        ("34 210", "34 210", True),  # another, which is like the code's
        ("124 210", "124 210", False),  # a bar beside each cell of the table, perhaps
        ("4 210", "4 210", True),  # its first figure is rubbed out, on every row
        ("124 210", "24 210", False),  # the number of a note beside it
        ("34 210", "24 210", False),
    ],
)
def test_one_figure_away_from_the_codes_on_every_row(printed: str, again: str, accused: bool) -> None:
    first = avis("M DELATTRE PHILIPPE", printed + " €")
    inner = page(INNER.format(rfr=printed, again=again), 2)
    lines = tuple(replace(x, confiance=95.0) for x in inner.texte.lignes)
    second = replace(inner, texte=replace(inner.texte, lignes=lines))
    assert ("falsification" in classed(first, second).fields) is accused


def test_a_figure_more_in_the_letters_of_the_file_itself() -> None:
    first, inner = (
        avis("M DELATTRE PHILIPPE", "124 210 €", confiance=100.0),
        INNER.format(rfr="124 210", again="124 210"),
    )
    lines = tuple(replace(x, confiance=100.0) for x in page(inner, 2).texte.lignes)
    second = replace(page(inner, 2), texte=replace(page(inner, 2).texte, lignes=lines))
    assert "falsification" in classed(first, second).fields


@pytest.mark.parametrize("line", ["8E1A77RE P", "3 DELATTE PHIL"])
def test_a_line_under_a_stamp_is_no_street_because_it_begins_with_a_figure(line: str) -> None:
    one = avis("MME SCHMITT ANNELISE")
    lines = tuple(
        replace(x, texte=line, confiance=30.0) if x.texte == "33 RUE DES FORGES" else x
        for x in one.texte.lignes
    )
    assert "falsification" not in classed(replace(one, texte=replace(one.texte, lignes=lines))).fields


def test_a_sentence_about_the_income_tells_none() -> None:
    first = avis("M DELATTRE PHILIPPE", "14 210")
    notice = page(
        "Le revenu fiscal de référence vous ouvre certains droits auprès des organismes\n2690 SIP", 2
    )
    assert "falsification" in classed(first, notice).fields
    assert "falsification" not in classed(avis("M DELATTRE PHILIPPE"), notice).fields


def test_what_the_code_says_may_stand_where_nothing_was_read() -> None:
    """Then the rest of the page is read before anybody is held to it."""
    whole = avis("MME SCHMITT ANNELISE")
    assert "reste_a_lire" not in classed(whole).fields
    part = replace(whole, texte=replace(whole.texte, partielle=True))
    assert classed(part).fields["reste_a_lire"] == "oui"
    mine = avis("M DELATTRE PHILIPPE")
    assert "reste_a_lire" not in classed(replace(mine, texte=replace(mine.texte, partielle=True))).fields


@pytest.mark.parametrize(
    ("printed", "confiance", "accused"),
    [
        ("14 210 €", 96.0, True),  # one figure changed, where it is asked
        ("14 210 €", 93.0, False),  # that may be misread
        ("24 270 €", 96.0, False),  # a 1 and a 7 are alike
        ("24 210 €", 96.0, False),
    ],
)
def test_one_figure_surely_read_that_is_not_the_codes(printed: str, confiance: float, accused: bool) -> None:
    first = avis("M DELATTRE PHILIPPE", printed, confiance=confiance)
    nothing = page(
        "Détail des revenus\nImpôt sur le revenu\nRevenu fiscal de référence, part imposée ailleurs 0", 2
    )
    assert ("falsification" in classed(first, nothing).fields) is accused


def zone(born: str, *, birth_key: str | None = None, shown: str | None = None) -> list[str]:
    """A passport's rows; `shown`: the birth as it was read."""
    key = birth_key or str(check_digit(born))
    number = f"19FV99851{check_digit('19FV99851')}"
    expiry = f"290909{check_digit('290909')}"
    rest = "<" * 14 + "0"
    last = check_digit(number + born + key + expiry + rest)
    return [
        "P<FRAMULLER<<HANNELORE".ljust(44, "<"),
        f"{number}FRA{shown or born}{key}F{expiry}{rest}{last}",
    ]


PASSPORT = """PASSEPORT / PASSPORT RÉPUBLIQUE FRANÇAISE
Nom / Surname (1)
MÜLLER
Prénoms / Given names (2)
Hannelore
Date de naissance (4) {born} Sexe (5) F
Date de délivrance (7) 09 09 2019"""


@pytest.mark.parametrize(
    ("born", "confiance", "accused"),
    [
        ("29 05 1962", 96.0, True),
        ("29 05 1962", 88.0, False),  # may be misread
        ("29 05 1966", 96.0, False),  # a 6 and an 8 are alike
        ("29 05 1968", 96.0, False),
    ],
)
def test_one_figure_of_a_birthday_surely_read_that_is_not_the_zones(
    born: str, confiance: float, accused: bool
) -> None:
    read = page(PASSPORT.format(born=born) + "\n" + "\n".join(zone("680529")))
    lines = tuple(replace(x, confiance=confiance) for x in read.texte.lignes)
    answer = classed(replace(read, texte=replace(read.texte, lignes=lines)))
    assert answer.type == "passeport"
    assert ("falsification" in answer.fields) is accused, answer


def test_a_figure_of_the_birth_that_was_read_as_a_letter_is_what_two_digits_say() -> None:
    found = find_mrz(page("\n".join(zone("740315", shown="7K0315"))).texte.lignes)
    assert found is not None
    assert (found.naissance, found.verifie) == ("1974-03-15", True)
    rows = zone("740315", shown="7K0315")
    doubtful = [rows[0], rows[1][:-1] + str((int(rows[1][-1]) + 1) % 10)]  # the digit over all says otherwise
    again = find_mrz(page("\n".join(doubtful)).texte.lignes)
    assert again is not None
    assert (again.naissance, again.verifie) == ("", False)


CARD = [
    ("RÉPUBLIQUE FRANÇAISE", (386, 417, 860, 459)),
    ("NOM / Suname", (799, 495, 955, 512)),
    ("CARTE NATIONALE D'IDENTITÉ / IDENTITY CARD", (1032, 420, 1628, 446)),
    ("{surname}", (800, 518, 1175, 553)),
    ("Prénoms / Given names", (799, 557, 1032, 592)),
    ("Aurélien", (799, 592, 946, 623)),
    ("NOM D'USAGE / Alternate name", (800, 779, 1117, 796)),
    ("{usage}", (800, 799, 1117, 820)),
    ("N° DU DOCUMENT", (800, 852, 993, 869)),
    ("9309212M3305164", (468, 2153, 1046, 2199)),
    ("GAUTHIER<<AUREL", (468, 2231, 1046, 2274)),
    ("IDFRATM3R8HJ3PI<<<<<<<<<<<<<<<", (471, 2081, 1635, 2126)),
    ("FRA<<<<<<<<<<<4", (1062, 2150, 1634, 2195)),
    ("IEN<<<<<<<<<<<<", (1060, 2228, 1635, 2271)),
]


@pytest.mark.parametrize(
    ("surname", "usage", "accused"),
    [
        ("LEFÈBVRE-DUMONT", "", True),
        ("GAUTHIER", "", False),
        ("GAUTHlER", "", False),
        ("LEFÈBVRE-DUMONT", "GAUTHIER", False),  # the zone has the one, the card both
        ("LEFÈBVRE-DUMONT", "MOREAU", False),
    ],
)
def test_a_card_whose_halves_of_rows_were_read_apart_names_somebody_else(
    surname: str, usage: str, accused: bool
) -> None:
    texts = [(text.format(surname=surname, usage=usage), box) for text, box in CARD]
    answer = classed(placee([(text, box) for text, box in texts if text]))
    assert answer.type == "carte_identite"
    assert ("falsification" in answer.fields) is accused, answer


def test_a_code_without_its_country_is_read_all_the_same() -> None:
    """Version 4 has two letters of country in its header; what leaves them out begins its fields there."""
    one = avis("M DELATTRE PHILIPPE", "17 882 €")
    bare = HEADER[:-2] + "4124210\x1d452025\x1d43002,00\x1d46DELATTRE PHILIPPE\x1d"
    read = replace(one, symboles=(SymboleLu("DATAMATRIX", bare),))
    assert "falsification" in classed(read).fields
    assert "falsification" not in classed(replace(avis("M DELATTRE PHILIPPE"), symboles=read.symboles)).fields


@pytest.mark.parametrize(
    ("label", "code", "accused"),
    [
        ("Revenu fiscal de référence 5 11 310", "24210", True),  # the number of a note, or a speck
        ("Revenu fiscal de référence 5 24 210", "24210", False),
        ("Revenu fiscal de référence : 0 € Montant restitué : 245 €", "0", False),
        ("Revenu fiscal de référence 0 1 245", "0", False),
        ("Revenu fiscal de référence : 0 N° 2042", "0", False),
    ],
)
def test_a_figure_before_the_income_is_none_unless_it_says_so(label: str, code: str, accused: bool) -> None:
    one = avis("M DELATTRE PHILIPPE")
    lines = tuple(
        replace(x, texte=label) if x.texte.startswith("Revenu fiscal") else x for x in one.texte.lignes
    )
    text = f"{HEADER}45202543002,00\x1d46DELATTRE PHILIPPE\x1d41{code}\x1d"
    read = replace(one, symboles=(SymboleLu("DATAMATRIX", text),), texte=replace(one.texte, lignes=lines))
    assert ("falsification" in classed(read).fields) is accused


SURNAME_BESIDE = """RÉPUBLIQUE FRANÇAISE
CARTE NATIONALE D'IDENTITÉ N° : 110999910158 Nationalité Française
Nom : {surname}
Prénom(s) : LUCIEN
{more}Sexe : M Né(e) le : 22.02.1949
IDFRAGARRIGUES<<<<<<<<<<<<<<<<999011
1109999101585LUCIEN<<<<<<<<4902227M0"""


@pytest.mark.parametrize(
    ("surname", "more", "accused"),
    [
        ("TEYSSÈDRE", "", True),
        ("GARRIGUES", "", False),
        ("GARRlGUE5", "", False),
        ("TEYSSÈDRE", "Nom d'usage : GARRIGUES\n", False),
    ],
)
def test_a_surname_beside_its_label_that_is_not_the_zones(surname: str, more: str, accused: bool) -> None:
    answer = classed(page(SURNAME_BESIDE.format(surname=surname, more=more)))
    assert answer.type == "carte_identite"
    assert ("falsification" in answer.fields) is accused, answer


PASSEPORT = """PASSEPORT Passport Type P Code du pays FRA
Nom / Surname (1)
BACHELERIE
Prénoms / Given names (2)
Norbert
{label}
{born}
Date d'expiration / Date of expiry (8) 04 09 2031
P<FRABACHELERIE<<NORBERT<<<<<<<<<<<<<<<<<<<<
24AK536198FRA9103281M3109041<<<<<<<<<<<<<<<4"""


@pytest.mark.parametrize(
    ("born", "accused"),
    [
        ("1510 1967 Sexe (5) M", True),  # its blanks lost, all or some
        ("15101967 Sexe (5) M", True),
        ("2803 1991 Sexe (5) M", False),
        ("28031991 Sexe (5) M", False),
        ("1510.19670 Sexe (5) M", False),  # no date
    ],
)
def test_a_birthday_whose_blanks_were_lost_is_read_under_its_label(born: str, accused: bool) -> None:
    answer = classed(page(PASSEPORT.format(label="Date de naissance / Date of birth (4)", born=born)))
    assert answer.type == "passeport"
    assert ("falsification" in answer.fields) is accused, answer
    unlabelled = classed(page(PASSEPORT.format(label="Lieu / Place", born=born)))
    assert "falsification" not in unlabelled.fields


def test_a_stain_between_a_label_and_its_day_hides_neither() -> None:
    read = page(PASSEPORT.format(label="Date de naissance / Date of birth (4)\nD.", born="15 10 1967"))
    lines = tuple(replace(x, confiance=33.0) if x.texte == "D." else x for x in read.texte.lignes)
    assert "falsification" in classed(replace(read, texte=replace(read.texte, lignes=lines))).fields
