"""One tree of errors: a stable code, a sentence for a person, a hint, and whether trying again can help.

The codes are the motifs of ``spec/cli.md`` where the mistake is in the material, and API codes elsewhere.
A library's exception never leaves the module that called the library: it becomes one of these.
"""

from __future__ import annotations


class IntakeError(Exception):
    """A refusal that a person can act on."""

    code = "ERREUR_INTERNE"
    hint = "Signalez ce message à l'exploitant du service."
    retryable = False

    def __init__(self, message: str, *, hint: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if hint is not None:
            self.hint = hint
        if code is not None:
            self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross the border of the reading process; pickle would otherwise lose hint and code.
        return (_rebuild, (type(self), self.message, self.hint, self.code))


def _rebuild(kind: type[IntakeError], message: str, hint: str, code: str) -> IntakeError:
    return kind(message, hint=hint, code=code)


class FormatRefuse(IntakeError):
    """The bytes are of no accepted format (R4)."""

    code = "FORMAT_REFUSE"
    hint = "Envoyez un PDF, ou une image JPEG, PNG, TIFF, HEIC, WebP ou BMP."


class FichierCorrompu(IntakeError):
    """An accepted format, but empty, truncated or broken (R4)."""

    code = "FICHIER_CORROMPU"
    hint = "Numérisez ou photographiez le document à nouveau, puis renvoyez-le."


class FichierProtege(IntakeError):
    """Encrypted: it opens with a password only (R4)."""

    code = "FICHIER_PROTEGE"
    hint = "Enregistrez le document sans mot de passe, puis renvoyez-le."


class TropVolumineux(IntakeError):
    """Too many bytes, pages or pixels, also once decompressed (R4)."""

    code = "TROP_VOLUMINEUX"
    hint = "Envoyez le document en plusieurs fichiers, ou numérisez-le à 300 points par pouce au plus."


class VirusTrouve(IntakeError):
    """The antivirus knows something harmful in the bytes; they are kept, and opened by nobody."""

    code = "VIRUS"
    hint = "Vérifiez votre appareil avec un antivirus, puis envoyez une copie saine du document."


class AntivirusIndisponible(IntakeError):
    """It gave no verdict: the file waits, unopened, until it does."""

    code = "ANTIVIRUS_INDISPONIBLE"
    hint = "Rien n'est perdu : le fichier est gardé, et sera examiné quand l'antivirus répondra."
    retryable = True


class CategoriePleine(IntakeError):
    """The category holds as many pieces as its limit allows (R19)."""

    code = "CATEGORIE_PLEINE"
    hint = "Remplacez une pièce obsolète ou en double de cette catégorie."


class DemandeInconnue(IntakeError):
    code = "NUMERO_INCONNU"
    hint = "Vérifiez le numéro unique, ou importez la demande dans le registre."


class PieceInconnue(IntakeError):
    code = "PIECE_INCONNUE"
    hint = "Vérifiez l'identifiant de la pièce."


class ChangementImpossible(IntakeError):
    """Somebody else was faster, or the piece is not in a state that allows it: nothing has changed."""

    code = "CHANGEMENT_IMPOSSIBLE"
    hint = "Relisez l'état de la pièce : elle a pu changer entre-temps."


class NomContraire(IntakeError):
    """The names on a piece are of nobody in the demande it would go to (R14)."""

    code = "IDENTITE_INCOHERENTE"
    hint = "Vérifiez le numéro ; si c'est bien lui, redites-le en confirmant malgré le nom."


class IncidentInconnu(IntakeError):
    code = "INCIDENT_INCONNU"
    hint = "Vérifiez l'identifiant de l'incident."


class EnvoiInconnu(IntakeError):
    code = "ENVOI_INCONNU"
    hint = "Vérifiez l'identifiant de l'envoi."


class DonneeRefusee(IntakeError):
    """A value that the database cannot hold: a NUL in a text, a number out of its range."""

    code = "REQUETE_INVALIDE"
    hint = "Corrigez la valeur : rien n'a été changé."


class RegistreInvalide(IntakeError):
    """A line of a register, or a plan de classement, that cannot be loaded."""

    code = "REGISTRE_INVALIDE"
    hint = "Corrigez la ligne indiquée, puis recommencez : rien n'a été chargé."


class DemandeExistante(RegistreInvalide):
    """A demande to create whose number leads to one already, be it as an alias."""

    code = "DEMANDE_EXISTANTE"
    hint = "Vérifiez le numéro ; si c'est bien lui, modifiez la demande qui existe."


class PlanInconnu(IntakeError):
    """No plan de classement was in force on that day (R18)."""

    code = "PLAN_INCONNU"
    hint = "Donnez un jour où un plan est en vigueur, ou ajoutez-en un avec « flask plan import »."


class StockageIndisponible(IntakeError):
    """The database or the object store does not answer, or answered with other bytes than were written."""

    code = "STOCKAGE_INDISPONIBLE"
    hint = "Rien n'est perdu : relancez la commande quand le stockage répond."
    retryable = True


class ObjetAbsent(StockageIndisponible):
    code = "OBJET_ABSENT"
    hint = "Lancez « flask storage check » pour connaître l'étendue du manque."
    retryable = False


class ObjetAltere(StockageIndisponible):
    code = "OBJET_ALTERE"
    hint = (
        "Ne remplacez rien : restaurez l'objet depuis une sauvegarde, puis relancez « flask storage check »."
    )
    retryable = False


class ComptePagesFaux(IntakeError):
    """The pages of the plan do not add up to the pages of the file: nothing of it may be filed."""

    code = "COMPTE_PAGES_FAUX"


class ReglageInvalide(IntakeError):
    """A setting of the environment that cannot be used."""

    code = "REGLAGE_INVALIDE"
    hint = "Corrigez la variable d'environnement indiquée."


class AuthentificationRequise(IntakeError):
    code = "AUTHENTIFICATION_REQUISE"
    hint = "Connectez-vous, ou donnez un jeton en cours de validité."


class IdentifiantsInvalides(IntakeError):
    """One error for all that can be wrong at sign-in: which it was is nobody's business."""

    code = "IDENTIFIANTS_INVALIDES"
    hint = "Vérifiez la saisie ; après 5 échecs, l'accès reste fermé 15 minutes."


class ConnexionRefusee(IntakeError):
    """A sign-in through the identity provider that proves nothing, or is of nobody known here."""

    code = "OIDC_REFUSE"
    hint = "Recommencez la connexion ; si le refus persiste, voyez votre gestionnaire territorial."


class FournisseurIndisponible(IntakeError):
    code = "OIDC_INDISPONIBLE"
    hint = "Recommencez dans un instant ; les comptes locaux se connectent toujours."
    retryable = True


class DroitsInsuffisants(IntakeError):
    code = "DROITS_INSUFFISANTS"
    hint = "Demandez ce droit au gestionnaire territorial."


class CompteInvalide(IntakeError):
    """An account or a token that cannot be made as it was asked for, or that does not exist."""

    code = "COMPTE_INVALIDE"
    hint = "Corrigez la demande, puis recommencez : rien n'a été changé."


class MessagerieIndisponible(IntakeError):
    code = "MESSAGERIE_INDISPONIBLE"
    hint = "Le courrier est gardé, et sera envoyé quand la messagerie répondra."
    retryable = True
