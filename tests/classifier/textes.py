"""Invented texts of each type, written apart from the fixtures' generator: other wordings, same trade.

People, places and numbers exist nowhere. A page break is a line « --- ».
"""

from __future__ import annotations

TEXTES: dict[str, tuple[str, ...]] = {
    "carte_identite": (
        """RÉPUBLIQUE FRANÇAISE
CARTE NATIONALE D'IDENTITÉ N° : 090275C01234 Nationalité Française
Nom : VERDIER
Prénom(s) : ANAÏS, LOUISE
Sexe : F   Né(e) le : 14.02.1991
à : SAINT-OUBLI (75)
Taille : 1,66m
Signature du titulaire :
IDFRAVERDIER<<<<<<<<<<<<<<<<<<752123
0902752012349ANAIS<<LOUISE<9102147F2""",
        """REPUBLIQUE FRANCAISE   FR
CARTE NATIONALE D'IDENTITE / IDENTITY CARD
NOM / Surname
DELMOTTE
Prénoms / Given names
Karim, Jean
SEXE / Sex  NATIONALITÉ / Nationality  DATE DE NAISS. / Date of birth
M  FRA  03 09 1978
LIEU DE NAISSANCE / Place of birth
VILLENEUVE
N° DU DOCUMENT / Document No   DATE D'EXPIR. / Expiry date
X4ZTQ7Q12   11 04 2032""",
    ),
    "passeport": (
        """UNION EUROPÉENNE  RÉPUBLIQUE FRANÇAISE
PASSEPORT PASSPORT
Type/Type P  Code du pays/Country code FRA  Passeport n°/Passport No 19ZZ12345
Nom/Surname VERDIER
Prénoms/Given names ANAIS LOUISE
Nationalité/Nationality Française
Date de naissance/Date of birth 14 02 1991
Date de délivrance/Date of issue 02 06 2019  Autorité/Authority Préfecture de Nulleville
P<FRAVERDIER<<ANAIS<LOUISE<<<<<<<<<<<<<<<<<<
19ZZ123457FRA9102147F2906014<<<<<<<<<<<<<<08""",
        """PASSEPORT
République du Mondovie
Passport No / Passeport N° M0099887
Surname / Nom : OKORO
Given names / Prénoms : BLESSING ADA
Nationality / Nationalité : MONDOVIENNE
Date of birth / Date de naissance : 08/08/1989
Date of expiry / Date d'expiration : 07/01/2030
Holder's signature / Signature du titulaire""",
    ),
    "titre_sejour": (
        """RÉPUBLIQUE FRANÇAISE
TITRE DE SÉJOUR   FRA
NOM, Prénoms : OKORO Blessing Ada
CARTE DE SÉJOUR PLURIANNUELLE
Date d'expiration 12 05 2027
Catégorie du titre : VIE PRIVÉE ET FAMILIALE
REMARQUES : AUTORISE SON TITULAIRE A TRAVAILLER
Né(e) le 08 08 1989""",
        """PRÉFECTURE DE LA BOUVIÈRE
RÉCÉPISSÉ DE DEMANDE DE CARTE DE SÉJOUR
Articles R. 431-12 du code de l'entrée et du séjour des étrangers et du droit d'asile
Madame OKORO Blessing, née le 08/08/1989, de nationalité mondovienne
N° étranger : 9903012345
a demandé le renouvellement de son titre
Il autorise son titulaire à travailler
Valable jusqu'au 14/11/2025
Délivré le 15/05/2025. Le préfet""",
    ),
    "avis_imposition": (
        """DIRECTION GÉNÉRALE DES FINANCES PUBLIQUES
AVIS D'IMPÔT 2024
IMPÔT SUR LES REVENUS DE L'ANNÉE 2023
Vos références
Numéro fiscal (Déclarant 1) : 30 12 345 678 901
Référence de l'avis : 24 75 A123456 78
Revenu fiscal de référence : 18 452
Nombre de parts : 2,50
Détail des revenus : Salaires 20 502
Déduction 10% ou frais réels
M DELMOTTE KARIM
Date d'établissement : 08/07/2024""",
        """Service des impôts des particuliers de Saint-Oubli
AVIS DE SITUATION DÉCLARATIVE À L'IMPÔT SUR LE REVENU 2023
établi en 2023 sur les revenus de 2022
Vous n'êtes pas imposable.
Nom du déclarant : OKORO BLESSING
Revenu brut global 9 120 €  Revenu imposable 9 120 €
Revenu fiscal de référence 9 120 €
Situation de famille : célibataire, 2 personnes à charge""",
    ),
    "livret_famille": (
        """LIVRET DE FAMILLE
délivré par la mairie de Saint-Oubli
EXTRAIT DE L'ACTE DE MARIAGE N° 41
ÉPOUX OU PÈRE : DELMOTTE Karim Jean né le trois septembre 1978
ÉPOUSE OU MÈRE : VERDIER Anaïs Louise
Mariage célébré le 12 juin 2015
L'officier de l'état civil, sceau de la mairie""",
        """Premier enfant
Extrait de l'acte de naissance n° 512
Le 7 mars deux mille dix-sept est née
DELMOTTE Lina, du sexe féminin
Délivré conforme aux registres le 10 mars 2017
Mentions marginales
Deuxième enfant
Extrait de l'acte de naissance n°""",
    ),
    "acte_naissance": (
        """MAIRIE DE VILLENEUVE-LES-BOIS  État civil
EXTRAIT D'ACTE DE NAISSANCE
avec indication de la filiation
Acte n° 00872 de l'année 1991
Le 14 février 1991 est née Anaïs Louise VERDIER, de sexe féminin
fille de Paul VERDIER et de Marie COLIN
Mentions marginales : néant
Certifié conforme au registre. Le 3 mars 2025, l'officier de l'état civil""",
        """VILLE DE NULLEVILLE
COPIE INTÉGRALE
NAISSANCE N° 1203  DELMOTTE Karim
Le trois septembre mil neuf cent soixante-dix-huit à quatre heures vingt est né en notre commune
Karim Jean, du sexe masculin, fils de Ahmed DELMOTTE, mécanicien, et de Jeanne ROUX
Dressé par nous, Lucien PORTE, officier de l'état civil, qui, lecture faite, avons signé
Copie délivrée selon procédé informatisé le 20 janvier 2025
acte de naissance""",
    ),
    "attestation_pacs": (
        """TRIBUNAL JUDICIAIRE DE SAINT-OUBLI
ATTESTATION D'ENREGISTREMENT
D'UN PACTE CIVIL DE SOLIDARITÉ
Le greffier atteste que M. DELMOTTE Karim et Mme VERDIER Anaïs
ont fait enregistrer la déclaration conjointe d'un pacte civil de solidarité le 4 avril 2019 sous
le n° 2019/0345
Articles 515-1 et suivants du code civil""",
        """Mairie de Villeneuve
Service de l'état civil
Récépissé d'enregistrement d'un PACS
Les partenaires : VERDIER Anaïs, née le 14/02/1991 ; DELMOTTE Karim
ont souscrit un pacte civil de solidarité enregistré ce jour
Fait le 4 avril 2022, l'officier de l'état civil""",
    ),
    "acte_deces": (
        """COMMUNE DE NULLEVILLE
ACTE DE DÉCÈS
Le deux mai deux mille vingt-quatre à six heures est décédé en son domicile Paul VERDIER
né le 1er janvier 1950, retraité, époux de Marie COLIN
Dressé le 3 mai 2024 sur la déclaration de Marc PETIT
L'officier de l'état civil""",
        """CENTRE HOSPITALIER DE VILLENEUVE
CERTIFICAT DE DÉCÈS
Nous soussigné docteur en médecine certifie que la mort de
Madame COLIN Marie veuve VERDIER
survenue le 12/02/2025 à 22 h 10, est réelle et constante
Heure du décès 22h10""",
    ),
    "jugement_divorce": (
        """TRIBUNAL DE GRANDE INSTANCE DE VILLENEUVE
Chambre de la famille  RG 17/01234
JUGEMENT DE DIVORCE
rendu le 12 octobre 2018 par le juge aux affaires familiales
ENTRE Madame VERDIER Anaïs épouse DELMOTTE, demanderesse
ET Monsieur DELMOTTE Karim
PAR CES MOTIFS prononce le divorce des époux
fixe la résidence habituelle des enfants au domicile de la mère
contribution à l'entretien et à l'éducation : 150 euros""",
        """CONVENTION DE DIVORCE PAR CONSENTEMENT MUTUEL
par acte sous signature privée contresigné par avocats
Article 229-1 du code civil
ENTRE LES SOUSSIGNÉS Madame VERDIER et Monsieur DELMOTTE
Les époux se sont mariés le 12 juin 2015
Sur l'autorité parentale : elle est exercée en commun
Liquidation du régime matrimonial
Déposée au rang des minutes de Maître PIGNON notaire""",
    ),
    "certificat_grossesse": (
        """Docteur Hélène BRUN  Gynécologue obstétricien
CERTIFICAT DE GROSSESSE
Je soussignée certifie que Madame VERDIER Anaïs née le 14/02/1991
est enceinte de 16 semaines d'aménorrhée
Date présumée d'accouchement : 12 décembre 2025
Fait à Nulleville le 2 juin 2025""",
        """Cabinet de sages-femmes
DÉCLARATION DE GROSSESSE
Premier examen médical prénatal effectué le 3 mai 2025
Assurée : OKORO Blessing
Date de début de grossesse : 10 mars 2025
Ce document est à adresser à la caisse d'assurance maladie et à la CAF""",
    ),
    "contrat_travail": (
        """CONTRAT DE TRAVAIL À DURÉE INDÉTERMINÉE
Entre les soussignés
La société Brique & Fils SARL, ci-après l'employeur
et Monsieur Karim DELMOTTE, ci-après dénommé le salarié
Article 1 - Engagement : Monsieur DELMOTTE est engagé à compter du 2 mai 2022 en qualité de maçon
Article 2 - Période d'essai de deux mois
Article 3 - Durée du travail 35 heures
Article 4 - Rémunération brute mensuelle 2 050 euros
Convention collective du bâtiment""",
        """AVENANT N° 1 AU CONTRAT DE TRAVAIL
À la suite de l'entretien du 4 mars, il a été convenu ce qui suit
La durée hebdomadaire de travail de Mme OKORO est portée à 30 heures à compter du 1er avril 2025
La rémunération mensuelle brute sera de 1 640 €
Les autres clauses du contrat de travail restent inchangées
L'employeur        La salariée (lu et approuvé)""",
    ),
    "attestation_employeur": (
        """BRIQUE & FILS SARL  12 rue des Tuiles 75999 NULLEVILLE
ATTESTATION D'EMPLOI
Je soussigné Luc BRIQUE, gérant, atteste que Monsieur Karim DELMOTTE
est employé dans notre entreprise depuis le 2 mai 2022 en contrat à durée indéterminée
en qualité de maçon. Il n'est ni en période d'essai ni en procédure de licenciement.
Fait pour servir et valoir ce que de droit. Nulleville, le 4 juin 2025""",
        """Direction des ressources humaines
ATTESTATION DE L'EMPLOYEUR
La Clinique des Pins certifie que Madame OKORO Blessing fait partie de ses effectifs
en qualité d'aide-soignante, sous contrat à durée indéterminée à temps complet
Salaire net mensuel : 1 540 euros
La responsable des ressources humaines, le 12/05/2025""",
    ),
    "certificat_scolarite": (
        """Collège Jean-Sansnom  Académie de Nulleville
CERTIFICAT DE SCOLARITÉ
Le principal certifie que l'élève DELMOTTE Lina née le 07/03/2013
est inscrite en classe de 6e B pour l'année scolaire 2024-2025
Fait à Nulleville le 10 septembre 2024""",
        """UNIVERSITÉ DE SAINT-OUBLI
Année universitaire 2024/2025
Attestation d'inscription
M. PETIT Hugo, numéro étudiant 22001234, INE 0999012345K
est régulièrement inscrit en Licence 2 Droit, régime de formation initiale
La présidente de l'université""",
    ),
    "contrat_apprentissage": (
        """CONTRAT D'APPRENTISSAGE
(articles L6221-1 et suivants du code du travail) cerfa FA13 n°10103*10
L'EMPLOYEUR Boulangerie du Coin SIRET 999 888 777 00011
L'APPRENTI(E) Nom PETIT Prénom Hugo
LE MAÎTRE D'APPRENTISSAGE
LA FORMATION CFA responsable : CFA des Métiers. Diplôme visé : CAP boulanger""",
        """CONTRAT DE PROFESSIONNALISATION
cerfa EJ20 n° 12434*03
L'employeur : Garage Fictif
Le salarié : Mme ROUX Inès
Tuteur : M. Alain BON  Organisme de formation : AFOR
Rémunération 1 020 euros, durée de la formation 400 heures, OPCO Mobilités""",
    ),
    "bilan_comptable": (
        """Cabinet CHIFFRES ET CIE, expert-comptable
COMPTES ANNUELS  Exercice clos le 31/12/2024
BILAN ACTIF
Immobilisations corporelles 12 400  Amortissements 3 100
Créances clients 5 220  Disponibilités 8 900
TOTAL ACTIF 23 420
BILAN PASSIF Capitaux propres 10 000 Résultat de l'exercice 9 820""",
        """ATTESTATION DE L'EXPERT-COMPTABLE
Je soussignée Nadia COMPTE, inscrite au tableau de l'Ordre des experts-comptables
atteste que M. PETIT Gilles, travailleur indépendant, a réalisé un chiffre d'affaires de 42 000 €
et un bénéfice net de 19 300 € au titre de l'exercice 2024
Le 15 mars 2025""",
    ),
    "bulletin_salaire": (
        """BRIQUE & FILS SARL  SIRET 999 111 222 00013 Code APE 4399C
BULLETIN DE PAIE
Période : mars 2025  Paiement le 31/03/2025
DELMOTTE Karim  Emploi : maçon  Matricule 0042
Salaire de base 151,67 13,51 2 049,06
Santé  Sécurité sociale maladie
Total des cotisations et contributions 451,20
Montant net social 1 598,11
NET À PAYER AVANT IMPÔT SUR LE REVENU 1 597,86
Impôt sur le revenu prélevé à la source 32,10
Pour faire valoir vos droits, conservez ce bulletin sans limitation de durée""",
        """Fiche de paie
Mairie de Nulleville  Exercice 2025  Mois 04
Mme OKORO Blessing  Grade : agent technique  Indice majoré 371
Traitement brut 1 826,33
Indemnité de résidence 18,26
RETENUES : CNRACL 202,72  CSG déductible 126,10
Brut 1 844,59
NET À PAYER 1 478,02 virement le 28/04/2025""",
    ),
    "attestation_france_travail": (
        """pôle emploi
AVIS DE SITUATION
Identifiant : 1234567Z   Région Nulle-France
Madame OKORO Blessing
Nous attestons que vous êtes inscrite sur la liste des demandeurs d'emploi depuis le 3 janvier 2024
Vous avez perçu l'allocation d'aide au retour à l'emploi
Janvier 2025 : 31 jours indemnisés, montant net 912,04 €""",
        """FRANCE TRAVAIL
Agence de Villeneuve
Objet : Attestation de paiement
M. PETIT Gilles, identifiant France Travail 7654321A
Allocation de solidarité spécifique
Période du 01/02/2025 au 28/02/2025 montant versé 545,44 euros
Allocation journalière 19,48 €""",
    ),
    "attestation_caf": (
        """Caf de Nulle-France  caf.fr
Attestation de paiement
N° allocataire : 0123456 Z
Le directeur de la Caf certifie que Madame VERDIER ANAIS a perçu pour le mois de mars 2025
Allocations familiales avec conditions de ressources 148,52 €
Aide personnalisée au logement 312,00 €
Prime d'activité 220,13 €""",
        """MSA de Saint-Oubli  Mutualité sociale agricole
ATTESTATION DE QUOTIENT FAMILIAL
Mme OKORO Blessing n° d'adhérent 999
Votre quotient familial du mois d'avril 2025 est de 412 €
Prestations familiales versées ; enfants à charge : 2""",
    ),
    "notification_retraite": (
        """L'ASSURANCE RETRAITE  Carsat Nulle-France
NOTIFICATION DE RETRAITE PERSONNELLE
M. VERDIER Paul
Votre retraite vous est attribuée à compter du 1er janvier 2015
Taux 50 %  durée d'assurance 166 trimestres
Montant brut mensuel 812,34 €
Vous pouvez contester cette décision devant la commission de recours amiable""",
        """Agirc-Arrco
Attestation de paiement
Nous certifions que Mme COLIN Marie bénéficie d'une retraite complémentaire
Nombre de points 4 512
Montant net mensuel après prélèvements sociaux : 402,10 €""",
    ),
    "pension_invalidite": (
        """Caisse primaire d'assurance maladie de Nulleville
Service invalidité
NOTIFICATION D'ATTRIBUTION D'UNE PENSION D'INVALIDITÉ
M. PETIT Gilles
Votre état, réduisant des deux tiers votre capacité de travail ou de gain, justifie une pension de
2ème catégorie
Montant mensuel 712,20 euros à compter du 1er février 2025""",
        """l'Assurance Maladie ameli.fr
ATTESTATION DE PAIEMENT
Nous attestons avoir versé à Mme COLIN Jeanne une pension d'invalidité de catégorie 1
pour le mois de février 2025 : 468,00 €""",
    ),
    "indemnites_journalieres": (
        """l'Assurance Maladie  CPAM de Nulleville
ATTESTATION DE PAIEMENT D'INDEMNITÉS JOURNALIÈRES
Assuré : DELMOTTE Karim  Arrêt de travail du 02/02/2025
IJ maladie du 05/02/2025 au 28/02/2025  24 jours  montant unitaire 33,21  CSG 6,2% RDS 0,5%
Total versé 743,12 €""",
        """Relevé des indemnités journalières versées au titre de la maternité
OKORO Blessing
Nature des prestations : IJ maternité
du 01/03/2025 au 31/03/2025 31 jours 41,03
CPAM, Caisse primaire d'assurance maladie""",
    ),
    "bourse": (
        """CROUS de Nulleville
NOTIFICATION DÉFINITIVE  Bourse sur critères sociaux
Année universitaire 2024-2025
M. PETIT Hugo INE 0999012345K
Votre bourse est attribuée à l'échelon 5, montant annuel 5 736 €
Le directeur général du Crous, par délégation du recteur""",
        """Académie de Saint-Oubli  Direction des services départementaux
BOURSE NATIONALE DE LYCÉE
Notification d'attribution de bourse
Élève : ROUX Inès, échelon 3, 723 euros par an versés en trois fois
Année scolaire 2024-2025""",
    ),
    "bail": (
        """CONTRAT DE LOCATION
Logement à usage de résidence principale, soumis à la loi du 6 juillet 1989
I. DÉSIGNATION DES PARTIES
Le bailleur : SCI des Tuiles  Le locataire : Mme VERDIER Anaïs
II. OBJET DU CONTRAT consistance du logement : 3 pièces principales, surface habitable 61 m²
III. DATE DE PRISE D'EFFET ET DURÉE : 1er mai 2021, trois ans
IV. CONDITIONS FINANCIÈRES loyer mensuel 620 €, dépôt de garantie 620 €""",
        """BAIL D'HABITATION
OPH de Villeneuve, représenté par son directeur, donne en location à M. DELMOTTE Karim
un logement situé 4 allée des Lilas, bâtiment C
Le présent bail est consenti pour une durée de trois mois renouvelable par tacite reconduction
Loyer principal 340,12  provision sur charges 82,00
Clause résolutoire. Obligations du locataire. État des lieux""",
    ),
    "quittance_loyer": (
        """QUITTANCE DE LOYER
Mois de mars 2025
Adresse de la location : 4 allée des Lilas, Nulleville
Reçu de Madame VERDIER Anaïs la somme de 702,00 euros
au titre du loyer et des charges, dont quittance sous réserve de tous mes droits
Loyer 620 € Charges 82 €  Le propriétaire, le 5 avril 2025""",
        """OPH de Villeneuve
ATTESTATION
Nous, bailleur, attestons que M. DELMOTTE Karim, locataire depuis le 1er mai 2021 du logement 0123
est à jour du paiement de ses loyers et charges au 31 mars 2025
Attestation de loyer à jour délivrée à la demande de l'intéressé""",
    ),
    "attestation_hebergement": (
        """ATTESTATION D'HÉBERGEMENT
Je soussignée Mme COLIN Jeanne née le 3 mai 1960, demeurant 9 impasse du Puits, Nulleville
atteste sur l'honneur héberger à mon domicile à titre gratuit Mme OKORO Blessing et ses deux
enfants depuis le 1er janvier 2024
Fait à Nulleville le 6 mai 2025""",
        """Association Le Toit  Centre d'hébergement et de réinsertion sociale (CHRS)
Attestation
Je soussigné, directeur, certifie que M. PETIT Gilles est hébergé dans notre structure depuis le 12
février 2025
chambre n° 14, sur orientation du SIAO""",
    ),
    "attestation_domiciliation": (
        """ATTESTATION D'ÉLECTION DE DOMICILE
cerfa n° 16029*01 Articles L. 264-2 et L. 264-3 du code de l'action sociale et des familles
Organisme : CCAS de Nulleville
M. PETIT Gilles  est domicilié au 1 place de la Mairie
valable du 01/03/2025 au 28/02/2026""",
        """CENTRE COMMUNAL D'ACTION SOCIALE
Attestation de domiciliation
Nous attestons que Mme OKORO Blessing, sans domicile stable, a élu domicile au CCAS pour recevoir son courrier
Durée : 12 mois. Délivrée le 4 avril 2025, expire le 3 avril 2026""",
    ),
    "titre_propriete": (
        """Office notarial de Maître PIGNON, notaire à Nulleville
ATTESTATION DE PROPRIÉTÉ
Aux termes d'un acte reçu le 3 mars 2012, Monsieur VERDIER Paul a acquis
un appartement, lot de copropriété n° 12, cadastré section AB n° 44
L'acquéreur est propriétaire depuis ce jour. Publié au service de la publicité foncière""",
        """VENTE
L'AN DEUX MILLE ONZE, le quatre mai, Maître Odile SCEAU, notaire, a reçu le présent acte authentique
LE VENDEUR : M. Marc PETIT   L'ACQUÉREUR : Mme COLIN Marie
DÉSIGNATION DU BIEN : maison, contenance 4 a 12 ca, cadastrée section C 210
PRIX : la vente est conclue moyennant le prix de 140 000 euros
PROPRIÉTÉ JOUISSANCE  ORIGINE DE PROPRIÉTÉ""",
    ),
    "conge_bailleur": (
        """SCI des Tuiles      Lettre recommandée avec accusé de réception
Objet : congé pour vente
Madame VERDIER,
Par la présente, je vous donne congé du logement que vous occupez, dont le bail arrive à échéance
le 30 avril 2027
J'ai l'intention de vendre ce logement au prix de 150 000 euros ; vous disposez d'un droit de préemption
article 15 de la loi du 6 juillet 1989""",
        """CONGÉ POUR REPRISE
Je soussigné Marc PETIT, propriétaire du logement dont vous êtes locataire,
vous notifie que votre bail ne sera pas renouvelé
Le bénéficiaire de la reprise est ma fille, pour y habiter
Le délai de préavis est de six mois. Vous devrez libérer les lieux le 31/12/2025""",
    ),
    "commandement_payer": (
        """SCP ACTE & ASSOCIÉS Commissaires de justice
COMMANDEMENT DE PAYER LES LOYERS VISANT LA CLAUSE RÉSOLUTOIRE
L'AN DEUX MILLE VINGT-CINQ et le 3 mars
À LA REQUÊTE DE OPH de Villeneuve
Fait commandement à M. DELMOTTE Karim de payer dans un délai de six semaines la somme de 2 140,33 €
Loyers impayés. Coût de l'acte 92,10""",
        """Maître Rémi EXPLOIT, huissier de justice
COMMANDEMENT DE QUITTER LES LIEUX
En vertu d'un jugement du tribunal d'instance de Nulleville, titre exécutoire
à la requête de la SCI des Tuiles, je vous fais commandement de quitter les lieux dans un délai de deux mois
À défaut il pourra être procédé à l'expulsion avec le concours de la force publique. Article L. 412-1""",
    ),
    "jugement_expulsion": (
        """TRIBUNAL JUDICIAIRE DE NULLEVILLE
Juge des contentieux de la protection   RG 11-24-000123
JUGEMENT
OPH de Villeneuve c/ DELMOTTE Karim
PAR CES MOTIFS statuant publiquement
Constate l'acquisition de la clause résolutoire
Ordonne l'expulsion de M. DELMOTTE et de tous occupants de son chef
Fixe l'indemnité d'occupation à 702 euros""",
        """TRIBUNAL D'INSTANCE
ORDONNANCE DE RÉFÉRÉ du 12 mai 2019
Demandeur : SCI des Tuiles, bailleur
Prononce la résiliation du bail, dit que Mme COLIN est occupante sans droit ni titre
et ordonne son expulsion avec l'assistance de la force publique
La condamne à payer l'arriéré locatif. Le greffier""",
    ),
    "arrete_insalubrite": (
        """PRÉFECTURE DE LA BOUVIÈRE  Agence régionale de santé
ARRÊTÉ PRÉFECTORAL
relatif au traitement de l'insalubrité du logement sis 3 rue Humide à Nulleville
VU le code de la santé publique, articles L. 1331-22
CONSIDÉRANT le danger pour la santé des occupants, humidité, moisissures
ARRÊTE Article 1er : le logement est interdit à l'habitation""",
        """Ville de Nulleville
Service communal d'hygiène
CONSTAT DE NON-DÉCENCE
Visite du 4 mars 2025 du logement de Mme OKORO
Décret n° 2002-120 du 30 janvier 2002 : critères de décence non respectés
Désordres : infiltrations, installation électrique dangereuse""",
    ),
    "certificat_medical": (
        """Dr Jean TOUX  Médecine générale   N° RPPS 10099999999
CERTIFICAT MÉDICAL
Je soussigné docteur en médecine certifie suivre Mme COLIN Jeanne
dont l'état de santé nécessite un logement en rez-de-chaussée ou avec ascenseur
Certificat remis en main propre à l'intéressée. Le 4 avril 2025""",
        """Hôpital de Nulleville - Service de pneumologie
Attestation médicale
Je soussignée Docteur Inès POUMON atteste que l'enfant DELMOTTE Lina présente un asthme sévère
Le logement actuel, humide, est incompatible avec sa pathologie""",
    ),
    "ordonnance_protection": (
        """TRIBUNAL JUDICIAIRE DE NULLEVILLE
ORDONNANCE DE PROTECTION
articles 515-9 et suivants du code civil
Le juge aux affaires familiales, vu les violences vraisemblables,
fait interdiction à M. X d'entrer en contact avec Mme OKORO Blessing
l'autorise à dissimuler son domicile""",
        """GENDARMERIE NATIONALE   Brigade de Villeneuve
RÉCÉPISSÉ DE DÉPÔT DE PLAINTE
L'officier de police judiciaire certifie que Mme VERDIER Anaïs, victime, a déposé plainte le 2 mars 2025
pour violences volontaires par conjoint
Article 15-3 du code de procédure pénale""",
    ),
    "notification_mdph": (
        """Maison départementale des personnes handicapées de la Bouvière
NOTIFICATION DE DÉCISION
La CDAPH, en sa séance du 12/03/2025, vous reconnaît la qualité de travailleur handicapé (RQTH)
du 12/03/2025 au 11/03/2030
M. PETIT Gilles. Taux d'incapacité supérieur ou égal à 50 % et inférieur à 80 %
Voies de recours : recours administratif préalable obligatoire""",
        """MDPH
Commission des droits et de l'autonomie
Allocation aux adultes handicapés : ACCORD
Madame COLIN Jeanne
Décision prise en application de l'article L. 241-6 du code de l'action sociale et des familles
Taux d'incapacité 80 %""",
    ),
    "carte_mobilite_inclusion": (
        """RÉPUBLIQUE FRANÇAISE
CARTE MOBILITÉ INCLUSION
CMI  INVALIDITÉ
Nom COLIN Prénom JEANNE
Date de fin de validité 31/12/2030
N° 9900123""",
        """CARTE D'INVALIDITÉ
Article L. 241-3 du code de l'action sociale et des familles
Titulaire : M. PETIT Gilles
Taux d'incapacité : 80 %   à titre définitif
Station debout pénible""",
    ),
    "jugement_tutelle": (
        """TRIBUNAL JUDICIAIRE DE NULLEVILLE
Service des majeurs protégés
JUGEMENT D'OUVERTURE D'UNE CURATELLE RENFORCÉE
Le juge des tutelles, vu l'altération de ses facultés, place M. PETIT Gilles sous curatelle
renforcée pour 60 mois
Désigne l'UDAF en qualité de curateur""",
        """Tribunal d'instance
JUGEMENT aux fins d'HABILITATION FAMILIALE
articles 494-1 et suivants du code civil
Personne à protéger : Mme COLIN Marie
habilite sa fille Jeanne à la représenter. La personne habilitée rendra compte. Le greffier""",
    ),
    "attestation_enregistrement": (
        """ATTESTATION D'ENREGISTREMENT DÉPARTEMENTAL
DE VOTRE DEMANDE DE LOGEMENT SOCIAL
Numéro unique : 999 0124 000123 75001
Demandeur : Mme VERDIER Anaïs
Date de dépôt de la demande : 15/01/2024
Votre demande est valable un an""",
        """Attestation d'enregistrement d'une demande de logement locatif social
Votre demande a été enregistrée sous le numéro unique 999032300045699GDP
le 4 mars 2023, au guichet de la mairie de Nulleville
Elle devra être renouvelée avant le 4 mars 2024""",
    ),
    "attestation_renouvellement": (
        """ATTESTATION DE RENOUVELLEMENT
d'une demande de logement social
Numéro unique 999 0124 000123 75001
Votre demande a été renouvelée le 12 janvier 2025. Prochain renouvellement avant le 15/01/2026
Madame VERDIER Anaïs""",
        """Demande de logement locatif social
Attestation de renouvellement de la demande
Demandeur M. DELMOTTE Karim
Numéro unique d'enregistrement 999072200077799001
Date de dépôt initial 04/07/2022. Date de renouvellement 01/07/2025""",
    ),
    "cerfa_demande": (
        """cerfa N° 14069*05
Demande de logement social
Article R. 441-2-2 du code de la construction et de l'habitation
LE DEMANDEUR  Madame  Nom : VERDIER  Prénom : Anaïs  Date de naissance 14/02/1991
LE CONJOINT OU LE FUTUR CO-TITULAIRE DU BAIL : DELMOTTE Karim
VOTRE LOGEMENT ACTUEL : locataire parc privé
MOTIF DE VOTRE DEMANDE : logement trop petit
RESSOURCES MENSUELLES : 1 598 €""",
        """LE LOGEMENT QUE VOUS RECHERCHEZ
Type de logement recherché T3 T4
Localisation souhaitée : Nulleville, Villeneuve
Motif de votre demande : rapprochement du lieu de travail
Complément à la demande de logement social
Formulaire cerfa 14069""",
    ),
    "releve_bancaire": (
        """BANQUE FICTIVE DE L'OUEST
RELEVÉ DE COMPTE N° 004  du 01/03/2025 au 31/03/2025
M. DELMOTTE KARIM  compte chèques 00012345678
Date  Libellé  Date valeur  Débit  Crédit
Solde précédent 412,10
03/03 VIREMENT SALAIRE BRIQUE 1 565,76
05/03 PRELEVEMENT SEPA LOYER 702,00
Nouveau solde au 31/03/2025 : 398,20""",
        """La Banque Imaginaire
Extrait de compte
Mme VERDIER
Ancien solde créditeur au 28/02 : 102,00 €
12/03 CARTE SUPERMARCHE 43,12
14/03 RETRAIT DAB 60,00
Total des opérations 103,12  Solde créditeur au 31/03 : 88,40
Fonds de garantie des dépôts""",
    ),
    "rib": (
        """RELEVÉ D'IDENTITÉ BANCAIRE
Titulaire du compte : MME VERDIER ANAIS
Code banque 99999 Code guichet 00001 N° de compte 00012345678 Clé RIB 12
IBAN FR76 9999 9000 0100 0123 4567 812  BIC FICTFRPP
Domiciliation NULLEVILLE""",
        """Banque Imaginaire        RIB
Ce relevé est destiné à être remis à vos créanciers ou débiteurs
Intitulé du compte : M DELMOTTE KARIM
IBAN (International Bank Account Number) FR76 9999 9000 0200
Code BIC (Bank Identifier Code) IMAGFRPP""",
    ),
    "carte_vitale": (
        """l'Assurance Maladie
ATTESTATION DE DROITS À L'ASSURANCE MALADIE
Assurée : VERDIER ANAIS  N° de sécurité sociale 2 91 02 75 999 001 12
Organisme de rattachement : CPAM de Nulleville
Droits ouverts du 01/01/2025 au 31/12/2025
Bénéficiaires : DELMOTTE LINA""",
        """carte d'assurance maladie
Vitale
émise le 12/03/2015
COLIN JEANNE
2 60 05 75 999 002 15""",
    ),
    "casier_judiciaire": (
        """MINISTÈRE DE LA JUSTICE  Casier judiciaire national
BULLETIN N° 3
Article 777 du code de procédure pénale
Nom DELMOTTE Prénom Karim
NÉANT""",
        """Extrait du casier judiciaire
Relevé des condamnations à une peine privative de liberté
Concernant : VERDIER Anaïs
Néant. Fait à Nantes le 3 mars 2025""",
    ),
    "permis_conduire": (
        """RÉPUBLIQUE FRANÇAISE
PERMIS DE CONDUIRE
1. DELMOTTE 2. KARIM 3. 03.09.1978 NULLEVILLE
4a. 12.03.2015 4b. 12.03.2030 4c. Préfet de la Bouvière
9. AM A1 B""",
        """PERMIS DE CONDUIRE
République française  Modèle des Communautés européennes
Nom VERDIER  Prénoms Anaïs
Préfecture de Nulleville  Délivré le 04/05/2010
Catégories B  Valable""",
    ),
    "facture": (
        """Énergies Fictives
VOTRE FACTURE D'ÉLECTRICITÉ du 12 mars 2025
Mme VERDIER Anaïs  Référence client 9 988 776
Lieu de consommation 4 allée des Lilas  Point de livraison 09999999999999
Abonnement 12,10  Consommation 245 kWh  Total TTC 78,22 €
Prélevé le 2 avril 2025""",
        """Télécoms Imaginaires
Facture n° 20250312-1 Ligne mobile 06 99 99 99 99
Forfait 80 Go 12,99 € TVA 20 %
Montant TTC à régler avant le 25/03/2025
M. DELMOTTE Karim, votre numéro client 445566""",
    ),
    "bordereau_transmission": (
        """BORDEREAU DE TRANSMISSION
au numériseur
Code guichet : 75001   Bordereau n° B-2025-0001
Nombre de fiches : 3   Nombre de pièces annoncées : 14
Date 12/03/2025""",
        """Bordereau d'envoi de pièces justificatives
Guichet émetteur : mairie de Nulleville (75001)
Identifiant du bordereau BT99-12 du 4 avril 2025
Dossiers transmis : 2. Fiches récapitulatives : 2. Pièces : 9""",
    ),
    "fiche_recapitulative": (
        """FICHE RÉCAPITULATIVE
Numéro unique : 999 0124 000123 75001
Demandeur : VERDIER Anaïs
Bordereau B-2025-0001
Pièces annoncées : 5""",
        """Fiche récapitulative des pièces justificatives transmises
N° unique 999072200077799001
Nombre de pièces jointes : 4
carte d'identité, avis d'imposition, bulletin de salaire, quittance de loyer""",
    ),
}

# Nothing of the plan, however much it may look like it.
INCONNUS: tuple[str, ...] = (
    """TARTE AUX POMMES
Ingrédients pour 6 personnes : 4 pommes, 200 g de farine, 100 g de beurre, 2 œufs
Préchauffez le four à 180 °C
Mélangez la farine et le beurre, étalez la pâte, disposez les pommes
Cuisson 35 minutes""",
    """Chez Lulu  Brasserie
Table 12   2 couverts
2 plat du jour 29,80
1 café 2,10
TVA 10 % 2,90
Total 31,90 €  CB
Merci de votre visite""",
    """AVIS D'IMPÔT 2024
TAXE FONCIÈRE
Commune de Nulleville  Propriétés bâties
Base nette 2 310  Taux communal 31,2 %
Taxe d'enlèvement des ordures ménagères 142 €
Numéro fiscal 30 12 345 678 901 Référence de l'avis 24 75 123
Montant à payer 812 €  Direction générale des finances publiques""",
    """AVIS D'IMPÔT 2019  TAXE D'HABITATION
Contribution à l'audiovisuel public 139 €
Valeur locative brute 3 200  Abattement
Revenu fiscal de référence 21 000
Date de mise en recouvrement 31/10/2019""",
    """DEMANDE DE LOGEMENT : LISTE DES PIÈCES À FOURNIR
- carte nationale d'identité ou passeport ou titre de séjour
- livret de famille
- dernier avis d'imposition
- trois derniers bulletins de salaire
- attestation de paiement CAF
- dernière quittance de loyer
- contrat de location
- jugement de divorce le cas échéant""",
    """Madame, Monsieur,
Suite à votre courrier, nous constatons que votre bulletin de salaire de mars et votre avis d'imposition
ne nous sont pas parvenus. Merci de nous faire parvenir ces documents sous quinze jours.
Dans l'attente de votre réponse, veuillez agréer nos salutations distinguées.
Le service du courrier""",
    """PAYSLIP
Employee: Blessing OKORO   Tax code 1257L
Gross pay 2,104.00   National insurance 132.10
Net pay 1,702.22
Employer: Rainy Days Ltd""",
    """Royaume imaginaire - Banque du Levant
ATTESTATION DE SALAIRE ANNUELLE
Nous certifions que M. Amine EXEMPLE perçoit un salaire annuel de 120 000 dirhams, CNSS 998877""",
    """CURRICULUM VITAE
Anaïs VERDIER  anais@exemple.invalid
EXPÉRIENCES PROFESSIONNELLES
2019-2023 vendeuse, magasin des Pins
COMPÉTENCES : accueil, caisse, anglais. Permis de conduire B
CENTRES D'INTÉRÊT : lecture, natation""",
    """La Gazette de la résidence  Newsletter n° 12
Fête des voisins samedi 24 mai : venez nombreux !
Vide-grenier, tombola, buvette. Pensez à payer votre loyer à temps et à conserver vos quittances.
Pour se désabonner écrivez-nous""",
    """ATTESTATION D'ASSURANCE HABITATION
Nous soussignés, assureur, attestons que Mme VERDIER, sociétaire n° 998877, est garantie
pour les risques locatifs, dégâts des eaux, incendie et responsabilité civile
Contrat multirisque habitation, du 01/01/2025 au 31/12/2025""",
    """COMPROMIS DE VENTE
Le vendeur : M. PETIT  L'acquéreur : Mme COLIN
sous la condition suspensive de l'obtention d'un prêt
Indemnité d'immobilisation 5 000 €. Délai de rétractation de dix jours""",
    """Dr Jean TOUX
ORDONNANCE
Mme COLIN Jeanne
Paracétamol 1 g : 1 comprimé matin et soir pendant 7 jours
Amoxicilline, 3 gélules par jour""",
    """BULLETIN SCOLAIRE du 2ème trimestre
Élève : DELMOTTE Lina
Mathématiques 14,2  moyenne de la classe 11,8 appréciations : bon travail
Histoire-géographie 12
Avis du conseil de classe : encouragements""",
    """Garage du Pont
FACTURE N° 2025-118
Véhicule immatriculation ZZ-999-ZZ
Vidange 89,00  Main d'œuvre 2 h 120,00  Pneus 180,00
Total HT 389,00 TVA 20 % Total TTC 466,80""",
    """BULLETIN DE PAIE
Employeur : ......................................
Nom du salarié : ..............................
Emploi : ....................................
Salaire de base : ..........................
Cotisations : ..............................
Net à payer : ..............................
Date : ......... Signature : ...............""",
    """ATTESTATION D'HÉBERGEMENT
Je soussigné(e) ............................................
né(e) le .................. à .............................
atteste sur l'honneur héberger à mon domicile
M. / Mme ...................................................
depuis le ..................
Fait à ..................... le ..................""",
    """Le brouillard tombait sur la vallée lorsque le vieux pêcheur rentra. Il posa ses filets,
alluma la lampe
et regarda longtemps la mer. Personne, pensa-t-il, ne viendrait plus ce soir. Au loin une cloche sonna
et le chien leva la tête, puis se rendormit près du feu.""",
    """DÉCLARATION DE PERTE DE CARTE NATIONALE D'IDENTITÉ
cerfa 14011
Tiphaine GOUARIN, née le 12/04/1991, déclare avoir perdu sa carte le 03/05/2026
Récépissé valable deux mois""",
    """France Travail
Monsieur Karim SOUMAHORO
Vous êtes convoqué à un entretien le 12/06/2026 à 14 h avec votre conseiller. Votre absence peut entraîner
la radiation de la liste des demandeurs d'emploi.""",
    """CONTRAT DE LOCATION DE VÉHICULE
Loueur : Autos du Lointain. Locataire : Maud KOROMA. Véhicule ZZ-999-ZZ, du 03/05/2026 au 06/05/2026
Kilométrage inclus 300. Caution 800 €.""",
    """Rokhaya MBARGAYE
29 chemin des Trois Horizons
Objet : fuite dans la salle de bains
Madame, Monsieur,
Je vous signale pour la troisième fois que la fuite n'est toujours pas réparée, malgré un plombier.
Je paie mon loyer régulièrement, dont je vous joins la quittance. Je vous prie d'intervenir rapidement.
Montrien, le 17 juin 2026""",
    """Auto-École du Vent Contraire
Fiche de suivi – livret d'apprentissage
Étape Date Visa moniteur
Maîtriser le véhicule 12/03/2026 ok
Appréhender la route
Élève : Loïc VIGNERESSE. 20 heures de conduite – code obtenu""",
)
