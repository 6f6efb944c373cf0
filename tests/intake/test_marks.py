"""Every accepted text of marks.md, and nothing else, moves a page."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.domain.lecture import LigneLue, SymboleLu, TexteLu
from intake.marks import PAR_OCR, Genre, Marque, Signature, attendue, imprimee, interpret, sign

N = "999012400012375001"
KEY = b"cle de test"


def lue(texte: str, *keys: bytes) -> Marque:
    return interpret(SymboleLu("QRCODE", texte), keys)


@pytest.mark.parametrize(
    "texte",
    [
        N,
        "999 0124 000123 75001",
        "999-0124-000123-75001",
        "999.0124.000123.75001",
        f"https://exemple.invalid/attestation/{N}",
        f"https://exemple.invalid/a?nud={N}&t=R",
        f"https://exemple.invalid/a?t=R&x={N}",
        f"HTTPS://EXEMPLE.INVALID/{N}/page1",
        f"NUD={N};TYPE=R",
        f"type=E|nud={N}",
        "Type=R\nNud=999 0124 000123 75001",
        f"DU1;T=ATT;N={N};A=E;D=20240115",
        f"DU1;T=ATT;D=20240115;A=R;N={N}",
    ],
)
def test_each_accepted_form_gives_the_number(texte: str) -> None:
    marque = lue(texte)
    assert (marque.genre, marque.numero_unique) == (Genre.ATTESTATION, N)


def test_letters_of_a_guichet_survive_any_case() -> None:
    assert lue("9990124000123gdpub").numero_unique == "9990124000123GDPUB"


@pytest.mark.parametrize(
    "texte",
    [
        "",
        "bonjour",
        "WIFI:S:maison;T:WPA;P:secret;;",
        "https://exemple.invalid/",
        "99901240001237500",  # one short
        "999132400012375001",  # month 13
        "096012400012375001",  # no such territory
        f"https://exemple.invalid/{N}/999012400012475001",  # two numbers
        f"NUD={N};NUMERO=999012400012475001",
        "DU1;T=XXX;N=" + N,
        "DU2;T=ATT;X=" + N,
        "http://[",
    ],
)
def test_anything_else_is_an_unknown_mark(texte: str) -> None:
    marque = lue(texte)
    assert (marque.genre, marque.numero_unique) == (Genre.INCONNU, None)


def test_the_sheets_of_du1() -> None:
    fiche = lue(f"DU1;T=FIC;N={N};B=B2024-7;P=12")
    assert (fiche.genre, fiche.numero_unique, fiche.bordereau, fiche.pieces) == (
        Genre.FICHE,
        N,
        "B2024-7",
        12,
    )
    bordereau = lue("DU1;T=BOR;B=B2024-7;G=75001;D=20240131;F=3;P=30")
    assert (bordereau.genre, bordereau.guichet, bordereau.fiches) == (Genre.BORDEREAU, "75001", 3)
    assert (bordereau.pieces, bordereau.edition) == (30, date(2024, 1, 31))
    assert lue("DU1;T=SEP").genre is Genre.SEPARATEUR
    # A sheet whose number cannot be read is still a sheet.
    assert (lue("DU1;T=FIC;N=???;P=2").genre, lue("DU1;T=FIC;N=???").numero_unique) == (Genre.FICHE, None)


def test_a_signature_is_checked_against_the_keys_in_force() -> None:
    base = f"DU1;T=ATT;N={N};A=E;D=20240115"
    signed = f"{base};S={sign(base, KEY)}"
    assert lue(signed, KEY).signature is Signature.VALIDE
    assert lue(signed, b"nouvelle", KEY).signature is Signature.VALIDE
    assert lue(signed, b"autre").signature is Signature.FAUSSE
    assert lue(signed).signature is Signature.NON_VERIFIEE
    assert lue(base, KEY).signature is Signature.ABSENTE
    assert lue(signed.replace("000123", "000124"), KEY).signature is Signature.FAUSSE
    assert lue(f"{signed};P=3", KEY).signature is Signature.FAUSSE  # a field outside the signature


def test_a_2ddoc_is_known_and_carries_no_number() -> None:
    marque = interpret(SymboleLu("DATAMATRIX", "DC04FR000001128E128E2801FR43 3\x1d"))
    assert (marque.genre, marque.numero_unique) == (Genre.DEUX_D_DOC, None)


@given(st.text(max_size=200))
def test_no_text_whatever_raises(texte: str) -> None:
    lue(texte, KEY)
    lue("DU1;" + texte, KEY)
    lue("https://" + texte, KEY)


@given(st.text(alphabet="DU1;T=ATTFICBORNSP0123456789\n|", max_size=80))
def test_texts_close_to_the_forms_do_not_raise_either(texte: str) -> None:
    lue(texte, KEY)


def printed(*lines: str) -> TexteLu:
    return TexteLu(tuple(LigneLue(line, (0, 40 * i, 900, 40 * i + 30)) for i, line in enumerate(lines)))


@pytest.mark.parametrize(
    ("title", "genre"),
    [
        ("Attestation d'enregistrement", Genre.ATTESTATION),
        ("ATTESTATION DE RENOUVELLEMENT", Genre.ATTESTATION),
        ("Attestation d’une demande de logement social", Genre.ATTESTATION),
        ("FICHE RÉCAPITULATIVE du dossier de l'attestation d'enregistrement", Genre.FICHE),
    ],
)
def test_what_a_sheet_shows_in_print_is_a_candidate_that_nothing_signs(title: str, genre: Genre) -> None:
    marque = imprimee(printed(title, "Numéro unique : 999 0124 000123 75001"))
    assert marque == Marque(genre, N, PAR_OCR, numero_unique=N)
    assert not marque.signee


@pytest.mark.parametrize(
    ("title", "line", "sure", "pieces"),
    [
        ("FICHE RÉCAPITULATIVE", "Nombre de pièces jointes : 7", 93, 7),
        ("FICHE RÉCAPITULATIVE", "Pièces annoncées 12", 93, 12),
        ("FICHE RÉCAPITULATIVE", "Nombre de pièces jointes : 7", 85, None),  # perhaps 1
        ("FICHE RÉCAPITULATIVE", "Pièces transmises par le guichet 75", 93, None),
        ("FICHE RÉCAPITULATIVE", "Nombre de pièces maximum par envoi : 20", 93, None),
        ("FICHE RÉCAPITULATIVE", "Pièces jointes : page 1", 93, None),
        ("FICHE RÉCAPITULATIVE", "Une pièce recto verso compte pour une.", 93, None),
        ("ATTESTATION D'ENREGISTREMENT", "Nombre de pièces jointes : 7", 93, None),
    ],
)
def test_a_fiche_whose_code_is_blotted_prints_how_many_pieces_follow(
    title: str, line: str, sure: int, pieces: int | None
) -> None:
    texte = printed(title, "Numéro unique : 999 0124 000123 75001", line)
    read = tuple(replace(x, surete=bytes([sure] * len(x.texte.split()))) for x in texte.lignes)
    marque = imprimee(TexteLu(read))
    assert marque is not None
    assert marque.pieces == pieces


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("Attestation d'enregistrement",),  # no number
        ("Bordereau de transmission", N),  # covers many demandes
        ("Quittance de loyer", N),
        ("Attestation d'enregistrement", N, "999 0124 000124 75001"),  # whose?
    ],
)
def test_any_other_print_is_no_mark(lines: tuple[str, ...]) -> None:
    assert imprimee(printed(*lines)) is None


def test_a_mark_is_expected_on_sheets_and_not_on_other_papers() -> None:
    assert attendue(printed("FICHE RÉCAPITULATIVE"))
    assert attendue(printed("Bordereau de", "transmission"))
    assert attendue(printed("numéro  unique d'enregistrement"))
    assert not attendue(printed("Quittance de loyer", "attestation d'assurance"))
