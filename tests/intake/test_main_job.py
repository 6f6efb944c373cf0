"""The main job on readings made by hand: what is filed, what is held and why, and what survives a crash."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from intake.domain.commands import Confirmer, Geste, Reclasser, Supprimer
from intake.domain.lecture import ErreurPage, PageLue
from intake.domain.motif import Canal, StatutPiece
from intake.errors import StockageIndisponible
from intake.marks import sign
from readings import BERNARD, BOR, FAURE, FIC, MARTIN, N1, N2, N3, WORDS, page, piece
from site_for_tests import TestSite
from storage.check import check

OFF = f"{N1[:12]}4{N1[13:]}"  # a number that nobody has, one digit away from Mme MARTIN's


def test_a_conform_envoi_is_filed_whole(site: TestSite) -> None:
    done = site.deposit(
        page(1, "Bordereau", code=BOR.format(2, 3)),
        page(2, "Fiche", MARTIN, code=FIC.format(N1, 2)),
        piece(3, "bulletin_salaire date=2026-10-31", BERNARD),
        piece(4, "bail", MARTIN),
        piece(5, "+", ""),
        page(6, blank=True),
        page(7, "Attestation", FAURE, N2, code=N2),
        piece(8, "passeport", FAURE),
    )
    assert done.sorts == [
        ((3,), N1, "deposee", None),
        ((4, 5), N1, "deposee", None),
        ((8,), N2, "deposee", None),
    ]
    assert [p.personne for p in done.pieces] == ["C", "D", "D"]
    assert (done.statut, done.motifs) == ("traitee", [])
    assert not list(check(site.queries, site.objects))


def test_the_same_file_again_files_nothing_twice(site: TestSite) -> None:
    pages = (page(1, "A", MARTIN, code=N1), piece(2, "bail", MARTIN))
    first = site.deposit(*pages)
    again = site.deposit(*pages)
    assert [p.id for p in again.pieces] == [p.id for p in first.pieces]
    assert len(site.lecteur.read) == 2


@pytest.mark.parametrize(
    ("pages", "motif", "numero"),
    [
        (
            [page(1, "A", code="999012400099975001"), piece(2, "bail", MARTIN)],
            "NUMERO_INCONNU",
            "999012400099975001",
        ),
        ([page(1, "A", code=N3), piece(2, "bail", "M. PETIT Hugo")], "DEMANDE_RADIEE", N3),
        ([page(1, "attestation_enregistrement", WORDS), piece(2, "bail", MARTIN)], "NUMERO_ILLISIBLE", None),
        ([piece(1, "bail", MARTIN), piece(2, "rib", MARTIN)], "SANS_FICHE", None),
    ],
)
def test_a_dossier_without_a_usable_number_is_held_in_one_incident(
    site: TestSite, pages: list[PageLue], motif: str, numero: str | None
) -> None:
    done = site.deposit(*pages, canal=Canal.DEMANDEUR)
    assert {s[1:] for s in done.sorts} == {(numero, "a_verifier", motif)}
    assert done.motifs == [(motif, (1, 2))]
    assert done.statut == ("quarantaine" if motif != "DEMANDE_RADIEE" else "traitee_avec_incidents")


def test_what_is_conform_is_filed_although_the_bordereau_is_missing(site: TestSite) -> None:
    done = site.deposit(page(1, "A", MARTIN, code=N1), piece(2, "bail", MARTIN))
    assert done.sorts == [((2,), N1, "deposee", None)]
    assert done.motifs == [("SANS_BORDEREAU", (1, 2))]


def test_counts_are_compared_once_per_cause(site: TestSite) -> None:
    done = site.deposit(
        page(1, "B", code=BOR.format(1, 3)),
        page(2, "F", MARTIN, code=FIC.format(N1, 3)),
        piece(3, "bail", MARTIN),
    )
    assert done.motifs == [("COMPTE_INEXACT", (2, 3))]
    done = site.deposit(
        page(1, "B", code=BOR.format(2, 1)),
        page(2, "F", MARTIN, code=FIC.format(N1, 1)),
        piece(3, "rib", MARTIN),
        name="autre.pdf",
    )
    assert ("COMPTE_INEXACT", (1,)) in done.motifs


class TestIdentity:
    def test_a_piece_of_somebody_else_is_never_filed(self, site: TestSite) -> None:
        done = site.deposit(
            page(1, "A", MARTIN, code=N1),
            piece(2, "bail", MARTIN),
            piece(3, "bulletin_salaire", FAURE),
            piece(4, "rib", MARTIN),
            canal=Canal.GUICHET,
        )
        assert [s[3] for s in done.sorts] == [None, "IDENTITE_INCOHERENTE", "HORS_PERIMETRE"]
        assert ("IDENTITE_INCOHERENTE", (3,)) in done.motifs

    def test_a_missing_sheet_in_the_middle_holds_what_follows(self, site: TestSite) -> None:
        done = site.deposit(
            page(1, "B", code=BOR.format(2, 3)),
            page(2, "F", MARTIN, code=FIC.format(N1, 1)),
            piece(3, "bail", MARTIN),
            piece(4, "bulletin_salaire date=2026-10-31", FAURE),
            piece(5, "passeport"),
            piece(6, "rib", FAURE),
        )
        assert done.sorts[0] == ((3,), N1, "deposee", None)
        assert {s[1:] for s in done.sorts[1:]} == {(None, "a_verifier", "SANS_FICHE")}
        assert ("SANS_FICHE", (4, 5, 6)) in done.motifs

    def test_a_silent_piece_beside_a_strangers_is_held(self, site: TestSite) -> None:
        done = site.deposit(
            page(1, "A", MARTIN, code=N1),
            piece(2, "bail", MARTIN),
            piece(3, "facture"),
            piece(4, "bulletin_salaire", FAURE),
            canal=Canal.GUICHET,
        )
        assert [s[2] for s in done.sorts] == ["deposee", "a_verifier", "a_verifier"]

    def test_a_namesakes_paper_is_never_filed_nor_what_only_the_shared_name_ties_to_it(
        self, site: TestSite
    ) -> None:
        """The sheet between two demandeurs of one name is lost: only birthdays tell them apart."""
        mine, its = "noms=MARTIN-Camille naissances=1985-04-12", "noms=MARTIN-Camille naissances=1997-09-03"
        done = site.deposit(
            page(1, "A", MARTIN, code=N1),
            piece(2, "quittance_loyer date=2026-10-01", MARTIN),
            piece(3, f"passeport {mine}", MARTIN),
            piece(4, f"passeport {its}", MARTIN),
            piece(5, "bulletin_salaire date=2026-10-31", MARTIN),
            canal=Canal.GUICHET,
        )
        assert [s[2] for s in done.sorts] == ["deposee", "deposee", "a_verifier", "a_verifier"]
        assert "1997" in done.pieces[2].message

    def test_a_clear_printed_number_that_nobody_has_is_unknown_not_unreadable(self, site: TestSite) -> None:
        """Though its 0 and 1 may each be a letter."""
        printed = "Numéro unique : 999 0325 313564 99001"
        done = site.deposit(page(1, "attestation_enregistrement", printed, MARTIN), piece(2, "bail", MARTIN))
        assert done.sorts[0][2:] == ("a_verifier", "NUMERO_INCONNU")

    @pytest.mark.parametrize(
        ("name", "confidence", "expected"),
        [
            (MARTIN, 70.0, [(N1, "deposee", None), (N1, "a_verifier", "IDENTITE_INCOHERENTE")]),
            (MARTIN, 95.0, [(OFF, "a_verifier", "NUMERO_INCONNU")] * 2),  # plain to read: it is another
            ("Mme MARTIN", 70.0, [(OFF, "a_verifier", "NUMERO_INCONNU")] * 2),
            (FAURE, 70.0, [(OFF, "a_verifier", "NUMERO_INCONNU")] * 2),
        ],
    )
    def test_one_glyph_misread_is_made_good_by_the_register_and_the_whole_name(
        self, site: TestSite, name: str, confidence: float, expected: list[tuple[str | None, str, str | None]]
    ) -> None:
        """And every paper has to name the household still (R13, R14)."""
        printed = f"Numéro unique : {OFF}"
        sheet = page(1, "attestation_enregistrement", printed, name, confidence=confidence)
        done = site.deposit(sheet, piece(2, "bail", MARTIN), piece(3, "quittance_loyer"))
        assert [s[1:] for s in done.sorts] == expected

    @pytest.mark.parametrize(
        ("nir", "personne"), [("2 85 04 99 154 299 42", "D"), ("1 70 01 99 154 299 42", None)]
    )
    def test_a_social_security_number_tells_whose_a_payslip_without_a_name_is(
        self, site: TestSite, nir: str, personne: str | None
    ) -> None:
        """R17: by sex, year and month of birth, where they are one person's in the household."""
        slip = piece(2, "bulletin_salaire date=2026-10-31", f"N° SS {nir}")
        done = site.deposit(page(1, "A", MARTIN, N1, code=N1), slip, canal=Canal.GUICHET)
        assert (done.pieces[0].statut.value, done.pieces[0].personne) == ("deposee", personne)

    @pytest.mark.parametrize("name", ["MARTINEZ Camille", "MARTIN Camélia"])
    def test_that_number_renames_nobody(self, site: TestSite, name: str) -> None:
        """Born the same month, and somebody else."""
        kind = f"bulletin_salaire date=2026-10-31 noms={name.replace(' ', '-')}"
        slip = piece(2, kind, f"Mme {name}", confidence=99.0)
        lines = (*slip.texte.lignes, replace(slip.texte.lignes[0], texte="N° SS 2 85 04 99 154 299 42"))
        slip = replace(slip, texte=replace(slip.texte, lignes=lines))
        done = site.deposit(page(1, "A", MARTIN, N1, code=N1), slip, canal=Canal.GUICHET)
        assert done.sorts[0][2:] == ("a_verifier", "IDENTITE_INCOHERENTE")

    def test_a_bare_code_with_nothing_to_confirm_it_files_nothing(self, site: TestSite) -> None:
        done = site.deposit(page(1, code=N1), piece(2, "bail"), piece(3, "rib", MARTIN), canal=Canal.GUICHET)
        assert [s[2] for s in done.sorts] == ["a_verifier", "deposee"]

    def test_a_valid_signature_confirms_and_a_false_one_holds(self, tmp_path: Path) -> None:
        site = TestSite(f"sqlite:///{tmp_path}/s.db", tmp_path, keys=(b"cle",))
        text = f"DU1;T=ATT;N={N1};A=E;D=20260101"
        done = site.deposit(
            page(1, code=f"{text};S={sign(text, b'cle')}"), piece(2, "bail"), canal=Canal.GUICHET
        )
        assert done.sorts == [((2,), N1, "deposee", None)]
        done = site.deposit(
            page(1, code=f"{text};S={sign(text, b'volee')}"),
            piece(2, "rib", MARTIN),
            name="b",
            canal=Canal.GUICHET,
        )
        assert done.sorts == [((2,), N1, "a_verifier", "QR_FALSIFIE")]
        assert done.motifs == [("QR_FALSIFIE", (1, 2))]

    def test_a_sheet_that_shows_another_number_needs_the_full_name(self, site: TestSite) -> None:
        done = site.deposit(
            page(1, "Attestation", FAURE, f"Numéro : {N2}", WORDS, code=N1),
            piece(2, "bail"),
            piece(3, "rib", MARTIN),
            canal=Canal.GUICHET,
        )
        assert [s[2] for s in done.sorts] == ["a_verifier", "deposee"]

    def test_an_ocr_number_needs_a_name(self, site: TestSite) -> None:
        printed = f"Numéro de votre demande : {N1[:3]} {N1[3:7]} {N1[7:13]} {N1[13:]}"
        done = site.deposit(
            page(1, "attestation_enregistrement", printed),
            piece(2, "bail"),
            piece(3, "rib", MARTIN),
            canal=Canal.GUICHET,
        )
        assert [s[2] for s in done.sorts] == ["a_verifier", "deposee"]
        done = site.deposit(
            page(1, "attestation_enregistrement", printed, MARTIN),
            piece(2, "bail"),
            name="b",
            canal=Canal.GUICHET,
        )
        assert [s[2] for s in done.sorts] == ["deposee"]

    def test_an_alias_leads_to_its_demande(self, site: TestSite) -> None:
        done = site.deposit(page(1, "A", MARTIN, code="999010100000112345"), piece(2, "bail", MARTIN))
        assert done.sorts == [((2,), N1, "deposee", None)]

    def test_a_direct_deposit_under_another_demandes_sheet_is_held(self, site: TestSite) -> None:
        done = site.deposit(page(1, "A", FAURE, code=N2), piece(2, "bail"), demande=N1)
        assert done.sorts == [((2,), N1, "a_verifier", "MAUVAISE_DEMANDE")]


class TestMarks:
    def test_unreadable_incomplete_unknown_obsolete_beyond(self, site: TestSite) -> None:
        done = site.deposit(
            page(1, "A", MARTIN, code=N1),
            piece(2, "bail", MARTIN, readable=False),
            piece(3, "avis_imposition pages_manquantes=2", MARTIN),
            piece(4, "inconnu", MARTIN),
            piece(5, "bulletin_salaire date=2020-01-31", MARTIN),
            piece(6, "releve_bancaire", MARTIN),
            canal=Canal.GUICHET,
        )
        assert [s[2:] for s in done.sorts] == [
            ("a_verifier", "ILLISIBLE"),
            ("a_verifier", "INCOMPLETE"),
            ("a_verifier", "MAL_CLASSEE"),
            ("obsolete", "OBSOLETE"),
            ("deposee", "HORS_PERIMETRE"),
        ]
        assert {p.categorie for p in done.pieces if p.motif == "MAL_CLASSEE"} == {"NCL"}
        gravities = {i.motif.value: i.gravite.value for i in done.incidents}
        assert gravities["OBSOLETE"] == gravities["HORS_PERIMETRE"] == "information"

    def test_an_election_that_tells_its_end_alone_is_held_since(self, site: TestSite) -> None:
        """R24: « date d'expiration 08/06/2024 », signed on no day; or it is the end of what was renewed."""
        done = site.deposit(
            page(1, "A", MARTIN, code=N1),
            piece(2, "attestation_domiciliation fin_validite=2024-06-08", MARTIN),
            piece(3, "attestation_domiciliation fin_validite=2099-06-08", MARTIN),
            piece(4, "certificat_scolarite fin_validite=2024-06-08", MARTIN),
            canal=Canal.GUICHET,
        )
        assert [s[2:] for s in done.sorts] == [("a_verifier", "OBSOLETE"), *[("deposee", None)] * 2]

    def test_a_paper_surely_of_no_type_is_beyond_the_list_until_a_person_knows_better(
        self, site: TestSite
    ) -> None:
        """R22: a menu among the papers; R27: a type chosen settles it."""
        done = site.deposit(
            page(1, "A", MARTIN, code=N1), piece(2, "inconnu p=0.95", MARTIN), canal=Canal.GUICHET
        )
        assert [s[2:] for s in done.sorts] == [("a_verifier", "HORS_PERIMETRE")]
        assert [i.gravite.value for i in done.incidents] == ["sensible"]  # who knows what it tells
        change = Reclasser("quittance_loyer")
        filed = site.corriger(done.pieces[0].id, change, Geste("alice", "c'est une quittance")).piece
        assert (filed.statut.value, filed.motif) == ("deposee", None)

    def test_an_old_day_that_was_hardly_read_is_for_a_person_to_say(self, site: TestSite) -> None:
        """Of a hand « 08/11/2026 » was read « 04/1/2016 » (R24): neither filed nor put away as old."""
        kind = "attestation_hebergement date=2016-01-04 date_douteuse=oui"
        done = site.deposit(page(1, "A", MARTIN, code=N1), piece(2, kind, MARTIN), canal=Canal.GUICHET)
        assert done.sorts == [((2,), N1, "a_verifier", "OBSOLETE")]
        said = site.corriger(done.pieces[0].id, Confirmer(), Geste("agent:alice", "c'est bien elle")).piece
        assert said.statut.value == "obsolete"

    def test_the_same_paper_again_is_a_duplicate_and_the_next_month_is_not(self, site: TestSite) -> None:
        slip = ("Mme MARTIN Camille", "Bulletin de paie", WORDS, "Matricule 448120 salaire brut 2150 euros")
        done = site.deposit(
            page(1, "A", MARTIN, code=N1),
            page(2, "bulletin_salaire date=2026-09-30", *slip, "Net 1 684,20 septembre 2026"),
            page(3, "bulletin_salaire date=2026-10-31", *slip, "Net 1 684,20 octobre 2026"),
            page(4, "bulletin_salaire date=2026-09-30", *slip, "Net 1 684,20 septembre 2026"),
            canal=Canal.GUICHET,
        )
        assert [s[2] for s in done.sorts] == ["deposee", "deposee", "doublon"]
        assert done.pieces[2].doublon_de == done.pieces[0].id

    def test_a_full_category_holds_and_a_freed_place_files_the_oldest(self, site: TestSite) -> None:
        pieces = [piece(n, "quittance_loyer date=2026-10-01", MARTIN) for n in range(2, 11)]
        done = site.deposit(page(1, "A", MARTIN, code=N1), *pieces, canal=Canal.GUICHET)
        assert [s[2] for s in done.sorts] == ["deposee"] * 6 + ["en_attente"] * 3
        assert [m for m, _ in done.motifs].count("CATEGORIE_PLEINE") == 3
        (filed,) = site.corriger(done.pieces[0].id, Supprimer(), Geste("agent:alice", "erreur")).deposees
        assert filed.id == done.pieces[6].id
        _, filed = site.liberer.remplacer(done.pieces[8].id, done.pieces[1].id, "plus récente")
        assert filed.statut is StatutPiece.DEPOSEE
        with site.uow() as tx:
            assert tx.places.occupees(N1) == {("LOG", ""): 6}
        assert not list(check(site.queries, site.objects))


class TestCrashes:
    def test_readings_made_before_a_crash_are_not_made_again(self, site: TestSite) -> None:
        pages = [page(1, "A", MARTIN, code=N1), *(piece(n, "bail", MARTIN) for n in range(2, 60))]
        site.lecteur.stop_after = 45
        with pytest.raises(KeyboardInterrupt):
            site.deposit(*pages)
        site.lecteur.stop_after = None
        site.clock.moment += timedelta(minutes=5)  # the lease of the dead one has ended
        done = site.deposit(*pages)
        assert len(done.pieces) == 58
        assert len(site.lecteur.read) <= 45 + 60 - 40
        assert done.statut == "traitee_avec_incidents"

    def test_a_store_that_stops_answering_loses_nothing(self, site: TestSite) -> None:
        pages = (page(1, "A", MARTIN, code=N1), piece(2, "bail", MARTIN), piece(3, "rib", MARTIN))
        envoi = site.receive(*pages, canal=Canal.GUICHET)
        site.objects.down = True
        with pytest.raises(StockageIndisponible):
            site.traiter(envoi)
        site.objects.down = False
        site.clock.moment += timedelta(minutes=5)
        site.traiter(envoi)
        assert [s[2] for s in site.result(envoi).sorts] == ["deposee", "deposee"]


def test_every_bad_file_is_kept_with_its_reason(site: TestSite) -> None:
    done = site.deposit(page(1, broken="abîmée"), page(2, broken="abîmée"))
    assert done.statut == "quarantaine"
    assert done.motifs == [("FICHIER_CORROMPU", ())]
    assert len(site.objects.objects) == 1


def test_a_file_whose_only_page_takes_too_long_is_refused_for_that(site: TestSite) -> None:
    slow = PageLue(1, erreur=ErreurPage("TROP_VOLUMINEUX", "La lecture de la page 1 prend trop de temps."))
    done = site.deposit(slow)
    assert done.motifs == [("TROP_VOLUMINEUX", ())]
    assert "prend trop de temps" in done.incidents[0].message
    assert "Aucune des" not in done.incidents[0].message
