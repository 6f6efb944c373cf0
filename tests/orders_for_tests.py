"""Orders sent to the API about the pieces of `api_site`, and an envoi of which a page group is held."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from api_site import GUICHET, ApiSite
from intake.domain.acces import Role
from intake.domain.motif import Canal, Motif, StatutEnvoi, StatutPiece
from readings import MARTIN, N2, page, piece

AGENT, NUM, GESTIONNAIRE = Role.AGENT_GUICHET.value, Role.NUMERISEUR.value, Role.GESTIONNAIRE.value
BAIL, UNKNOWN = "E1-0001", "999012400099975001"


def order(api: ApiSite, path: str, who: str = AGENT, **asked: Any) -> Any:
    headers = asked.pop("headers", {})
    return api.post(who, path, json={"raison": "vu sur l'original", **asked}, headers=headers)


def says(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def listed(api: ApiSite, who: str, query: str) -> list[str]:
    return [i["id"] for i in api.get(who, f"/incidents?{query}").get_json()["elements"]]


def mine_too(api: ApiSite) -> None:
    """The second household is registered by the same guichet."""
    with api.site.uow() as tx:
        other = tx.registre.chercher(N2)
        assert other is not None
        tx.registre.enregistrer(replace(other, guichet=GUICHET))
        tx.commit()


def held_group(api: ApiSite, sender: str = f"guichet:{GUICHET}") -> str:
    """An envoi whose only piece is under a number that nobody knows."""
    with api.site.uow() as tx:
        like, envoi = tx.pieces.lire("E3-0001"), tx.envois.lire("E3")
        assert like is not None
        assert envoi is not None
        kept = replace(
            envoi, id="E9", deposant=sender, canal=Canal.NUMERISEUR, statut=StatutEnvoi.QUARANTAINE
        )
        tx.envois.ajouter(kept)
        tx.lectures.ecrire("E9", [page(1, "A", MARTIN, code=UNKNOWN), piece(2, "bail", MARTIN)])
        tx.pieces.ajouter(
            replace(
                like, id="E9-0001", envoi="E9", rang=1, pages=(2,), demande=None, numero_lu=UNKNOWN,
                motif=Motif.NUMERO_INCONNU, statut=StatutPiece.A_VERIFIER,
            )
        )  # fmt: skip
        incident = tx.incidents.lire("E1-I0001")
        assert incident is not None
        motif = Motif.NUMERO_INCONNU
        tx.incidents.ajouter(replace(incident, id="E9-I0001", envoi="E9", motif=motif, pages=(1, 2)))
        tx.commit()
    return "E9"
