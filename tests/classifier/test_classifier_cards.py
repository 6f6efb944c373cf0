"""Half a card: what it lacks, and that it is no face of the card before it."""

from __future__ import annotations

from dataclasses import replace

from feuillets import page, placee

from classifier import build
from classifier.completeness import MOITIE, absent

HALF = [
    ("CARTE NATIONALE D'IDENTITÉ / IDEN", (330, 255, 582, 272)),
    ("NOM / Surnam", (503, 294, 581, 314)),
    ("LE PENN", (500, 311, 582, 341)),
    ("Prénoms / Give", (503, 345, 583, 364)),
    ("Yvonne", (503, 366, 570, 384)),
    ("60 boulevard Victor-Hugo", (320, 776, 514, 795)),
    ("44200 NANTES", (320, 801, 437, 816)),
    ("IDFRAD2BF59066", (326, 954, 587, 981)),
    ("5104040F330610", (326, 995, 587, 1022)),
    ("LE<PENNEC<<YVO", (326, 1037, 588, 1062)),
]


def test_half_a_card_lacks_the_other_half() -> None:
    """The rows of its zone stop at one edge, and nothing is printed beyond it."""
    half = placee(HALF)
    assert absent("carte_identite", [half], titre=True) == MOITIE
    assert build().classify([half]).fields["pages_manquantes"] == MOITIE
    wide = ("CARTE NATIONALE D'IDENTITÉ / IDENTITY CARD", (330, 255, 900, 272))
    fillers_unread = placee([wide, *HALF[1:]])
    assert absent("carte_identite", [fillers_unread], titre=True) == ""
    of_two_lengths = placee([*HALF[:-1], ("LE<PENNEC<<YVONNE<M", (326, 1037, 680, 1062))])
    assert absent("carte_identite", [of_two_lengths], titre=True) == ""


def test_half_of_another_card_is_no_back_of_the_one_before() -> None:
    front = page(
        "RÉPUBLIQUE FRANÇAISE\nCARTE NATIONALE D'IDENTITÉ N° : 130575752496\nNom : BENCHEKROUN\n"
        "Prénom(s) : AÏCHA\nSexe : F Né(e) le : 01.12.1983\n"
        "IDFRABENCHEKROUN<<<<<<<<<<<<<<75B001\n1305757524964AICHA<<<<<<<<<8312011F6\n"
        "Adresse : 4 ALLÉE DES TILLEULS\nCarte valable jusqu'au : 14.05.2028\ndélivrée le : 14.05.2013"
    )
    half = replace(placee([*HALF[1:5], ("ADRESSE / Address", (320, 750, 480, 770)), *HALF[5:]]), numero=2)
    assert build().boundary([front], half).probabilite > 0.8


def test_half_of_a_face_alone_stops_inside_its_labels() -> None:
    face = [
        ("CARTE NATIONALE D", (423, 390, 798, 425)),
        ("RÉPUBLIQUE FRANÇAISE / IDENTITY CA", (423, 428, 798, 461)),
        ("NOM / Surnai", (682, 464, 798, 490)),
        ("ÖZTÜRK", (681, 489, 784, 515)),
        ("Prénoms / Gi", (680, 528, 797, 547)),
        ("Elif", (680, 555, 719, 575)),
        ("SEXE / Sex", (687, 625, 787, 643)),
        ("LIEU DE NA:", (677, 690, 794, 708)),
        ("N° DU DOCI", (684, 787, 792, 805)),
    ]
    assert absent("carte_identite", [placee(face)], titre=True) == MOITIE
    beside = placee([*face, ("DATE DE NAISS. / Date of birth", (900, 625, 1200, 643))])
    assert absent("carte_identite", [beside], titre=True) == ""
    full = [(text.replace("Surnai", "Surname").replace("Gi", "Given names"), box) for text, box in face]
    assert absent("carte_identite", [placee(full)], titre=True) == MOITIE  # three are cut still
    whole = [("LIEU DE NAISSANCE", box) if "LIEU" in text else (text, box) for text, box in full]
    assert absent("carte_identite", [placee(whole)], titre=True) == ""
