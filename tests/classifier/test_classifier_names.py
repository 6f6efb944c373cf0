"""Whom a paper names: what only resembles a label, hosts who sign, papers read in part."""

from __future__ import annotations

from dataclasses import replace

from feuillets import page

from classifier import build

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
