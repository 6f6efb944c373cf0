"""Where a piece ends and the next begins, from two typed pages."""

from __future__ import annotations

from dataclasses import replace

import pytest
from feuillets import commence, page

from classifier import build
from intake.domain.lecture import PageLue, Qualite, RaisonQualite, TexteLu
from textes import TEXTES


def test_the_first_page_begins() -> None:
    assert build().boundary([], page("quoi que ce soit")).probabilite == 1.0


@pytest.mark.parametrize(
    ("before", "current"),
    [
        ("quittance_loyer", "carte_identite"),
        ("bulletin_salaire", "avis_imposition"),
        ("bail", "rib"),
        ("attestation_caf", "livret_famille"),
        ("jugement_divorce", "attestation_employeur"),
    ],
)
def test_a_heading_of_another_type_begins(before: str, current: str) -> None:
    assert commence(TEXTES[before][0], TEXTES[current][0]) > 0.8


def test_an_identity_page_scanned_twice_is_two_pieces() -> None:
    """So that the second is told as a duplicate (R25), and not kept as a second page."""
    assert commence(TEXTES["passeport"][0], TEXTES["passeport"][0]) > 0.8


def test_three_payslips_in_a_row_are_three_pieces() -> None:
    march = TEXTES["bulletin_salaire"][0]
    april = march.replace("mars 2025", "avril 2025").replace("31/03", "30/04")
    assert commence(march, april) > 0.7
    assert commence(april, march) > 0.7


def test_numbered_pages_go_on_and_a_first_page_begins() -> None:
    bail = TEXTES["bail"][0] + "\nPage 1/3"
    assert commence(bail, "Article 7. Commandement de payer, clause résolutoire\nPage 2/3") < 0.1
    assert commence([bail, "Article 7\nPage 2/3"], "État des lieux annexé au bail\nPage 3/3") < 0.2
    assert commence(bail, TEXTES["bail"][1] + "\nPage 1/2") > 0.8


def test_a_sentence_that_goes_on_continues_the_piece() -> None:
    bail = TEXTES["bail"][1] + "\nLe locataire s'oblige à user paisiblement des locaux loués suivant la"
    rest = (
        "destination qui leur a été donnée par le contrat, et à répondre des dégradations\nqui surviennent."
    )
    assert commence(bail, rest) < 0.2


def test_the_back_of_an_identity_card_belongs_to_its_front() -> None:
    front = TEXTES["carte_identite"][1]
    back = (
        "TAILLE / Height\n1,71 m\nDATE DE DÉLIVRANCE / Date of issue\n12 04 2022\n"
        "ADRESSE / Address\n4 allée des Lilas\n"
        "IDFRAX4ZTQ7Q128<<<<<<<<<<<<<<<\n7809034M3204119FRA<<<<<<<<<<<6\nDELMOTTE<<KARIM<JEAN<<<<<<<<<<"
    )
    assert commence(front, back) < 0.2


def test_a_page_of_which_nothing_can_be_read_hides_behind_no_passport() -> None:
    """So that a person is asked for it again (R2), the piece before it being whole."""
    front = page(TEXTES["passeport"][0])
    assert build().classify([front]).type == "passeport"
    blurred = TexteLu(largeur=1654, hauteur=2339, qualite=Qualite(False, (RaisonQualite.FLOU,)))
    assert build().boundary([front], PageLue(2, texte=blurred)).probabilite > 0.8


def test_two_identity_cards_are_two_pieces() -> None:
    assert commence(TEXTES["carte_identite"][0], TEXTES["carte_identite"][1]) > 0.6


def test_each_child_of_a_livret_continues_it() -> None:
    assert commence(TEXTES["livret_famille"][0], TEXTES["livret_famille"][1]) < 0.3


def test_the_reason_is_told_in_french() -> None:
    answer = build().boundary([page(TEXTES["bail"][0])], page(TEXTES["rib"][0], 2))
    assert "rib" in answer.raison.lower() or "titre" in answer.raison


_PAY = """{title}
Période : du 01/{month:02d}/2026 au 28/{month:02d}/2026
Mme Inês DOS SANTOS
Sécurité sociale 2 94 07 99 206 101 52
Matricule 0012345
Salaire de base 151,67 13,{month:02d} 2085,00
Heures supplémentaires {month},00 15,10 45,30
Sécurité sociale maladie 12,40
Vieillesse plafonnée 2085 6,90 % 143,87
Complémentaire tranche 2085 4,01 % 83,61
Net à payer avant impôt : {month}626,30 euros
"""


@pytest.mark.parametrize(
    "title",
    [
        "NETTOYAGE SERVICE\nZA du Moulin, 99310 Saint-Aubin BULLETIN DE PAIE",  # two columns, read across
        "NETTOYAGE SERVICE\nZA du Moulin, 99310 Saint-Aubin",  # a title white on black, read on neither
    ],
)
def test_the_payslip_of_another_month_begins_though_its_title_does_not_stand_out(title: str) -> None:
    assert commence(_PAY.format(title=title, month=8), _PAY.format(title=title, month=9)) > 0.7


def test_what_goes_on_repeats_its_head_and_not_its_whole_form() -> None:
    head = "NETTOYAGE SERVICE\nMatricule 0012345\nMme Inês DOS SANTOS"
    assert commence(_PAY.format(title=head, month=8), f"{head}\nPage 2\nCumuls de l'année\nCongés 12,5") < 0.5


DATA_PAGE = """Ce document appartient à l'État
Il doit être restitué sur demande
Taille / Height
Signature du titulaire / Holder's signature
Domicile / Residence (11)
{adresse}
Ce passeport contient 32 pages
This passport contains 32 pages
PASSEPORT RÉPUBLIQUE FRANÇAISE
P FRA {numero}
{nom}
{prenoms}
Française
{ville} 1,56 m
PRÉFECTURE 76
autorité de délivrance date de délivrance date d'expiration"""


def test_two_passports_of_which_no_zone_was_read_are_two_pieces() -> None:
    mine = DATA_PAGE.format(
        adresse="160 impasse des Lilas", numero="98ZY56305", nom="PÉRIGAUT", prenoms="Noémie", ville="NANTES"
    )
    hers = DATA_PAGE.format(
        adresse="160 impasse des Lilas", numero="49LG11075", nom="SAUBRAY", prenoms="Khadija", ville="RENNES"
    )
    assert commence(mine, hers) > 0.5


SIGNATURES = """Fait à Nulleville, le 29/04/2026, en deux originaux.
Le bailleur ou son mandataire"""


def test_a_judgment_after_the_signatures_of_a_lease_begins_though_no_rule_knows_its_title() -> None:
    lease = [TEXTES["bail"][0] + "\n" + SIGNATURES, "Le(s) locataire(s), précédé de « lu et approuvé »"]
    judgment = (
        "RÉPUBLIQUE FRANÇAISE\nAU NOM DU PEUPLE FRANÇAIS\nTRIBUNAL DE GRANDE INSTANCE DE NULLEVILLE\n"
        "Chambre de la famille – Cabinet du juge aux affaires familiales\nN° RG 26/07759 – Minute 3763\n"
        "JUGEMENT\nENTRE : Monsieur Karim DELMOTTE, né le 31 juillet 1990\nET : Madame Anaïs VERDIER\n"
        "EXPOSÉ DU LITIGE\nLes époux se sont mariés le 5 avril 2008. Par requête enregistrée au greffe,\n"
        "l'épouse a présenté une demande en divorce."
    )
    assert commence(lease, judgment) > 0.8


def test_the_ruling_of_a_judgment_goes_on() -> None:
    first = (
        "TRIBUNAL DE GRANDE INSTANCE DE NULLEVILLE\nChambre de la famille\nN° RG 26/07759\nJUGEMENT\n"
        "ENTRE : Monsieur Karim DELMOTTE\nET : Madame Anaïs VERDIER\n"
        "Les époux se sont mariés le 5 avril 2008 ; ils ont présenté une demande en divorce.\n"
        "Sur la prestation compensatoire : aucune des parties ne forme de demande à ce titre."
    )
    ruling = (
        "DELMOTTE c/ VERDIER\nPAR CES MOTIFS\n— PRONONCE le divorce des époux ;\n"
        "— ORDONNE la mention du jugement en marge de l'acte de mariage ;\nLe greffier, Le juge,"
    )
    assert commence(first, ruling) < 0.2


def test_clauses_that_follow_one_another_are_one_deed() -> None:
    first = (
        "CONTRAT DE LOCATION\nLocal à usage d'habitation, loué vide\n"
        "I. DÉSIGNATION DES PARTIES. Le présent contrat\n"
        "est conclu entre les soussignés, le bailleur et le locataire.\nV. LOYER. 612 euros par mois.\n"
        "VI. DÉPÔT DE GARANTIE. Il est restitué dans le mois."
    )
    second = (
        "VII. SOLIDARITÉ. Les locataires sont tenus solidairement.\n"
        "VIII. CLAUSE RÉSOLUTOIRE. À défaut de paiement,\n"
        "deux mois après un commandement de payer resté infructueux, le bail est résilié.\n"
        "XII. ANNEXES. Extrait du règlement de copropriété, état des lieux d'entrée.\n"
        "Fait à Nulleville, le 22/04/2020"
    )
    assert commence(first, second) < 0.2
    assert commence(first, second.replace("VII. SOLI", "I. SOLI").replace("VIII", "II")) > commence(
        first, second
    )


def test_the_accounts_follow_the_attestation_of_who_made_them() -> None:
    letter = (
        "Cabinet Ardoise et Associés\nExpertise comptable\nGrandpont, le 12 avril 2026\n"
        "ATTESTATION COMPTABLE DE REVENUS\n"
        "nous attestons que les comptes annuels de l'exercice font ressortir un résultat de 14 265 €.\n"
        "Thibault Ardoise, expert-comptable"
    )
    accounts = (
        "COMPTE DE RÉSULTAT SIMPLIFIÉ\nEntreprise BARRÈRE — exercice du 01/01/2025 au 31/12/2025\n"
        "Chiffre d'affaires 22 310\nCharges externes 5 020\n"
        "Amortissements 1 025\nRésultat de l'exercice 14 265 €"
    )
    assert commence(letter, accounts) < 0.5


def test_garbage_above_its_title_does_not_make_a_payslip_the_end_of_a_sentence() -> None:
    slip = TEXTES["bulletin_salaire"][0]
    first = (
        slip + "\nDans votre intérêt, conservez ce bulletin sans limitation de durée. Informations complémen"
    )
    other = "sure ne Fiche de paie du mois : octobre 2026\n" + "\n".join(slip.splitlines()[2:])
    assert commence(first, other) > 0.5


def test_a_letter_by_hand_does_not_hide_behind_a_printed_deed() -> None:
    deed = page(TEXTES["commandement_payer"][0] + "\n" + "mot imprimé lisible " * 20)
    by_hand = page("\n".join("Je me prmts de vs ecrire au sjet du statonnemnt" for _ in range(8)), 2)
    scrawl = replace(by_hand, texte=replace(by_hand.texte, confiance=46.0))
    assert build().boundary([deed], scrawl).probabilite > 0.5
    goes_on = page("\n".join("Le débiteur reste tenu des loyers et charges impayés" for _ in range(8)), 2)
    assert build().boundary([deed], goes_on).probabilite < 0.5


def test_a_livret_of_two_parents_goes_on_with_their_children() -> None:
    parents = (
        "RÉPUBLIQUE FRANÇAISE\nEXTRAIT DE L'ACTE DE NAISSANCE — PREMIER PARENT\n"
        "Nom : HERVOUET\nPrénoms : Gaëlle\nNée le : 11 juin 1987\n"
        "EXTRAIT DE L'ACTE DE NAISSANCE — SECOND PARENT\n"
        "Nom : GUÉRINEAU\nPrénoms : Gaspard"
    )
    children = (
        "PREMIER ENFANT\nExtrait de l'acte de naissance n° 068\nNom : GUÉRINEAU\nPrénoms : Joachim\n"
        "DEUXIÈME ENFANT\nExtrait de l'acte de naissance n° 179\nNom : GUÉRINEAU\nPrénoms : Mélanie"
    )
    assert commence(parents, children) < 0.2


SITUATION = """Nombre de parts : {parts}
Situation du foyer : célibataire, divorcé(e) (C/D)
Détail des revenus Déclar. 1 Déclar. 2 Total
Salaires 16226 0 16226
Revenu brut global 14603
Revenu fiscal de référence 0 14603"""
AVIS = """FINANCES PUBLIQUES
AVIS D'IMPÔT 2026
Impôt sur les revenus de l'année 2025
M. QUÉMÉNEUR François
12 rue des Tanneurs
99400 VILLEBRUNE
Référence de l'avis : {reference}
Date d'établissement : 26/07/2026
Revenu fiscal de référence : 14603 €"""


def test_the_second_page_of_an_avis_has_its_title_again_and_its_reference() -> None:
    mine, other = "26 99 8642038 43", "26 99 1111111 11"
    detail = "AVIS D'IMPÔT 2026 — DÉTAIL\nRéférence : {} Déclarant 1 : M. QUÉMÉNEUR François\n" + SITUATION
    first = AVIS.format(reference=mine)
    assert commence(first, detail.format(mine, parts="1,00")) < 0.2
    assert commence(first, AVIS.format(reference=other).replace("14603", "31870")) > 0.8
    assert commence(first, first) > 0.5  # scanned twice


@pytest.mark.parametrize("title", ["ANNEXE — ÉTAT DES LIEUX D'ENTRÉE", "Annexe 2 : notice d'information"])
def test_the_annexes_of_a_lease_belong_to_it_though_it_is_signed(title: str) -> None:
    lease = TEXTES["bail"][0] + "\nFait en deux originaux le 1er février 2022\nLe bailleur Le locataire"
    rooms = "Entrée état d'usage\nSéjour bon état\nCuisine neuf\nChambre bon état"
    assert commence(lease, f"{title}\n{rooms}") < 0.4
    assert commence(TEXTES["bulletin_salaire"][0], f"{title}\n{rooms}") > 0.5


def test_a_paper_that_a_judgment_has_seen_is_no_paper_of_the_envoi() -> None:
    judgment = (
        "TRIBUNAL JUDICIAIRE DE REIMS\nJUGEMENT DE CURATELLE RENFORCÉE\nN° RG 22/03377\n"
        "Personne protégée : M. Ali VERDIER, né le 21 avril 1993\nJuge des tutelles"
    )
    reasons = (
        "MOTIFS DE LA DÉCISION\nVu le certificat médical circonstancié, il est établi que\n"
        "M. Ali VERDIER a besoin d'être assisté de manière continue dans les actes\n"
        "importants de la vie civile ; qu'une mesure plus légère serait insuffisante."
    )
    assert commence(judgment, reasons) < 0.3
    certificate = "CERTIFICAT MÉDICAL CIRCONSTANCIÉ\nJe soussigné docteur Paul LEROY certifie avoir examiné"
    assert commence(judgment + "\nLe greffier", certificate) > 0.5


@pytest.mark.parametrize(
    "leaf",
    [
        "Acte de naissance n°\nNom\nPrénoms\nNé(e) le\nSexe\nDélivré le",  # its heads were not read
        "PREMIER ENFANT\nDEUXIÈME ENFANT\nActe de naissance n° 34\nNom SCHREIBER\nPrénoms Sébastien",
    ],
)
def test_what_lies_behind_the_cover_of_a_livret_is_the_livret(leaf: str) -> None:
    cover = "RÉPUBLIQUE FRANÇAISE\nLIVRET\nDE FAMILLE"
    assert commence(cover, leaf) < 0.4
    assert commence([cover, leaf], TEXTES["bulletin_salaire"][0]) > 0.8


def test_the_last_page_of_a_judgment_tells_how_to_appeal_and_what_follows_is_another_paper() -> None:
    ruling = "TRIBUNAL JUDICIAIRE DE REIMS\nORDONNANCE DE PROTECTION\nRG 22/03377\nPAR CES MOTIFS\nLe juge"
    appeal = (
        "NOTIFICATION ET VOIES DE RECOURS\nLa décision est notifiée aux parties par le greffe, ou\n"
        "signifiée par acte de commissaire de justice. Elle est susceptible d'appel sous délai d'un mois.\n"
        "Pour copie certifiée conforme, le directeur de greffe."
    )
    assert commence([ruling + "\nLa greffière La présidente"], appeal) < 0.4
    menu = "MENUS DU RESTAURANT SCOLAIRE\nSemaine du 9 au 13 novembre\nLundi Carottes\nMardi Potage"
    assert commence([ruling, appeal], menu) > 0.5


def test_an_avis_scanned_twice_and_badly_is_two_pieces() -> None:
    first = (
        AVIS.format(reference="26 99 8642038 43")
        + "\n"
        + "\n".join(
            f"Vos démarches. Vous pouvez signaler {n} changements de situation par an." for n in range(6)
        )
    )
    poor = (
        first.replace("é", "e").replace("Date d'établissement", "Date d'étabtssement").replace("tion", "t:on")
    )
    assert commence([first, "Détail des revenus\n" + SITUATION.format(parts="1,00")], poor) > 0.8


def test_the_first_page_of_an_avis_follows_a_lease_that_lacks_its_end() -> None:
    lease = TEXTES["bail"][0] + "\nPage 2/5"
    avis = "RÉPUBLIQUE\nFRANÇAISE\n" + AVIS.format(reference="258156335757")
    assert commence(lease, avis) > 0.5


@pytest.mark.parametrize(
    ("before", "current"),
    [
        (TEXTES["bail"][0] + "\nFait à Reims le 1er février 2022\nLe bailleur",
         "ANNEXE DE LA MAIRIE DU 3E ARRONDISSEMENT\nATTESTATION DE DOMICILE\nLe maire certifie que M. PAUL"),
        ("RÉPUBLIQUE FRANÇAISE\nLIVRET\nDE FAMILLE", TEXTES["acte_deces"][0]),
        ("TRIBUNAL JUDICIAIRE DE REIMS\nJUGEMENT DE DIVORCE\nRG 22/03377\nPAR CES MOTIFS\nLe greffier",
         "FORMULE EXÉCUTOIRE\nTRIBUNAL JUDICIAIRE DE LYON\nJUGEMENT\nRG 23/00412\nentre M. LEROY et Mme ROY"),
    ],
)  # fmt: skip
def test_what_only_looks_like_a_part_of_the_piece_begins(before: str, current: str) -> None:
    assert commence(before, current) > 0.5


def test_a_page_of_which_no_word_is_read_is_cut_off_beyond_what_a_count_may_undo() -> None:
    """R2: it would hide behind a deed, and make a wrong number of pieces right."""
    deed = page(TEXTES["commandement_payer"][0])
    nothing = TexteLu((), 0, 1654, 2339, 0.0, "ocr", Qualite(False, (RaisonQualite.FLOU,)))
    assert build().boundary([deed], PageLue(2, texte=nothing)).probabilite > 0.7


def test_the_second_page_of_an_avis_names_earlier_years_too() -> None:
    first = AVIS.format(reference="26 99 8642038 43")
    second = (
        "DÉCLARATIVE 2026 (revenus 2025)\nPlafond non utilisé pour les revenus de 2024 et 2023\n"
        "Les cotisations versées en 2026 sont déductibles dans la limite du plafond\n"
        "Vous changez de situation : signalez tout changement dans les soixante jours\n"
        "Réclamation : articles L. 190 et suivants du livre des procédures fiscales"
    )
    assert commence(first, second) < 0.5


def test_the_children_of_a_livret_follow_the_seal_of_their_parents_page() -> None:
    parents = """LIVRET DE FAMILLE
EXTRAIT DE L'ACTE DE MARIAGE
N° 41 - Mairie de Montreval
Le 16 juin 2012 a été célébré le mariage
ÉPOUX Nom : BÂ Prénoms : Oumar Né le 01/01/1983 à Arvannes
ÉPOUSE Nom : GARNIER Prénoms : Éloïse Née le 12/04/1985 à Orsan
Il n'a pas été fait de contrat de mariage. Délivré conforme aux registres.
L'officier de l'état civil"""
    children = """EXTRAITS DES ACTES DE NAISSANCE DES ENFANTS
Premier enfant
ACTE DE NAISSANCE n° 100
Le 2 septembre 2013, à 07 heures 20, est né à Arvannes : Inès BÂ du sexe féminin.
Certifié conforme, l'officier de l'état civil."""
    assert commence(parents, children) < 0.3


def test_what_ends_a_decision_or_accounts_is_no_piece_of_its_own() -> None:
    pension = TEXTES["notification_retraite"][0] + "\nLe directeur\nVeuillez agréer, Madame, mes salutations"
    reckoned = "Éléments de calcul de votre retraite\nSalaire annuel moyen 25 316,20 €\nTaux 50 %"
    more = "Durée d'assurance retenue 163 trimestres\nDurée de référence 167 trimestres"
    assert commence(pension, f"{reckoned}\n{more}") < 0.4
    assert commence(pension, f"M. Paul LEROY\n3 RUE BASSE\n51100 REIMS\n{reckoned}\n{more}") > 0.5
    accounts = TEXTES["bilan_comptable"][0]
    attested = "ATTESTATION DE L'EXPERT-COMPTABLE\nSur la base de nos travaux, nous n'avons pas relevé"
    of_them = "d'éléments remettant en cause la cohérence des comptes annuels pris dans leur ensemble."
    assert commence(accounts, f"{attested}\n{of_them}") < 0.5
    assert commence(accounts, f"{attested}\n{of_them}\nFait à Reims, le 3 mars 2026") > 0.5
