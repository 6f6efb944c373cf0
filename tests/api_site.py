"""The service over a real site, with an account or a token of each role, and pieces of two households."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from intake.domain.acces import ROLES_AGENT, SYSTEME, Acteur, Compte, Portee, Role
from intake.domain.envoi import Envoi, Incident, Piece
from intake.domain.motif import Canal, Gravite, Motif, StatutEnvoi, StatutPiece
from readings import N1, N2, page
from site_on import TurnedClock, site_on
from warm import warm_sandboxes
from web.access.sessions import demandeur, open_session
from web.api.app import create_api
from web.wiring import Site

GUICHET, AUTRE = "75001", "75002"
HABILITE = "agent_guichet habilité"
LOGICIEL = "logiciel du guichet"


def pdf(words: str = "", pages: int = 1) -> bytes:
    images = [Image.new("RGB", (420, 594), (255 - n, 255, 255)) for n in range(pages)]
    out = io.BytesIO()
    images[0].save(out, "PDF", save_all=True, append_images=images[1:], title=words, resolution=72)
    return out.getvalue()


@dataclass
class ApiSite:
    site: Site
    clock: TurnedClock
    client: FlaskClient
    tokens: dict[str, str]

    def call(self, who: str | None, method: str, path: str, **more: Any) -> TestResponse:
        headers = dict(more.pop("headers", {}))
        if who is not None:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        return self.client.open(path, method=method, headers=headers, **more)

    def get(self, who: str | None, path: str, **more: Any) -> TestResponse:
        return self.call(who, "GET", f"/api/v1{path}", **more)

    def post(self, who: str | None, path: str, **more: Any) -> TestResponse:
        return self.call(who, "POST", f"/api/v1{path}", **more)

    def deposit(self, who: str | None, path: str, content: bytes, name: str = "scan.pdf", **more: Any) -> Any:
        fields = more.pop("fields", {})
        data = {"fichier": (io.BytesIO(content), name), **fields}
        return self.post(who, path, data=data, content_type="multipart/form-data", **more)

    def lines(self) -> list[str]:
        with self.site.uow() as tx:
            return [f"{line.action} {line.contenu}" for line in tx.journal.lignes()]


@contextmanager
def api_on(tmp_path: Path, database_url: str | None = None, **more: object) -> Iterator[ApiSite]:
    settings = {"api_rate": "100000 per minute", **more}
    with warm_sandboxes(), site_on(tmp_path, database_url, **settings) as (site, clock):
        app = create_api(site)
        app.testing = False  # errors are answers, as in production
        made = ApiSite(site, clock, app.test_client(), _tokens(site))
        try:
            yield made
        finally:
            app.extensions["views"].close()
            app.extensions["coupe"].close()
            app.extensions["regards"].close()


def _tokens(site: Site) -> dict[str, str]:
    now = site.clock.now()
    tokens = {}
    with site.uow() as tx:
        for name, role in [*((r.value, r) for r in sorted(ROLES_AGENT)), (HABILITE, Role.AGENT_GUICHET)]:
            account = Compte(
                id=f"id-{name}",
                identifiant=name.replace(" ", "-"),
                nom="Alice Dupré",
                courriel="alice@exemple.invalid",
                role=role,
                mot_de_passe="-",
                totp="-",
                cree_le=now,
                guichet=GUICHET,
                sensible=name == HABILITE,
            )
            tx.acces.comptes.ajouter(account)
            tokens[name] = open_session(tx, account.acteur, now, compte=account.id).jeton
        tokens[Role.DEMANDEUR.value] = open_session(tx, demandeur(N1), now).jeton
        tx.commit()
    for name, role, scopes in (
        (Role.NUMERISEUR.value, Role.NUMERISEUR, list(Portee)),
        (LOGICIEL, Role.AGENT_GUICHET, list(Portee)),
        ("logiciel sans portée utile", Role.AGENT_GUICHET, [Portee.LECTURE]),
        *((f"logiciel {p.value}", Role.AGENT_GUICHET, [p]) for p in Portee),
    ):
        _, tokens[name] = site.jetons.creer(SYSTEME, name, GUICHET, role, scopes, "dsi@exemple.invalid")
    return tokens


def acteur_de(api: ApiSite, who: str) -> Acteur:
    return api.site.reconnaitre(api.tokens[who])


PIECES = {
    "E1-0001": ("E1", N1, "bail", "LOG", StatutPiece.DEPOSEE),
    "E1-0002": ("E1", N1, "depot_plainte", "MOS", StatutPiece.DEPOSEE),  # sensitive
    "E1-0003": ("E1", N1, "quittance_loyer", "LOG", StatutPiece.EN_ATTENTE),
    "E2-0001": ("E2", N2, "bail", "LOG", StatutPiece.DEPOSEE),
    "E3-0001": ("E3", N1, "bail", "LOG", StatutPiece.A_VERIFIER),
}
SENDERS = {"E1": f"guichet:{GUICHET}", "E2": f"guichet:{AUTRE}", "E3": f"demandeur:{N1}"}


def sensitive_type(site: Site) -> tuple[str, str]:
    with site.uow() as tx:
        plan = tx.plans.en_vigueur(site.clock.now().date())
    return next((t.code, t.categorie) for t in plan.types.values() if t.categorie == "MOS")


def fill(api: ApiSite) -> None:
    fill_site(api.site)


def fill_site(site: Site) -> None:
    """Two households' pieces, one of them sensitive; an incident for each piece and one without piece."""
    now = site.clock.now()
    kind, category = sensitive_type(site)
    content = pdf("pièce", 2)
    sha256 = hashlib.sha256(content).hexdigest()
    key = site.objects.put(io.BytesIO(content), sha256=sha256, size=len(content), media="application/pdf")
    whole = pdf("envoi", 6)
    whole_sha256 = hashlib.sha256(whole).hexdigest()
    original = site.objects.put(
        io.BytesIO(whole), sha256=whole_sha256, size=len(whole), media="application/pdf"
    )
    with site.uow() as tx:
        for envoi, sender in SENDERS.items():
            canal = Canal.DEMANDEUR if sender.startswith("demandeur") else Canal.GUICHET
            tx.envois.ajouter(
                Envoi(
                    envoi,
                    "scan.pdf",
                    whole_sha256,
                    len(whole),
                    canal,
                    now,
                    original,
                    deposant=sender,
                    statut=StatutEnvoi.TRAITEE,
                    pages=6,
                )
            )
            first, then = "Numéro 2 85 04 75 123 456 78", "suite"
            read = [p for n in (1, 3, 5) for p in (page(n, first, "loyer"), page(n + 1, then))]
            tx.lectures.ecrire(envoi, read)
        for rank, (id_, (envoi, demande, type_, categorie, statut)) in enumerate(PIECES.items(), 1):
            sensitive = id_ == "E1-0002"
            of_envoi = int(id_[-1])
            filed = statut is StatutPiece.DEPOSEE
            place = (category if sensitive else categorie, "")
            tx.pieces.ajouter(
                Piece(
                    id=id_,
                    envoi=envoi,
                    rang=rank,
                    pages=(2 * of_envoi - 1, 2 * of_envoi),
                    type=kind if sensitive else type_,
                    categorie=place[0],
                    statut=statut,
                    confidence=0.9,
                    sha256=sha256,
                    objet=key,
                    recu_le=now + timedelta(seconds=rank),
                    demande=demande,
                    motif=Motif.CATEGORIE_PLEINE if statut is StatutPiece.EN_ATTENTE else None,
                    occupe=place if filed else None,
                )
            )
            if filed:
                tx.places.prendre(demande, *place, 9)
            tx.incidents.ajouter(
                Incident(
                    f"{id_}-I",
                    envoi,
                    Motif.ILLISIBLE,
                    (1,),
                    f"à voir {id_}",
                    now,
                    Gravite.SENSIBLE if sensitive else Gravite.A_TRAITER,
                    id_,
                )
            )
        tx.incidents.ajouter(Incident("E1-I0001", "E1", Motif.COMPTE_INEXACT, (1,), "compte", now))
        tx.commit()
