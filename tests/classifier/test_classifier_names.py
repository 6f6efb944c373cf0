"""Whom a paper names: what only resembles a label, hosts who sign, papers read in part."""

from __future__ import annotations

from dataclasses import replace

import pytest
from feuillets import page, placee

from classifier import build
from classifier.no_names import nettoyer
from intake.domain.lecture import serrer

PAYSLIP = """BULLETIN DE SALAIRE
Septembre 2026
Association Clair-Foyer - 5 allée des | VASSEUR Mireille - 55 rue Lamartine 62470
Tilleuls, 37910 Brenac
ÉLÉMENTS DE PAIE
Salaire de base 151,67 h
NOMBRE TAUX MONTANT
NOMBRE
BRE 151,67
Net à payer avant impôt 1 516,00
Date de paiement : 30/09/2026"""


def test_a_column_of_numbers_is_nobodys_name() -> None:
    assert build().classify([page(PAYSLIP)]).fields["noms"] == "VASSEUR Mireille"


HOST = """Attestation d'hébergement
Je soussignée Bernadette COLIN, née le 4 juin 1961,
demeurant 27 quai Sainte-Barbe,
certifie sur l'honneur héberger à mon domicile
{guest}
depuis le 1er janvier 2026 à titre gratuit.
Fait pour servir et valoir ce que de droit."""


def test_the_host_is_told_from_whom_she_shelters() -> None:
    fields = build().classify([page(HOST.format(guest="Madame Brigitte KOWALCZYK"))]).fields
    assert fields["noms"] == "Brigitte KOWALCZYK;Bernadette COLIN"
    assert fields["hebergeants"] == "Bernadette COLIN"


COMPLAINT = """GENDARMERIE NATIONALE
Communauté de brigades de Montreval
PROCÈS-VERBAL DE PLAINTE
m'a frappée au bras devant les enfants et j'ai dû quitter le logement."""


def test_a_paper_read_in_part_is_not_said_to_concern_nobody() -> None:
    whole = page(COMPLAINT)
    in_part = replace(whole, texte=replace(whole.texte, partielle=True))
    assert build().classify([in_part]).type == "ordonnance_protection"


BIRTH = """VILLE DE COURVIGNY
COPIE INTÉGRALE D'ACTE DE NAISSANCE
Acte n° 718 / 2010
Le 15 septembre 2010, à 9 heures 18 minutes, est né à Courvigny, Peio, du sexe masculin, de
Maïté, Louise DARRIEU, née le 21 mars 1979, domiciliés alors en ladite commune. Nom
de l'enfant : DARRIEU.
Dressé le lendemain sur la déclaration du père, qui, lecture faite, a signé avec nous"""


@pytest.mark.parametrize("place", ["Courvigny", "Lyon, Rhône", "la clinique Saint-Vincent, Courvigny"])
def test_a_birth_act_names_the_child_before_the_parents(place: str) -> None:
    text = BIRTH.replace("à Courvigny, Peio", f"à {place}, Léo, Marie")
    assert build().classify([page(text)]).fields["noms"].split(";")[0] == "DARRIEU Léo"


def test_the_birthday_of_a_parent_is_not_the_childs() -> None:
    text = """COPIE INTÉGRALE D'ACTE DE NAISSANCE
Acte n° 182
Le 15 août 2022, à neuf heures quarante minutes, est née à la
maternité de Morcenay : Mahaut SANTINI, du sexe féminin, de
Dominique Santini, né le 23 juillet 1989, et de Aurore Li, née le 18
Mentions mars 1991, domiciliés ensemble.
Copie conforme au registre, délivrée le 2 septembre 2026"""
    fields = build().classify([page(text)]).fields
    assert fields["noms"] == "Mahaut SANTINI"
    assert "1989-07-23" not in fields.get("naissances", "")


@pytest.mark.parametrize("post", ["comme comptable", "comme gardienne"])
def test_an_employee_named_by_her_post_keeps_her_name(post: str) -> None:
    text = f"""ATTESTATION D'EMPLOI
Le gérant certifie employer {post} Madame Sophie MARTIN
depuis le 3 février 2024 en contrat à durée indéterminée, à temps complet, dans son établissement.
Fait pour servir et valoir ce que de droit."""
    assert build().classify([page(text)]).fields["noms"] == "Sophie MARTIN"


@pytest.mark.parametrize(
    "line",
    [
        "Entre TRANSPORTS GARRIGOU ET FILS, représentée par son gérant, et Monsieur Karim HADDAD, né le",
        "Entre TRANSPORTS GARRIGOU, représentée par son directeur, et Monsieur Karim HADDAD, né le",
    ],
)
def test_a_firm_is_nobody_and_whom_it_employs_is_named(line: str) -> None:
    text = f"""CONTRAT DE TRAVAIL À DURÉE INDÉTERMINÉE
{line}
01/08/1982, demeurant 4 passage du Moulin, 99310 SAINT-ELME,
Le salarié est engagé à compter de la date indiquée ci-dessus, sous réserve des résultats de la visite
d'information et de prévention. La convention collective est tenue à sa disposition par l'employeur.
Il exercera les fonctions mentionnées en tête du présent contrat, sous l'autorité de son responsable."""
    names = build().classify([page(text)]).fields["noms"]
    assert "Karim HADDAD" in names
    assert "TRANSPORTS" not in names


def test_two_words_of_which_one_is_in_capitals_are_not_always_a_name() -> None:
    text = """Val Habitat - Office public de l'habitat
Réf. contrat L/70708/01
Terme OCTOBRE 2026
AVIS D'ÉCHÉANCE QUITTANCÉ - VALANT QUITTANCE
Loyer logement conventionné 612,00
Charges générales 41,10
Eau froide individuelle 23,20
Le présent document vaut quittance du terme octobre 2026, le règlement ayant été encaissé par nos services
et ne préjuge pas des sommes qui resteraient dues au titre des termes précédents de votre contrat."""
    assert "noms" not in build().classify([page(text)]).fields


def test_a_given_name_that_no_list_holds_is_one() -> None:
    """Nobody of the household: silent, the paper would be filed in its dossier."""
    text = """Bulletin de salaire - septembre 2026
CLINIQUE DES PEUPLIERS
MARCHETTI Xélinda
2 allée des Peupliers 31 quai Sud
99000 BELLERIVE 99340 MONTREVEL
Emploi Infirmière, convention de l'hospitalisation privée, entrée le 02/04/2019, échelon 4
Salaire de base 151,67 h 1 915,00 prime d'assiduité 40,00 salaire brut 1 955,00
CSG déductible 132,00 net imposable 1 560,00 net à payer 1 512,00 cotisations patronales 650,00"""
    assert build().classify([page(text)]).fields["noms"] == "MARCHETTI Xélinda"


@pytest.mark.parametrize("line", ["né le 24/12/1467, depuis", "né(e) le 24 12 6719, depuis"])
def test_a_birthday_that_is_no_day_is_not_the_next_one_on_the_page(line: str) -> None:
    guest = f"Monsieur Henri LYON, {line}\nle 1er février 2026"
    told = build().classify([page(HOST.format(guest=guest))]).fields.get("naissances", "")
    assert told.split(";")[0] == ""


def test_the_birthday_on_a_card_is_not_the_day_of_the_card() -> None:
    """« né(e) le » was read « néfe) le »: a student's card of this year would be twenty years old."""
    text = """UNIVERSITÉ DES VALLÉES - CARTE D'ÉTUDIANT 2026-2027
ABGRALL
Nolwenn
néfe) le 25/05/1999
N° étudiant 25054329
INE 9942434639GH
Licence 2 Géographie"""
    answer = build().classify([page(text)])
    assert answer.type == "certificat_scolarite"
    assert not answer.fields.get("date", "").startswith("1999")


def test_the_birthday_in_a_column_beside_its_label_is_not_the_day_of_the_card() -> None:
    """Labels were read first, then their values: each stands on the level of its own."""
    labels, values = (
        ["Nom", "Prénom", "Né(e) le", "N° étudiant"],
        ["LÂM", "Thuy-Vy", "03/03/2005", "22016066"],
    )
    read = page("\n".join(["UNIVERSITÉ DU LITTORAL", "CARTE D'ÉTUDIANT 2026-2027", *labels, *values]))
    level = {v: x.boite for v, x in zip(values, read.texte.lignes[2:6], strict=True)}
    lines = tuple(
        replace(x, boite=(700, level[x.texte][1], 900, level[x.texte][3])) if x.texte in level else x
        for x in read.texte.lignes
    )
    beside = replace(read, texte=replace(read.texte, lignes=lines))
    assert "date" not in build().classify([beside]).fields


@pytest.mark.parametrize(
    ("wrapped", "name"),
    [
        (
            "Madame CHASTANG\nLudivine, née le 9 septembre 1994, en qualité de préparatrice",
            "CHASTANG Ludivine",
        ),
        ("Madame CHASTANG\nXélinda née le 9 septembre 1994, en qualité de", "CHASTANG Xélinda"),
        ("Madame CHASTANG\nSous contrat, à temps plein, en qualité de préparatrice", "CHASTANG"),
    ],
)
def test_a_name_cut_by_the_end_of_a_line_is_one(wrapped: str, name: str) -> None:
    """Of a surname alone nothing is concluded: a stranger's paper was filed."""
    head = "PHARMACIE DES HALLES\nATTESTATION DE L'EMPLOYEUR\nNous soussignés certifions employer"
    text = f"{head} {wrapped}\nÀ ce jour"
    assert build().classify([page(text)]).fields["noms"] == name


def test_a_civility_over_a_name_goes_with_it_and_not_with_the_next_line_read_across() -> None:
    texts = [
        ("Meca-Precis Industrie Bulletin de salaire", (141, 134, 1507, 166)),
        ("Code NAF : 2562B Monsieur", (123, 305, 969, 326)),
        ("CCN : Métallurgie", (123, 338, 317, 364)),
        *((f"Rubrique {i} 12,00", (142, 500 + 40 * i, 480, 526 + 40 * i)) for i in range(9)),
        ("Tadeusz WOJCIECHOWSKI", (855, 342, 1204, 364)),
        ("21 rue Haute", (856, 380, 1012, 401)),
        ("Net à payer 1 734,96 €", (146, 1094, 460, 1136)),
    ]
    base = placee(texts)
    lines = base.texte.lignes
    words = [(123, 305, 170, 326), (180, 305, 240, 326), (250, 305, 260, 326), (270, 305, 350, 326)]
    across = replace(lines[1], mots=serrer([*words, (855, 305, 969, 326)]))
    read = replace(base, texte=replace(base.texte, lignes=(lines[0], across, *lines[2:])))
    assert build().classify([read]).fields["noms"].split(";") == ["Tadeusz WOJCIECHOWSKI"]
    # in a sentence wrapped at its end, nothing parts the civility from what is before it
    close = replace(lines[1], texte="Nous certifions que Monsieur", mots=b"")
    name = replace(lines[2], texte="Karim DELMOTTE est employé")
    wrapped = replace(base, texte=replace(base.texte, lignes=(lines[0], close, name, lines[-1])))
    assert build().classify([wrapped]).fields["noms"] == "Karim DELMOTTE"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("PRÉFECTURE DE MONTREVILLE Arrêté n° 2026-ARS-508", False),
        ("occupé par DELMOTTE Karim", True),
        ("Service scolarité DE SOUZA Maria", True),
        ("Élève du lycée DE SOUZA Maria", True),
        ("Ville de DUVAL Maria", True),
    ],
)
def test_a_prefecture_and_its_order_are_no_person_and_a_surname_with_a_particle_is(
    line: str, named: bool
) -> None:
    paper = f"{line}\nARRÊTÉ DE TRAITEMENT DE L'INSALUBRITÉ\nvu le code de la santé publique"
    assert bool(build().classify([page(paper)]).fields.get("noms")) is named


def test_the_birthday_on_the_level_of_its_label_is_it_and_not_the_first_day_of_the_column_below() -> None:
    texts = [
        ("Attestation de paiement des indemnités journalières", (210, 738, 1848, 793)),
        ("Assuré : BEAUREPAIRE Hugo", (210, 948, 900, 981)),
        ("Né le", (210, 1026, 305, 1057)),
        ("03/08/2026", (212, 1134, 415, 1179)),
        ("17/08/2026", (224, 1210, 411, 1239)),
        ("{born}", (834, 1024, 1057, 1057)),
        ("Total des indemnités brutes 1 240,00", (208, 1386, 1041, 1419)),
    ]

    def born(day: str) -> str:
        read = placee([(text.format(born=day), box) for text, box in texts])
        return build().classify([read]).fields.get("naissances", "")

    assert born("23/06/1986") == "1986-06-23"
    assert born("Paris") == "2026-08-03"  # nothing on its level: what follows


PLAINT = """PROCÈS-VERBAL
DÉPÔT DE PLAINTE - violences par conjoint
Le 8 juillet 2026 à 13 heures 46, nous, Sandrine MIGNARD,
brigadière-cheffe, officière de police judiciaire en résidence à
Argenval, constatons que se présente la personne ci-après
{who}, je suis née le 29 mars 1991."""


def test_who_lodges_a_complaint_is_named_and_not_who_takes_it_down() -> None:
    text = PLAINT.format(who="Je me nomme Madame Assia MAKHLOUF")
    assert build().classify([page(text)]).fields["noms"] == "Assia MAKHLOUF"


@pytest.mark.parametrize(
    "line",
    ["M. Ousmane KEITA, gardien de la paix, demeurant", "Mme Awa DIOP, gardienne d'enfants, demeurant"],
)
def test_a_tenant_who_keeps_the_peace_or_children_is_one(line: str) -> None:
    lease = f"CONTRAT DE LOCATION\nEntre les soussignés\n{line} 4 rue Basse, locataire\nloyer 512,00 euros"
    assert build().classify([page(lease)]).fields["noms"] in ("Ousmane KEITA", "Awa DIOP")


def test_a_surname_over_the_label_of_the_given_names_whose_own_label_went_unread() -> None:
    """A passport of two pages, with more words than a card."""
    head = "Ce passeport contient 32 pages\nDomicile / Residence {T1}\n41 RUE DU BOURG\n99320 MONTFAUCHE"
    face = "PASSEPORT RÉPUBLIQUE FRANÇAISE\nType P Code du pays FRA Passeport n° 14DC68841\nBOURGADE"
    rest = "Prénoms / Given names\nEvrard\nFrançaise\nDate de\n03 03 1958 M\nde naissance\nROCHEVAL"
    text = "\n".join([head, face, rest, "Préfet de la Haute-Valmore délivre et renouvelle pour dix ans " * 3])
    assert build().classify([page(text)]).fields["noms"] == "BOURGADE Evrard"


@pytest.mark.parametrize("role", ["LE MAÎTRE D'APPRENTISSAGE", "L'EMPLOYEUR"])
def test_whoever_a_form_names_under_his_own_heading_is_not_its_bearer(role: str) -> None:
    text = f"CONTRAT D'APPRENTISSAGE\nL'APPRENTI(E)\nNom : BERNIER Lucas\n{role}\nNom : VIALLET Denis"
    assert build().classify([page(text)]).fields["noms"] == "BERNIER Lucas"


def test_a_name_ends_where_the_next_label_begins() -> None:
    """« Assurée : Sophy IM   Nature de l'arrêt : maladie », read across."""
    assert nettoyer("Sophy IM Nature de l'arrêt") == "Sophy IM"
    assert not nettoyer("COPIE INTÉGRALE")
