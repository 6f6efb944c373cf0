"""Owns which words are nobody's name: of forms, of addresses, of titles, of whoever writes the paper."""

from __future__ import annotations

import re

from classifier.text import plain

PARTICLES = frozenset({"de", "du", "le", "la", "des", "el", "ben"})
NOT_NAMES = frozenset(
    "le la les de du des monsieur madame mademoiselle nom nomme prenom prenoms et ou adresse date "
    "naissance nationalite sexe page numero "
    "tribunal mairie caisse republique francaise france service direction departement ville commune "
    "bulletin avis attestation contrat "
    "rue avenue boulevard place chemin impasse code employeur salarie locataire bailleur emploi total "
    "montant impot surname name names "
    "given usage matricule siret qualification poste objet reference directeur directrice juge president "
    "maire prefet docteur maitre"
    " guichet vitale mobilite inclusion invalidite stationnement priorite taille republique fra cmi rib "
    "iban bic identite nationale permis conduire"
    " ne nee residence cedex societe hlm sa sas sarl sci scp etude actif passif section peuple parts "
    "services complementaire batiment bat appartement allee quai route cours square lotissement cap bts"
    " no secu securite sociale arrco agirc urssaf retraite prevoyance mutuelle cotisations salaire brut net "
    "enfants enfant declarant conjoint dossier identifiant allocataire beneficiaire titulaire assure assuree "
    "patient demandeur garantie garanties depot finances publiques etabli etablie"
    " ministere nature prefecture passeport signature etudiant etudiante lycee universite certificat acte "
    "extrait carte titre decision jugement ordonnance notification releve facture client compte periode "
    "sex natio arrete arretes votre vos par pour sans sur dans entre terme chez "
    "designation parties mentions copie integrale".split()
)  # fmt: skip
# What stands in capitals alone on a line of other papers than cards.
TITLES = frozenset("commandement payer quitter quittance conge assignation domiciliation hebergement".split())
# A name with one of these is that of whoever wrote the paper.
BODIES = frozenset(
    "selas selarl scp sci sas sarl sa etude association asso relais chrs foyer accueil ccas cias agrement "
    "agree siret siren finess ape naf rcs cabinet clinique hopital lycee college ecole universite tribunal "
    "mairie syndicat groupe pizzeria restaurant boulangerie magasin societe entreprise etablissement "
    "etablissements assurances mutuelle "
    "commissaires huissiers notaires avocats docteur dr".split()
)
STREETS = frozenset("rue avenue boulevard place chemin impasse allee quai route cours square bis bat".split())


def nettoyer(raw: str) -> str:
    """What of `raw` is a name, up to the first word that is none; "" of less than two letters."""
    words: list[str] = []
    for word in re.split(r"[\s,]+", raw.strip(" .,-'’")):
        if plain(word) in NOT_NAMES and plain(word) not in PARTICLES:
            break
        words.append(word)
    while words and words[-1].lower() in PARTICLES:  # « LÊ » is a surname, « le » is none
        words.pop()
    name = " ".join(words)
    return name if sum(c.isalpha() for c in name) >= 2 else ""
