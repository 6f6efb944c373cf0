"""Owns the one table of sentences that explain a verdict on readability (R6)."""

from __future__ import annotations

from intake.domain.lecture import Qualite, RaisonQualite

# What a demandeur reads on his phone: what is wrong, then what to do.
PHRASES: dict[str, str] = {
    RaisonQualite.FLOU: "La photo est floue : posez le téléphone ou tenez-le à deux mains, puis recommencez.",
    RaisonQualite.SOMBRE: "La photo est trop sombre : approchez-vous d'une fenêtre ou allumez une lampe.",
    RaisonQualite.REFLET: "Un reflet cache une partie du texte : inclinez le document ou éteignez le flash.",
    RaisonQualite.COUPE: "Le document est coupé : reculez pour que les quatre bords soient visibles.",
    RaisonQualite.TROP_PETIT: "Le texte est trop petit : rapprochez-vous pour que le document remplisse "
    "l'image.",
    RaisonQualite.VIDE: "La page est vide : vérifiez que vous avez choisi la bonne face.",
    RaisonQualite.PENCHE: "Le document est penché : placez-vous bien au-dessus et redressez-le.",
    RaisonQualite.MASQUE: "Un doigt ou un objet cache une partie du document : dégagez-le.",
    RaisonQualite.DOCUMENT_ABSENT: "Aucun document n'est visible : cadrez la page à envoyer.",
}


def sentences(qualite: Qualite) -> tuple[str, ...]:
    """The reasons of a verdict as a demandeur reads them."""
    return tuple(PHRASES[r] for r in qualite.raisons if r in PHRASES)
