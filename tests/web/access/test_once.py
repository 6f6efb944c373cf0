"""What serves once serves once, also to those who come at the same moment, on SQLite and PostgreSQL."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from intake.domain.acces import SYSTEME, Portee, Role
from intake.errors import CompteInvalide, IdentifiantsInvalides, IntakeError
from readings import N1
from site_on import TurnedClock, site_on
from storage.access import SqlJetons
from web.access.secret import totp_code
from web.mail import deliver
from web.wiring import Site

pytestmark = pytest.mark.slow  # each test opens a whole site


@pytest.fixture
def at(database_url: str, tmp_path: Path) -> Iterator[tuple[Site, TurnedClock]]:
    with site_on(tmp_path, database_url) as made:
        yield made


@dataclass(frozen=True)
class Fixed:
    moment: datetime

    def now(self) -> datetime:
        return self.moment


def mailed_code(site: Site) -> str:
    assert site.demandeurs.demander(N1, date(1985, 4, 12))
    deliver(site.uow, site.mailer, site.clock)
    (mail,) = (site.settings.data / "courriers").glob("*.eml")
    found = re.search(r"\b\d{6}\b", mail.read_text())
    assert found is not None
    return found[0]


def at_once(acts: Sequence[Callable[[], object]]) -> Counter[str]:
    ready, told = threading.Barrier(len(acts)), list[str]()

    def run(act: Callable[[], object]) -> None:
        ready.wait()
        try:
            act()
            told.append("fait")
        except IntakeError as e:
            told.append(e.code)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(told)


def seen_at(site: Site, code: str, back: int) -> Callable[[], object]:
    """Sign in by a request that looked at the clock some milliseconds before it came to the database."""
    clock = Fixed(site.clock.now() - timedelta(milliseconds=back))
    return lambda: replace(site.demandeurs, clock=clock).connecter(N1, code)


def test_a_code_has_served_whatever_the_clock_of_who_comes_next(at: tuple[Site, TurnedClock]) -> None:
    site, _ = at
    code = mailed_code(site)
    seen_at(site, code, 0)()
    with pytest.raises(IdentifiantsInvalides):
        seen_at(site, code, 1)()


def test_a_code_opens_one_session_to_those_who_come_at_once(at: tuple[Site, TurnedClock]) -> None:
    site, _ = at
    code = mailed_code(site)
    told = at_once([seen_at(site, code, n) for n in range(4)])
    assert told == {"fait": 1, "IDENTIFIANTS_INVALIDES": 3}


def test_a_step_of_the_second_factor_opens_one_session(at: tuple[Site, TurnedClock]) -> None:
    site, clock = at
    who = site.agents.creer(SYSTEME, "alice", "Alice", "a@b.invalid", Role.AGENT_GUICHET, guichet="75001")
    code = totp_code(who.totp, clock.now())
    told = at_once([lambda: site.agents.connecter("alice", who.mot_de_passe, code)] * 4)
    assert told == {"fait": 1, "IDENTIFIANTS_INVALIDES": 3}


def test_a_token_is_renewed_once(at: tuple[Site, TurnedClock]) -> None:
    site, _ = at
    jeton, _ = site.jetons.creer(
        SYSTEME, "L", "75001", Role.AGENT_GUICHET, [Portee.LECTURE], "d@exemple.invalid"
    )
    told = at_once([lambda: site.jetons.renouveler(SYSTEME, jeton.id)] * 4)
    assert told == {"fait": 1, "COMPTE_INVALIDE": 3}


def test_a_token_revoked_while_it_is_renewed_stays_revoked(
    at: tuple[Site, TurnedClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, clock = at
    jeton, _ = site.jetons.creer(
        SYSTEME, "L", "75001", Role.AGENT_GUICHET, [Portee.LECTURE], "d@exemple.invalid"
    )
    with site.uow() as tx:
        tx.acces.jetons.changer(jeton.id, revoque_le=clock.now())
        tx.commit()
    monkeypatch.setattr(SqlJetons, "lire", lambda self, id_: jeton)  # as it was read just before
    with pytest.raises(CompteInvalide):
        site.jetons.renouveler(SYSTEME, jeton.id)
