"""Every page has one place, whatever the bundle; sheets open dossiers, separators and headings cut pieces."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from intake.decoupage import Decoupage
from intake.domain.lecture import PageLue, Qualite, RaisonQualite, Sort, SymboleLu, TexteLu
from intake.errors import ComptePagesFaux
from intake.marks import Genre, interpret, sign
from intake.splitting import decouper
from readings import N1, N2, WORDS, SayingClassifier, page


def cut(*pages: PageLue, siens: frozenset[str] = frozenset(), keys: tuple[bytes, ...] = ()) -> Decoupage:
    plan = decouper(pages, SayingClassifier(), siens=siens, keys=keys)
    plan.verifier(len(pages))
    return plan


def shape(plan: Decoupage) -> list[tuple[str | None, list[tuple[int, ...]]]]:
    return [(d.entete.numero if d.entete else None, [p.pages for p in d.pieces]) for d in plan.dossiers]


FICHE1, FICHE2 = f"DU1;T=FIC;N={N1};B=B1;P=2", f"DU1;T=FIC;N={N2};B=B1;P=1"
BORDEREAU = "DU1;T=BOR;B=B1;G=75001;D=20260115;F=2;P=3"


def test_an_envoi_with_everything() -> None:
    plan = cut(
        page(1, "Bordereau", code=BORDEREAU),
        page(2, "Fiche", code=FICHE1),
        page(3, "bulletin_salaire"),
        page(4, blank=True),
        page(5, "avis_imposition"),
        page(6, "+ page 2"),
        page(7, blank=True),
        page(8, "Attestation", code=N2),
        page(9, "passeport"),
    )
    assert shape(plan) == [(N1, [(3,), (5, 6)]), (N2, [(9,)])]
    assert plan.lots[0].bordereau is not None
    sorts = {s.page: s.sort for s in plan.pages}
    assert sorts[4] == sorts[7] == Sort.BLANCHE
    assert sorts[8] == Sort.FEUILLE


def test_a_paper_labelled_with_the_number_opens_its_dossier_and_is_a_piece_of_it() -> None:
    """A guichet sticks the code on the first paper, without any attestation: that paper is not lost."""
    plan = cut(
        page(1, "A", code=N1),
        page(2, "bail"),
        page(
            3,
            "attestation_caf",
            "Caf de Ville-Neuve",
            WORDS,
            "et encore dix mots de plus sur cette page",
            code=N2,
        ),
        page(4, "bulletin_salaire"),
    )
    assert shape(plan) == [(N1, [(2,)]), (N2, [(3,), (4,)])]
    assert plan.dossiers[1].pages == (3, 4)


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ("attestation_caf", f"DU1;T=ATT;N={N2};A=E;D=20260103"),  # a sheet of ours says what it is
        (f"attestation_caf {N2}", N2),  # it prints its number, as an attestation does
        ("attestation_caf p=0.7", N2),
        ("inconnu", N2),
    ],
)
def test_a_sheet_is_no_piece_whatever_its_print_resembles(first: str, code: str) -> None:
    plan = cut(page(1, first, WORDS, "et encore dix mots de plus sur cette page", code=code), page(2, "bail"))
    assert shape(plan) == [(N2, [(2,)])]


def test_a_blank_verso_inside_a_piece_stays_with_it() -> None:
    plan = cut(page(1, "A", code=N1), page(2, "bail"), page(3, blank=True), page(4, "+"), page(5, blank=True))
    assert shape(plan) == [(N1, [(2, 3, 4)])]
    assert [s.sort for s in plan.pages][2] is Sort.VERSO


def test_separators_cut_and_keep_the_classifier_from_cutting_elsewhere() -> None:
    plan = cut(
        page(1, "A", code=N1),
        page(2, "bulletin_salaire"),
        page(3, "bulletin_salaire"),  # a new heading, but no separator
        page(4, code="DU1;T=SEP"),
        page(5, "+ même texte"),  # nothing says so but the separator
    )
    assert shape(plan) == [(N1, [(2, 3), (5,)])]


SEP = "DU1;T=SEP"


def test_a_separator_stuck_on_a_paper_opens_it_and_takes_no_page_from_it() -> None:
    plan = cut(
        page(1, "A", code=N1),
        page(2, "bulletin_salaire"),
        page(3, "bulletin_salaire", WORDS, "et encore dix mots de plus sur cette page", code=SEP),
        page(4, "+ même texte"),
        page(5, "inconnu", WORDS, "et encore dix mots de plus sur cette lettre", code=SEP),
        page(6, "+ même texte"),
        page(7, "inconnu", WORDS, "cette feuille sépare deux pièces : ne pas la retirer", code=SEP),
        page(8, "+ même texte"),
        page(9, "casier_judiciaire", "République française extrait bulletin numéro trois néant", code=SEP),
    )
    assert shape(plan) == [(N1, [(2,), (3, 4), (5, 6), (8,), (9,)])]
    note = replace(page(2, code=SEP), texte=TexteLu(qualite=Qualite(False, (RaisonQualite.FLOU,))))
    assert shape(cut(page(1, "A", code=N1), note)) == [(N1, [(2,)])]  # by hand, which nobody reads here


def test_a_separator_that_shows_through_a_fiche_hides_no_dossier() -> None:
    two = (SymboleLu("QRCODE", SEP), SymboleLu("QRCODE", FICHE2))
    fiche = replace(page(3, "Fiche récapitulative", WORDS, code=FICHE2), symboles=two)
    assert shape(cut(page(1, "A", code=N1), page(2, "bail"), fiche, page(4, "bail"))) == [
        (N1, [(2,)]),
        (N2, [(4,)]),
    ]


@pytest.mark.parametrize("behind", [FICHE2, N2])
def test_a_sheet_that_shows_through_a_separator_opens_no_dossier(behind: str) -> None:
    two = (SymboleLu("QRCODE", SEP), SymboleLu("QRCODE", behind))
    separator = replace(page(3, "Séparateur", code=SEP), symboles=two)
    assert shape(cut(page(1, "A", code=N1), page(2, "bail"), separator, page(4, "bail"))) == [
        (N1, [(2,), (4,)])
    ]


def test_an_uncertain_cut_follows_the_number_announced() -> None:
    pages = [page(1, "F", code=FICHE1), page(2, "bail"), page(3, "+? 0.4"), page(4, "+")]
    assert shape(cut(*pages)) == [(N1, [(2,), (3, 4)])]
    # A count that certain cuts contradict is wrong, and is left for a person to see.
    pages = [page(1, "F", code=FICHE1), page(2, "bail"), page(3, "+"), page(4, "+")]
    assert shape(cut(*pages)) == [(N1, [(2, 3, 4)])]


def test_a_separator_that_was_forgotten_shows_in_the_number_announced() -> None:
    def bundle(announced: str) -> list[PageLue]:
        return [
            page(1, "F", code=FICHE1.replace("P=2", announced)),
            page(2, "avis_imposition"),
            page(3, code="DU1;T=SEP"),
            page(4, "bail"),
            page(5, "+? 0.6"),
            page(6, "attestation_caf"),
        ]

    assert shape(cut(*bundle("P=3"))) == [(N1, [(2,), (4, 5), (6,)])]
    assert shape(cut(*bundle("P=2"))) == [(N1, [(2,), (4, 5, 6)])]


def test_pages_before_any_sheet_are_a_dossier_without_one() -> None:
    plan = cut(page(1, "bail"), page(2, "F", code=FICHE2), page(3, "passeport"))
    assert shape(plan) == [(None, [(1,)]), (N2, [(3,)])]


def test_a_sheet_known_by_its_print_opens_a_dossier_with_the_numbers_it_shows() -> None:
    plan = cut(
        page(1, "attestation_enregistrement", f"Numéro : {N1[:3]} {N1[3:]}", "de la demande"), page(2, "bail")
    )
    head = plan.dossiers[0].entete
    assert head is not None
    assert (head.marque, head.candidats[0]) == (None, N1)


def test_the_rest_of_an_attestation_belongs_to_it() -> None:
    plan = cut(
        page(1, "attestation_enregistrement", "page 1/3", code=N1),
        page(2, "+ page 2/3", f"votre demande {N1}"),
        page(3, "passeport"),
    )
    assert shape(plan) == [(N1, [(3,)])]
    assert plan.dossiers[0].entete is not None
    assert plan.dossiers[0].entete.pages == (1, 2)


def test_the_count_that_a_fiche_prints_stands_for_the_one_of_its_code() -> None:
    plan = cut(
        page(1, "fiche_recapitulative", f"Numéro : {N1[:3]} {N1[3:]}", "Nombre de pièces jointes : 3"),
        page(2, "bail"),
    )
    assert plan.dossiers[0].annonce == 3


@pytest.mark.parametrize(
    ("first", "second", "sheet"),
    [
        ("page_numero=1/2", "page_numero=2/2", True),
        ("page_numero=1/2", "page_numero=2/3", False),
        ("page_numero=1/2", "", False),
        ("", "page_numero=2/2", False),  # of a letter scanned back to front
        ("page_numero=2/3", "page_numero=3/3", False),
    ],
)
@pytest.mark.parametrize("kind", ["attestation_enregistrement", "fiche_recapitulative"])
def test_the_second_page_of_an_attestation_need_not_repeat_its_number(
    kind: str, first: str, second: str, *, sheet: bool
) -> None:
    code = N1 if kind.startswith("attestation") else FICHE1.replace("P=2", "P=1")
    plan = cut(
        page(1, f"{kind} {first}", code=code),
        page(2, f"+? 0.05 {second}", "Vos droits et démarches"),
        page(3, "passeport"),
    )
    whole = sheet and kind.startswith("attestation")
    assert plan.pages[1].sort is (Sort.FEUILLE if whole else Sort.PIECE)
    assert (2,) not in [p.pages for p in plan.dossiers[0].pieces] or not whole


def test_an_attestation_without_its_code_is_a_piece_where_the_fiche_counts_it() -> None:
    spaced = f"Numéro : {N1[:3]} {N1[3:]}"

    def bundle(announced: str) -> list[PageLue]:
        return [
            page(1, "F", code=FICHE1.replace("P=2", announced)),
            page(2, "bail"),
            page(3, "attestation_enregistrement page_numero=1/2", spaced),
            page(4, "+? 0.05 page_numero=2/2", "Vos droits et démarches"),
            page(5, "rib"),
        ]

    assert shape(cut(*bundle("P=3"))) == [(N1, [(2,), (3, 4), (5,)])]
    assert shape(cut(*bundle("P=2"))) == [(N1, [(2,), (5,)])]


def test_the_same_demande_again_opens_no_second_dossier() -> None:
    plan = cut(
        page(1, "F", code=FICHE1),
        page(2, "A", code=N1),
        page(3, "bail"),
        page(4, "A", code=N1),
        page(5, "rib"),
    )
    assert shape(plan) == [(N1, [(3,), (5,)])]


@pytest.mark.parametrize(("announced", "pieces"), [(2, 2), (1, 1), (4, 1)])
def test_an_attestation_behind_the_fiche_is_a_piece_where_the_fiche_counts_it(
    announced: int, pieces: int
) -> None:
    plan = cut(
        page(1, "fiche", code=f"DU1;T=FIC;N={N1};B=B1;P={announced}"),
        page(2, "bail"),
        page(3, "attestation_enregistrement", code=N1),
    )
    (dossier,) = plan.dossiers
    assert len(dossier.pieces) == pieces
    assert [f.page for f in dossier.feuilles] == ([] if pieces == 2 else [3])
    plan.verifier(3)


def test_a_paper_with_the_number_stuck_on_it_is_counted_once() -> None:
    plan = cut(
        page(1, "fiche", code=f"DU1;T=FIC;N={N1};B=B1;P=3"),
        page(2, "bail"),
        page(3, "attestation_caf", "Caf de Ville-Neuve", WORDS, WORDS, WORDS, code=N1),
    )
    plan.verifier(3)
    assert [p.pages for p in plan.dossiers[0].pieces] == [(2,), (3,)]


def test_two_numbers_on_one_sheet_are_nobodys() -> None:
    both = page(1, "A", code=N1)
    both = PageLue(1, (*both.symboles, *page(1, code=N2).symboles), both.texte)
    head = cut(both, page(2, "bail")).dossiers[0].entete
    assert head is not None
    assert head.conflit
    assert head.numero is None


def test_a_broken_page_is_in_an_incident_and_ends_the_piece() -> None:
    plan = cut(page(1, "A", code=N1), page(2, "bail"), page(3, broken="Page abîmée."), page(4, "+"))
    assert shape(plan) == [(N1, [(2,), (4,)])]
    assert plan.pages[2].sort is Sort.INCIDENT


def test_two_bordereaux_are_two_lots() -> None:
    other = BORDEREAU.replace("B1", "B2")
    plan = cut(
        page(1, "B", code=BORDEREAU), page(2, "F", code=FICHE1), page(3, "bail"),
        page(4, "B", code=other), page(5, "passeport"), page(6, "F", code=FICHE1), page(7, "rib"),
    )  # fmt: skip
    assert [[d.entete is not None for d in lot.dossiers] for lot in plan.lots] == [[True], [False, True]]
    assert [lot.pages for lot in plan.lots] == [(1, 2, 3), (4, 5, 6, 7)]


def test_an_attestation_deposited_for_its_own_demande_is_a_piece() -> None:
    plan = cut(page(1, "attestation_enregistrement", code=N1), siens=frozenset({N1}))
    assert shape(plan) == [(None, [(1,)])]
    elsewhere = cut(page(1, "attestation_enregistrement", code=N2), page(2, "bail"), siens=frozenset({N1}))
    assert shape(elsewhere) == [(N2, [(2,)])]


def test_a_wrong_signature_is_kept_to_be_told() -> None:
    text = f"DU1;T=ATT;N={N1};A=E;D=20260101"
    plan = cut(page(1, "A", code=f"{text};S={sign(text, b'autre')}"), page(2, "bail"), keys=(b"cle",))
    head = plan.dossiers[0].entete
    assert head is not None
    assert head.marque is not None
    assert head.marque.signature == "fausse"


def test_a_genuine_sheet_after_a_forged_one_opens_its_own_dossier() -> None:
    text = f"DU1;T=FIC;N={N1};B=B1;P=1"
    forged, genuine = (f"{text};S={sign(text, key)}" for key in (b"autre", b"cle"))
    plan = cut(page(1, code=forged), page(2, "bail"), page(3, code=genuine), page(4, "rib"), keys=(b"cle",))
    assert shape(plan) == [(N1, [(2,)]), (N1, [(4,)])]


def test_a_plan_that_loses_a_page_is_an_error() -> None:
    plan = cut(page(1, "A", code=N1), page(2, "bail"))
    with pytest.raises(ComptePagesFaux):
        plan.verifier(3)


kinds = st.sampled_from(
    [
        {"code": FICHE1}, {"code": FICHE2}, {"code": N1}, {"code": "DU1;T=SEP"}, {"code": BORDEREAU},
        {"code": "bonjour"}, {"blank": True}, {"broken": "abîmée"}, {"lines": ("bail",)}, {"lines": ("+",)},
        {"lines": ("+? 0.5",)}, {"lines": ("attestation_enregistrement", N2, "a b c d")}, {"lines": ()},
        {"lines": ("bordereau_transmission", "a b c d")}, {"lines": ("+ 2/8", f"suite {N1}", "a b c")},
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(kinds, max_size=25), st.sampled_from([frozenset(), frozenset({N1})]))
def test_whatever_the_pages_each_has_exactly_one_place(
    bundle: list[dict[str, object]], siens: frozenset[str]
) -> None:
    pages = [
        page(i, *b.get("lines", ()), **{k: v for k, v in b.items() if k != "lines"})  # type: ignore[misc, arg-type]
        for i, b in enumerate(bundle, 1)
    ]
    plan = cut(*pages, siens=siens)
    for dossier in plan.dossiers:
        for before, after in zip(dossier.pieces, dossier.pieces[1:], strict=False):
            assert before.pages[-1] < after.pages[0]


ALMOST_OURS = st.text(alphabet="DU1;T=ATFICBORSEPN9012345678/:? ", max_size=60)
FOREIGN = st.one_of(
    st.text(max_size=60), ALMOST_OURS, st.sampled_from(["WIFI:S:x;;", "https://a.invalid/1", N1[:-1]])
)


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 6), FOREIGN, st.sampled_from(["QRCODE", "DATAMATRIX"])), max_size=6))
def test_a_text_that_is_not_of_marks_md_moves_no_page(strangers: list[tuple[int, str, str]]) -> None:
    pages = [
        page(1, "Bordereau", code=BORDEREAU),
        page(2, "Fiche", code=FICHE1),
        page(3, "bulletin_salaire"),
        page(4, "+ suite"),
        page(5, blank=True),
        page(6, "avis_imposition"),
        page(7, "passeport"),
    ]
    marked = list(pages)
    for at, text, symbology in strangers:
        symbol = SymboleLu(symbology, text)
        assume(interpret(symbol).genre is Genre.INCONNU)
        marked[at] = replace(marked[at], symboles=(*marked[at].symboles, symbol))
    before, after = cut(*pages), cut(*marked)
    assert shape(before) == shape(after)
    assert before.pages == after.pages
