"""Sign-in of agents, demandeurs and software, on SQLite and PostgreSQL (R30, R31, R38)."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from intake.domain.acces import SYSTEME, Portee, Role
from intake.domain.journal import Verification
from intake.errors import AuthentificationRequise, CompteInvalide, IdentifiantsInvalides, ReglageInvalide
from readings import N1, N2
from servers import SmtpServer
from site_on import TurnedClock, site_on
from web.access import secret
from web.access.agents import Remis
from web.access.secret import SiteKey, totp_code
from web.mail import deliver
from web.wiring import Site

pytestmark = pytest.mark.slow

BORN = date(1985, 4, 12)


@pytest.fixture
def at_full_cost(database_url: str, tmp_path: Path) -> Iterator[tuple[Site, TurnedClock]]:
    with site_on(tmp_path, database_url) as made:
        yield made


@pytest.fixture
def at(at_full_cost: tuple[Site, TurnedClock], monkeypatch: pytest.MonkeyPatch) -> tuple[Site, TurnedClock]:
    """Passwords hashed by the same function, without the time that it takes on purpose."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(secret, "_hasher", quick)
    monkeypatch.setattr(secret, "_NOBODY", quick.hash("personne"))
    return at_full_cost


def alice(site: Site) -> Remis:
    return site.agents.creer(
        SYSTEME, "alice", "Alice Dupré", "alice@exemple.invalid", Role.AGENT_GUICHET, guichet="75001"
    )


def sign_in(site: Site, who: Remis) -> str:
    code = totp_code(who.totp, site.clock.now())
    return site.agents.connecter(who.compte.identifiant, who.mot_de_passe, code).jeton


def test_an_agent_signs_in_with_both_factors_and_is_known_by_the_session(
    at_full_cost: tuple[Site, TurnedClock],
) -> None:
    site, _ = at_full_cost
    token = sign_in(site, alice(site))
    actor = site.reconnaitre(token)
    assert (actor.id, actor.role, actor.guichet, actor.habilite) == (
        "agent:alice",
        Role.AGENT_GUICHET,
        "75001",
        False,
    )
    with site.uow() as tx:
        account = tx.acces.comptes.lire("alice")
        checking = Verification()
        assert list(checking(tx.journal.lignes())) == []
    assert account is not None
    assert account.mot_de_passe.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert checking.lignes == 2


def test_a_code_serves_once(at: tuple[Site, TurnedClock]) -> None:
    site, clock = at
    who = alice(site)
    sign_in(site, who)
    with pytest.raises(IdentifiantsInvalides):
        sign_in(site, who)
    clock.advance(seconds=30)
    sign_in(site, who)


@pytest.mark.parametrize("wrong", ["password", "code", "name", "disabled"])
def test_whatever_is_wrong_the_answer_is_the_same(at: tuple[Site, TurnedClock], wrong: str) -> None:
    site, clock = at
    who = alice(site)
    code = totp_code(who.totp, clock.now())
    name, password = "alice", who.mot_de_passe
    if wrong == "password":
        password = "un autre mot de passe"
    elif wrong == "code":
        code = f"{(int(code) + 1) % 10**6:06d}"
    elif wrong == "name":
        name = "bob"
    else:
        site.agents.desactiver(SYSTEME, "alice")
    with pytest.raises(IdentifiantsInvalides, match="Identifiant, mot de passe ou code refusé"):
        site.agents.connecter(name, password, code)


def test_five_failures_close_the_door_even_to_the_right_password(at: tuple[Site, TurnedClock]) -> None:
    site, clock = at
    who = alice(site)
    for _ in range(5):
        with pytest.raises(IdentifiantsInvalides):
            site.agents.connecter("alice", "pas celui-là du tout", "000000")
    with pytest.raises(IdentifiantsInvalides):
        sign_in(site, who)
    clock.advance(minutes=15, seconds=1)
    sign_in(site, who)


def test_guesses_at_the_same_time_do_not_get_more_tries(at_full_cost: tuple[Site, TurnedClock]) -> None:
    site, _ = at_full_cost
    who = alice(site)
    judged: list[str] = []
    real = secret.check_password

    def counted(kept: str | None, given: str) -> bool:
        if kept is not None:
            judged.append(given)
        return real(kept, given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("web.access.secret.check_password", counted)

        def guess() -> None:
            with pytest.raises(IdentifiantsInvalides):
                site.agents.connecter(who.compte.identifiant, "au hasard, encore", "000000")

        threads = [threading.Thread(target=guess) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(judged) <= 5


def test_a_session_ends_by_idleness_by_time_by_hand_and_with_its_account(
    at: tuple[Site, TurnedClock],
) -> None:
    site, clock = at
    who = alice(site)
    token = sign_in(site, who)
    for _ in range(19):  # used all along, it lasts
        clock.advance(minutes=29)
        site.reconnaitre(token)
    clock.advance(minutes=60)
    with pytest.raises(AuthentificationRequise):
        site.reconnaitre(token)
    token = sign_in(site, who)
    clock.advance(minutes=31)
    with pytest.raises(AuthentificationRequise):
        site.reconnaitre(token)
    token = sign_in(site, who)
    site.agents.desactiver(SYSTEME, "alice")
    with pytest.raises(AuthentificationRequise):
        site.reconnaitre(token)
    site.agents.reactiver(SYSTEME, "alice")
    clock.advance(minutes=1)
    sign_in(site, who)
    lost = site.agents.renouveler(SYSTEME, "alice")
    clock.advance(minutes=1)
    with pytest.raises(IdentifiantsInvalides):
        sign_in(site, who)
    clock.advance(minutes=1)
    sign_in(site, lost)


@pytest.mark.parametrize("token", ["", "dus_", "dus_faux", "duj_", "duj_abc_faux", "duj___", "autre", "é"])
def test_what_is_no_token_is_nobody(at: tuple[Site, TurnedClock], token: str) -> None:
    with pytest.raises(AuthentificationRequise):
        at[0].reconnaitre(token)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Alice", {}),
        ("a", {}),
        ("alice", {"nom": " "}),
        ("alice", {"courriel": "rien"}),
        ("alice", {"guichet": None}),
        ("alice", {"role": Role.NUMERISEUR}),
        ("alice", {"role": Role.CONSULTANT_SIMPLE, "guichet": None}),
        ("alice", {"mot_de_passe": "court"}),
    ],
)
def test_an_account_is_a_named_person_with_a_place(
    at: tuple[Site, TurnedClock], name: str, values: dict[str, object]
) -> None:
    usual = {"nom": "A", "courriel": "a@b.invalid", "role": Role.AGENT_GUICHET, "guichet": "75001"}
    with pytest.raises(CompteInvalide):
        at[0].agents.creer(SYSTEME, name, **{**usual, **values})  # type: ignore[arg-type]


def test_no_two_accounts_of_one_name(at: tuple[Site, TurnedClock]) -> None:
    alice(at[0])
    with pytest.raises(CompteInvalide, match="existe déjà"):
        alice(at[0])


def code_in(outbox: Path) -> str:
    newest = max(outbox.glob("*.eml"), key=lambda p: p.stat().st_mtime_ns)
    found = re.search(r"\b\d{6}\b", newest.read_text())
    assert found is not None
    return found[0]


def ask(site: Site, numero: str = N1, born: date = BORN) -> str | None:
    if not site.demandeurs.demander(numero, born):
        return None
    deliver(site.uow, site.mailer, site.clock)
    return code_in(site.settings.data / "courriers")


def test_a_demandeur_signs_in_with_a_code_sent_by_mail(at: tuple[Site, TurnedClock]) -> None:
    site, _ = at
    code = ask(site)
    assert code is not None
    opened = site.demandeurs.connecter(N1, code)
    actor = site.reconnaitre(opened.jeton)
    assert (actor.role, actor.numero, actor.habilite) == (Role.DEMANDEUR, N1, True)
    assert actor.suit(N1, None)
    assert not actor.suit(N2, None)
    with pytest.raises(IdentifiantsInvalides):
        site.demandeurs.connecter(N1, code)  # it has served


def test_no_mail_without_the_right_birth_date_or_an_address(at: tuple[Site, TurnedClock]) -> None:
    site, _ = at
    assert ask(site, N1, date(1985, 4, 13)) is None
    assert ask(site, N2) is None
    assert ask(site, "999012400099999999") is None


def test_a_code_is_tried_five_times_for_ten_minutes_and_asked_for_five_times_an_hour(
    at: tuple[Site, TurnedClock],
) -> None:
    site, clock = at
    code = ask(site)
    assert code is not None
    for _ in range(5):
        with pytest.raises(IdentifiantsInvalides):
            site.demandeurs.connecter(N1, f"{(int(code) + 1) % 10**6:06d}")
    with pytest.raises(IdentifiantsInvalides):
        site.demandeurs.connecter(N1, code)
    code = ask(site)
    assert code is not None
    clock.advance(minutes=10, seconds=1)
    with pytest.raises(IdentifiantsInvalides):
        site.demandeurs.connecter(N1, code)
    assert [ask(site) is not None for _ in range(5)] == [True, True, True, False, False]
    clock.advance(minutes=61)
    assert ask(site) is not None


def software(site: Site, **more: object) -> tuple[str, str]:
    made, text = site.jetons.creer(
        SYSTEME,
        "Logiciel du guichet",
        "75001",
        Role.AGENT_GUICHET,
        [Portee.DEPOT],
        "dsi@exemple.invalid",
        **more,  # type: ignore[arg-type]
    )
    return made.id, text


def test_a_token_of_software_is_scoped_and_its_secret_kept_nowhere(at: tuple[Site, TurnedClock]) -> None:
    site, clock = at
    id_, text = software(site, jours=30)
    actor = site.reconnaitre(text)
    assert (actor.id, actor.guichet, actor.portees) == (f"logiciel:{id_}", "75001", frozenset({Portee.DEPOT}))
    with pytest.raises(AuthentificationRequise):
        site.reconnaitre(text + "x")
    with site.uow() as tx:
        kept = tx.acces.jetons.lire(id_)
    assert kept is not None
    assert kept.dernier_usage == clock.now()
    assert text not in repr(kept)
    clock.advance(days=30)
    with pytest.raises(AuthentificationRequise):
        site.reconnaitre(text)


def test_rotation_leaves_the_old_token_some_days(at: tuple[Site, TurnedClock]) -> None:
    site, clock = at
    id_, old = software(site)
    new_id, new = site.jetons.renouveler(SYSTEME, id_, chevauchement=7)
    assert site.reconnaitre(new).guichet == site.reconnaitre(old).guichet
    with pytest.raises(CompteInvalide):
        site.jetons.renouveler(SYSTEME, id_)
    clock.advance(days=7, seconds=1)
    with pytest.raises(AuthentificationRequise):
        site.reconnaitre(old)
    site.jetons.revoquer(SYSTEME, new_id.id)
    with pytest.raises(AuthentificationRequise):
        site.reconnaitre(new)


@pytest.mark.real
def test_the_end_of_a_token_is_announced_three_times_by_mail(tmp_path: Path, smtp_server: SmtpServer) -> None:
    with site_on(tmp_path, smtp_url=smtp_server.url) as (site, clock):
        software(site, jours=90)
        told: list[int] = []
        for day in range(91):
            site.jetons.prevenir()
            site.jetons.prevenir()
            deliver(site.uow, site.mailer, site.clock)
            told += [90 - day] * (len(smtp_server.messages) - len(told))
            clock.advance(days=1)
        assert told == [60, 30, 7]
        assert (
            smtp_server.messages[0]["Subject"] == "Alerte de fin de vie du certificat pour le guichet 75001"
        )
        assert smtp_server.messages[0]["To"] == "dsi@exemple.invalid"


@pytest.mark.real
def test_a_mail_that_is_refused_is_kept_and_sent_later(tmp_path: Path, smtp_server: SmtpServer) -> None:
    with site_on(tmp_path, smtp_url=smtp_server.url) as (site, clock):
        smtp_server.refuse = True
        assert site.demandeurs.demander(N1, BORN)
        assert deliver(site.uow, site.mailer, clock) == (0, 1)
        smtp_server.refuse = False
        assert deliver(site.uow, site.mailer, clock) == (0, 0)  # not at once
        clock.advance(minutes=2)
        assert deliver(site.uow, site.mailer, clock) == (1, 0)
        assert "Votre code" in smtp_server.messages[0]["Subject"]


def test_what_one_key_sealed_another_does_not_open() -> None:
    sealed = SiteKey(b"a" * 32).seal("JBSWY3DPEHPK3PXP")
    assert SiteKey(b"a" * 32).unseal(sealed) == "JBSWY3DPEHPK3PXP"
    with pytest.raises(ReglageInvalide):
        SiteKey(b"b" * 32).unseal(sealed)
    assert "aaa" not in repr(SiteKey(b"a" * 32))
