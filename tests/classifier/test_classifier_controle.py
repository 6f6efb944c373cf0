"""What a machine wrote against what is printed: only a clear contradiction accuses."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID
from feuillets import page

from classifier import TesseractClassifier, build
from classifier.mrz import check_digit
from classifier.trust import ListeDeConfiance
from generator.registre import catalogue, generer
from intake.domain.lecture import LigneLue, PageLue, SymboleLu
from intake.errors import ReglageInvalide
from intake.ports import PageImage
from intake.readers.files import open_file
from intake.readers.marks_ladder import LadderMarkReader
from intake.readers.sniff import NUMERISEUR

HEADER = "DC04FR000001FFFF1F302801FR"
AVIS = """AVIS D'IMPÔT SUR LES REVENUS DE L'ANNÉE 2023
Direction générale des finances publiques
Référence de l'avis : 23 75 A012345 67
Déclarant 1 : DELMOTTE KARIM
Nombre de parts : 1,00
Revenu fiscal de référence : {rfr}
Montant de votre impôt : 812 €
Date d'établissement : 12/07/2024"""


def coded(rfr: str = "18452", year: str = "2023") -> str:
    return f"{HEADER}45{year}43001,00\x1d46DELMOTTE/KARIM\x1d41{rfr}\x1d"


def avis(printed: str, code: str, *, confiance: float = 92.0) -> PageLue:
    read = page(AVIS.format(rfr=printed))
    lines = tuple(replace(line, confiance=confiance) for line in read.texte.lignes)
    return replace(read, symboles=(SymboleLu("DATAMATRIX", code),), texte=replace(read.texte, lignes=lines))


@pytest.mark.parametrize(
    ("printed", "code", "confiance", "accused"),
    [
        ("18 452 €", coded(), 92.0, False),
        ("18 432 €", coded(), 92.0, False),  # one figure: a misreading
        ("18 452 €", coded() + "ZZ inconnu", 92.0, False),
        ("31 900 €", coded(), 92.0, True),
        ("31 900 €", coded(), 60.0, False),  # badly read: nothing is said
        ("18 452 €", coded(year="2021"), 92.0, True),
    ],
)
def test_a_figure_that_is_not_the_codes(printed: str, code: str, confiance: float, accused: bool) -> None:
    answer = build().classify([avis(printed, code, confiance=confiance)])
    assert answer.type == "avis_imposition"
    assert ("falsification" in answer.fields) is accused, answer.fields
    assert answer.fields["rfr"] == "18452"


INNER = """Détail des revenus
Revenu imposable {taxable}
{label} {rfr}"""


@pytest.mark.parametrize(
    ("label", "again", "accused"),
    [
        (
            "Revenu fiscal de référence",
            "31 900",
            True,
        ),  # told twice, and the true one left where it is not asked
        ("Revenu fiscal de référence", "18 452", False),
        ("Revenu fiscal de référence 18 452", "31 900", False),  # two columns, two years
        ("Revenu fiscal de référence", "", False),  # told once: a column may have been taken for another
        ("Revenu fiscal de référence", "27 410", False),
    ],
)
def test_the_codes_figure_elsewhere_on_the_avis(label: str, again: str, accused: bool) -> None:
    inner = page(INNER.format(taxable="18 452", label=label, rfr=again), 2)
    lines = tuple(replace(line, confiance=92.0) for line in inner.texte.lignes)
    pages = [avis("31 900 €", coded()), replace(inner, texte=replace(inner.texte, lignes=lines))]
    answer = build().classify(pages)
    assert ("falsification" in answer.fields) is accused, answer.fields


@pytest.mark.parametrize(
    ("printed", "again", "accused"),
    [
        ("28 452 €", "28 452", True),  # one figure changed, as forgers do
        ("28 452 €", "18 452", False),
        ("28 452 €", "", False),
        ("13 452 €", "13 452", False),  # a 3 is an 8 on a bad copy
    ],
)
def test_one_figure_that_is_not_the_codes_on_two_pages(printed: str, again: str, accused: bool) -> None:
    inner = page(f"Détail des revenus\nRevenu fiscal de référence {again}", 2)
    lines = tuple(replace(line, confiance=95.0) for line in inner.texte.lignes)
    pages = [avis(printed, coded()), replace(inner, texte=replace(inner.texte, lignes=lines))]
    answer = build().classify(pages)
    assert ("falsification" in answer.fields) is accused, answer.fields


def test_of_two_columns_read_one_by_one_no_amount_accuses() -> None:
    """The year before stands beside the label, on both pages."""
    first = avis("", coded())
    rows = [("31 900", 700, 20), ("18 452", 1100, 21)]
    columns = tuple(LigneLue(t, (x, 700, x + 100, 730), 96.0) for t, x, _ in rows)
    label = LigneLue("Revenu fiscal de référence", (150, 700, 600, 730), 96.0)
    head = tuple(x for x in first.texte.lignes if "fiscal de" not in x.texte)
    one = replace(first, texte=replace(first.texte, lignes=(*head, label, *columns)))
    two = replace(page("Détail des revenus", 2), texte=replace(first.texte, lignes=(label, *columns)))
    assert "falsification" not in build().classify([one, two]).fields


@pytest.mark.parametrize("label", ["Revenu fiscal de référence :", "Revenu fis cal de r éférence :"])
def test_the_amount_is_the_one_on_the_row_of_its_label(label: str) -> None:
    """Columns are sometimes read one by one: the labels, then what stands beside them."""
    labels = ("Montant de votre impôt", label, "Nombre de parts :")
    first = page("AVIS D'IMPÔT ÉTABLI EN 2026\nImpôt sur les revenus de l'année 2025\nRéférence de l'avis")
    rows = [(t, 200, i) for i, t in enumerate(labels)] + [
        (t, 900, i) for i, t in enumerate(("880 €", "19 600 €", "1"))
    ]
    table = tuple(LigneLue(t, (x, 700 + 50 * i, x + 17 * len(t), 730 + 50 * i), 95.0) for t, x, i in rows)
    read = replace(first, texte=replace(first.texte, lignes=(*first.texte.lignes, *table)))
    assert build().classify([read]).fields["rfr"] == "19600"


def test_the_heading_of_the_next_page_is_no_amount() -> None:
    first, code = AVIS.split(" : {rfr}")[0], (SymboleLu("DATAMATRIX", coded()),)
    again = "AVIS D'IMPÔT 2024 - revenus 2023 N° fiscal : 99 96 736 700 745\nInformations complémentaires"
    answer = build().classify([replace(page(first), symboles=code), page(again, 2)])
    assert answer.fields["rfr"] == "18452"  # the code's
    assert "falsification" not in answer.fields


CARD = """RÉPUBLIQUE FRANÇAISE
CARTE NATIONALE D'IDENTITÉ
Nom : VERDIER
Prénom(s) : ANAÏS, LOUISE
Né(e) le : {born}
IDFRAVERDIER<<<<<<<<<<<<<<<<<<752123
0902752012349ANAIS<<LOUISE<9102147F2"""


@pytest.mark.parametrize(
    ("born", "accused"), [("14.02.1991", False), ("14.02.1997", False), ("03.11.1984", True)]
)
def test_a_birth_date_that_is_not_the_zones(born: str, accused: bool) -> None:
    answer = build().classify([page(CARD.format(born=born))])
    assert answer.type == "carte_identite"
    assert ("falsification" in answer.fields) is accused, answer


def signed(key: ec.EllipticCurvePrivateKey, text: str) -> str:
    import base64

    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"{text}\x1f{base64.b32encode(raw).decode().rstrip('=')}"


@pytest.fixture
def certificates(tmp_path: Path) -> tuple[Path, ec.EllipticCurvePrivateKey]:
    """A folder that believes FR00/0001, and the key of that certificate."""
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)

    def certificate(subject: str, issuer: str, public: ec.EllipticCurvePublicKey, *, ca: bool) -> bytes:
        def named(name: str) -> x509.Name:
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])

        made = (
            x509.CertificateBuilder()
            .subject_name(named(subject))
            .issuer_name(named(issuer))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=9000))
            .not_valid_after(now + timedelta(days=900))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .sign(authority, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.PEM)

    folder = tmp_path / "confiance"
    folder.mkdir()
    (folder / "ca.pem").write_bytes(certificate("FR00", "FR00", authority.public_key(), ca=True))
    (folder / "0001.pem").write_bytes(certificate("0001", "FR00", key.public_key(), ca=False))
    return folder, key


class TestSignatures:
    def answer(self, folder: Path, code: str) -> tuple[dict[str, str], tuple[str, ...]]:
        classifier = TesseractClassifier(ListeDeConfiance.de(folder))
        answer = classifier.classify([avis("18 452 €", code)])
        return answer.fields, answer.evidence

    def test_a_genuine_one_is_told(self, certificates: tuple[Path, ec.EllipticCurvePrivateKey]) -> None:
        folder, key = certificates
        fields, evidence = self.answer(folder, signed(key, coded()))
        assert "falsification" not in fields
        assert "signature du code 2D-Doc vérifiée" in evidence

    def test_another_text_under_it_is_an_accusation(
        self, certificates: tuple[Path, ec.EllipticCurvePrivateKey]
    ) -> None:
        folder, key = certificates
        forged = signed(key, coded()).replace("DELMOTTE", "DELMOTTA")
        assert "signature" in self.answer(folder, forged)[0]["falsification"]

    def test_an_unknown_signer_is_a_remark(
        self, certificates: tuple[Path, ec.EllipticCurvePrivateKey]
    ) -> None:
        folder, key = certificates
        fields, evidence = self.answer(folder, signed(key, coded()).replace("0001FFFF", "0002FFFF"))
        assert "falsification" not in fields
        assert any("inconnu de la liste" in e for e in evidence)

    def test_a_folder_without_certificates_is_a_setting_to_mend(self, tmp_path: Path) -> None:
        with pytest.raises(ReglageInvalide):
            ListeDeConfiance.de(tmp_path)


def test_what_was_read_says_where() -> None:
    answer = build().classify([avis("18 452 €", coded())])
    assert answer.lieux["rfr"].page == 1
    left, top, right, bottom = answer.lieux["rfr"].boite
    assert left < right
    assert top < bottom


def read_whole(image: PageImage) -> PageLue:
    return PageLue(image.numero, LadderMarkReader().read(image), build().read(image))


@pytest.mark.real
@pytest.mark.parametrize("layout", [name for name, _ in catalogue()["avis_imposition"]])
@pytest.mark.parametrize("forged", [False, True])
def test_the_notices_of_the_generator_genuine_and_forged(tmp_path: Path, layout: str, forged: bool) -> None:
    for seed in range(4):
        chance = random.Random(f"{layout}/{seed}")
        wanted = {"rfr_falsifie": "1"} if forged else {}
        notice = generer("avis_imposition", chance, nom_modele=layout, parametres=wanted)
        path = tmp_path / "avis.pdf"
        path.write_bytes(notice.pdf)
        opened = open_file(path, NUMERISEUR)
        pages = [read_whole(opened.page(n + 1)) for n in range(notice.pages)]
        opened.close()
        answer = build().classify(pages)
        if not any(p.symboles for p in pages):
            continue  # this layout leaves the code out now and then
        assert ("falsification" in answer.fields) is forged, (answer, notice.champs)
        assert answer.fields["rfr"] == notice.champs["rfr_du_code" if forged else "rfr"]


TODAYS_CARD = """CARTE NATIONALE D'IDENTITÉ / IDENTITY CARD
NOM / Surname
BOUCHARD
Prénoms / Given names
Lina
DATE DE NAISS. / Date of birth
{born}
IDFRAOV3X8BJCH3<<<<<<<<<<<<<<<
{zone}F3206238FRA<<<<<<<<<<<7
BOUCHARD<<LINA<<<<<<<<<<<<<<<<"""


@pytest.mark.parametrize(
    ("zone", "confiance", "accused"),
    [
        ("8710286", 92.0, True),  # its digit is neither the zone's own, 2, nor that of the print, 3
        ("8710283", 92.0, False),  # that of the print: one figure of the zone was misread
        ("8410286", 92.0, False),  # the day is the printed one: it is its digit that was misread
        ("8710286", 60.0, False),
        ("8710283", 100.0, True),  # a PDF's own text, in which nothing is misread
    ],
)
def test_a_zone_whose_birth_agrees_neither_with_its_digit_nor_with_the_print(
    zone: str, confiance: float, accused: bool
) -> None:
    read = page(TODAYS_CARD.format(born="28 10 1984", zone=zone))
    lines = tuple(replace(line, confiance=confiance) for line in read.texte.lignes)
    answer = build().classify([replace(read, texte=replace(read.texte, lignes=lines))])
    assert answer.type == "carte_identite"
    assert ("falsification" in answer.fields) is accused, answer


def test_the_day_of_issue_beside_a_place_of_birth_is_no_birthday() -> None:
    text = CARD.format(born="14.02.1991").replace("Né(e) le : 14.02.1991", "Lieu de naissance : REIMS")
    answer = build().classify([page(text.replace("REIMS", "REIMS\nDate de délivrance : 02 03 2009"))])
    assert "falsification" not in answer.fields


PASSPORT = """PASSEPORT PASSPORT RÉPUBLIQUE FRANÇAISE
Nom / Surname (1)
{surname}
Prénoms / Given names (2)
{given}
Date de naissance / Date of birth (4) 15 11 1997
Date d'expiration / Date of expiry (9) 16 06 2030
P<FRAKERBRAT<<NOEL<<<<<<<<<<<<<<<<<<<<<<<<<<
15FD805775FRA9711150M3006162<<<<<<<<<<<<<<06"""


@pytest.mark.parametrize(
    ("surname", "given", "accused"),
    [
        ("KADDOURI", "Noël", True),  # the given name of the zone, and nothing like its surname
        ("KERBRAT", "Noël", False),
        ("KERBART", "Noël", False),  # misread
        ("KADDOURI", "Léa", False),  # a word so short may be a misreading of any
        ("KADDOURI", "Samira", True),  # both under their labels, and neither like the zone's
        ("KADDOURI", "Nationalité", False),
    ],
)
def test_a_surname_that_is_not_the_zones(surname: str, given: str, accused: bool) -> None:
    answer = build().classify([page(PASSPORT.format(surname=surname, given=given))])
    assert answer.type == "passeport"
    assert ("falsification" in answer.fields) is accused, answer


def test_a_name_over_the_given_names_of_a_card_whose_labels_went_unread() -> None:
    text = PASSPORT.format(surname="KADDOURI", given="Noël")
    rows = [x for x in text.split("\n") if not x.startswith(("Nom /", "Prénoms /"))]
    bare = "\n".join([*rows, *["—"] * 30])  # as close as the rows of a card
    accused = build().classify([page(bare)]).fields.get("falsification", "")
    assert "KADDOURI" in accused
    own = build().classify([page(bare.replace("KADDOURI", "KERBRAT"))])
    assert "falsification" not in own.fields


@pytest.mark.parametrize("label", ["UEU DE NAISSANCE : GUINÉE", "DATE DE NAISSANCE"])
def test_a_birth_that_is_printed_somewhere_is_contradicted_by_no_other_day(label: str) -> None:
    """Its own line was hardly read, and the label beside the day of issue misread."""
    text = PASSPORT.format(surname="KERBRAT", given="Noël").replace(
        "Date de naissance / Date of birth (4)", "M"
    )
    issued = f"{label}\nDATE DE DÉLIVRANCE / AUTORITÉ : 12 04 2025"
    assert "falsification" not in build().classify([page(f"{issued}\n{text}")]).fields
    another = f"{label}\n12 04 1985"
    assert "falsification" not in build().classify([page(f"{another}\n{text}")]).fields


@pytest.mark.parametrize("told", ["MULLER Hannes, hébergeant", "Je soussigné Noël KERBRAT"])
def test_the_holder_of_the_zone_named_anywhere_accuses_nobody(told: str) -> None:
    """A form over a passport, a couple's two cards on one sheet."""
    text = PASSPORT.format(surname="KADDOURI", given="Samira").replace(
        "P<FRAKERBRAT<<NOEL", "P<FRAMULLER<<HANN"
    )
    assert "falsification" not in build().classify([page(f"{told}\n{text}")]).fields or "KERBRAT" in told
    plain = PASSPORT.format(surname="KADDOURI", given="Samira")
    assert ("falsification" in build().classify([page(f"{told}\n{plain}")]).fields) is ("KERBRAT" not in told)


def test_two_cards_on_one_page_accuse_nobody() -> None:
    """The face of one and the zone of the other: whose the print is, is not sure."""
    text = PASSPORT.format(surname="KADDOURI", given="Samira")
    second = "Nom / Surname (1)\nKERBRET\nPrénoms / Given names (2)\nNoel"
    assert "falsification" not in build().classify([page(f"{second}\n{text}")]).fields


@pytest.mark.parametrize(
    ("number", "born", "accused"),
    [
        ("T7X4K2P91", "27 03 1993", True),
        ("T7X4K2PYI", "27 03 1993", True),  # a number misread makes its own digit false, and no other
        ("T7X4K2PYI", "27 031993", True),  # the last blank lost
        ("T7X4K2PYI", "05 11 1961", False),
        ("T7X4K2PYI", "05 11 1967", False),  # one figure: misread
    ],
)
def test_a_birth_that_two_digits_bear_out_though_the_number_was_misread(
    number: str, born: str, accused: bool
) -> None:
    expiry = f"330320{check_digit('330320')}"
    zone = [
        f"IDFRA{number}{check_digit('T7X4K2P91')}<<<<<<<<<<<<<<<",
        f"611105{check_digit('611105')}F{expiry}FRA<<<<<<<<<<<6",
        "CHARPENEL<<BRIGITTE<<<<<<<<<<<",
    ]
    card = ["CARTE NATIONALE D'IDENTITÉ", "NOM / Surname", "TRAN-VERDIER", "Prénoms / Given names", "Mélina"]
    text = "\n".join([*card, "Date de naissance", born, *zone])
    answer = build().classify([page(text)])
    assert ("falsification" in answer.fields) is accused, answer
    own = text.replace("TRAN-VERDIER", "CHARPENEL").replace("Mélina", "Brigitte")
    # of a number misread, the zone of a bearer who is named is not believed against the print
    assert ("falsification" in build().classify([page(own)]).fields) is (accused and number == "T7X4K2P91")
