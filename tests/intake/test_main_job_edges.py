"""The main job where things go wrong: lost sheets, odd values, interrupted placing, forged codes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from intake.domain.commands import Geste, Supprimer
from intake.domain.demande import StatutDemande
from intake.domain.lecture import Coupure, PageLue
from intake.domain.motif import Canal
from intake.errors import StockageIndisponible
from intake.splitting import decouper
from readings import BOR, FIC, MARTIN, N1, WORDS, SayingClassifier, page, piece
from site_for_tests import TestSite
from storage.check import check


class TestLostSheets:
    """What follows a sheet that got lost must not slip into the dossier before it (R2, R8)."""

    def test_silent_pieces_at_the_end_when_the_bordereau_says_a_sheet_is_missing(
        self, site: TestSite
    ) -> None:
        done = site.deposit(
            page(1, "B", code=BOR.format(2, 3)),
            page(2, "F", MARTIN, code=FIC.format(N1, 1)),
            piece(3, "bail", MARTIN),
            piece(4, "facture"),
            piece(5, "rib"),
        )
        assert [s[2] for s in done.sorts] == ["deposee", "a_verifier", "a_verifier"]

    def test_pieces_before_the_first_sheet_account_for_the_one_that_is_missing(self, site: TestSite) -> None:
        """A stray piece at the end is then told as such, not as a dossier without its sheet."""
        done = site.deposit(
            page(1, "B", code=BOR.format(2, 4)),
            piece(2, "bail", "Mme FAURE Nicole"),
            page(3, "F", MARTIN, code=FIC.format(N1, 2)),
            piece(4, "bail", MARTIN),
            piece(5, "bulletin_salaire", "M. MARTIN Karim"),
        )
        assert [(s[2], s[3]) for s in done.sorts] == [
            ("a_verifier", "SANS_FICHE"),
            ("deposee", None),
            ("a_verifier", "IDENTITE_INCOHERENTE"),
        ]

    @pytest.mark.parametrize(
        ("announced", "motif"), [(2, "IDENTITE_INCOHERENTE"), (1, "SANS_FICHE"), (None, "SANS_FICHE")]
    )
    def test_a_stray_piece_that_the_sheet_counts_among_its_own(
        self, site: TestSite, announced: int | None, motif: str
    ) -> None:
        """The bordereau announces one sheet too many: what the sheet that is there says weighs more."""
        sheet = FIC.format(N1, announced) if announced else N1
        done = site.deposit(
            page(1, "B", code=BOR.format(2, 2)),
            page(2, "F", MARTIN, code=sheet),
            piece(3, "bail", MARTIN),
            piece(4, "bulletin_salaire", "Mme FAURE Nicole"),
        )
        assert done.sorts[1][2:] == ("a_verifier", motif)

    @pytest.mark.parametrize(
        ("stray", "motif"), [("DURAND", "IDENTITE_INCOHERENTE"), ("FAURE", "SANS_FICHE")]
    )
    def test_a_stray_piece_within_the_count_before_the_papers_of_a_lost_sheet(
        self, site: TestSite, stray: str, motif: str
    ) -> None:
        """Unless it bears the name of those papers: the count is then what is wrong."""
        done = site.deposit(
            page(1, "B", code=BOR.format(2, 4)),
            page(2, "F", MARTIN, code=FIC.format(N1, 2)),
            piece(3, "bail", MARTIN),
            piece(4, "titre_propriete", f"M. {stray} Paul"),
            piece(5, "bulletin_salaire", "Mme FAURE Nicole"),
            piece(6, "attestation_caf", "Mme FAURE Nicole"),
        )
        assert [s[3] for s in done.sorts] == [None, motif, "SANS_FICHE", "SANS_FICHE"]

    def test_a_stray_piece_before_the_first_sheet_frees_no_silent_piece(self, site: TestSite) -> None:
        """It may not be what the missing sheet announced: papers without a name stay held."""
        done = site.deposit(
            page(1, "B", code=BOR.format(2, 4)),
            piece(2, "courrier_caf", "M. DURAND Paul"),
            page(3, "F", MARTIN, code=FIC.format(N1, 1)),
            piece(4, "bail", MARTIN),
            piece(5, "facture"),
            piece(6, "rib"),
        )
        assert [s[2] for s in done.sorts] == ["a_verifier", "deposee", "a_verifier", "a_verifier"]

    def test_pages_after_a_bordereau_without_fiche_are_nobodys(self, site: TestSite) -> None:
        done = site.deposit(
            page(1, "A", MARTIN, code=N1),
            piece(2, "bail", MARTIN),
            page(3, "B", code=BOR.format(1, 1)),
            piece(4, "facture"),
        )
        assert done.sorts[1] == ((4,), None, "a_verifier", "SANS_FICHE")

    def test_silent_pieces_after_a_page_that_could_not_be_opened(self, site: TestSite) -> None:
        done = site.deposit(
            page(1, "A", MARTIN, code=N1),
            piece(2, "bail", MARTIN),
            page(3, broken="abîmée"),
            piece(4, "facture"),
            canal=Canal.GUICHET,
        )
        assert [s[2] for s in done.sorts] == ["deposee", "a_verifier"]


def half(read: PageLue) -> PageLue:
    return replace(read, texte=replace(read.texte, partielle=True))


class TestPagesReadInPart:
    """What a dense page's middle says is read before its piece is held, or filed in silence (R14)."""

    def test_the_household_stands_in_the_middle_of_what_looked_like_a_strangers(self, site: TestSite) -> None:
        site.lecteur.whole = {2: piece(2, "commandement_payer", f"M. DURAND Paul contre {MARTIN}")}
        done = site.deposit(
            page(1, "A", MARTIN, code=N1),
            half(piece(2, "commandement_payer", "M. DURAND Paul")),
            half(piece(3, "bail", MARTIN)),
        )
        assert [s[2] for s in done.sorts] == ["deposee", "deposee"]
        assert site.lecteur.read == [1, 2, 3, 2]  # the lease had its name: it is read once

    def test_the_day_of_what_looks_too_old_may_stand_in_the_middle(self, site: TestSite) -> None:
        """The birthday of a child was all that its head and foot told of time (R24)."""
        site.lecteur.whole = {2: piece(2, "bulletin_salaire date=2026-10-31", MARTIN)}
        old = half(piece(2, "bulletin_salaire date=2015-10-27", MARTIN))
        done = site.deposit(page(1, "A", MARTIN, code=N1), old)
        assert done.sorts[0][2] == "deposee"

    def test_two_letters_of_one_form_are_read_whole_before_they_are_one(self, site: TestSite) -> None:
        kind = "notification_mdph lecture=partielle"
        site.lecteur.whole = {n: piece(n, f"notification_mdph date=2026-0{n}-11", MARTIN) for n in (2, 3)}
        done = site.deposit(page(1, "A", MARTIN, code=N1), *(half(piece(n, kind, MARTIN)) for n in (2, 3)))
        assert [s[2] for s in done.sorts] == ["deposee", "deposee"]

    def test_a_stranger_stands_in_the_middle_of_a_page_that_named_nobody(self, site: TestSite) -> None:
        site.lecteur.whole = {2: piece(2, "certificat_medical", "Mme FAURE Nicole")}
        done = site.deposit(
            page(1, "A", MARTIN, code=N1), half(piece(2, "certificat_medical")), piece(3, "bail", MARTIN)
        )
        assert done.sorts[0][2:] == ("a_verifier", "IDENTITE_INCOHERENTE")

    def test_a_page_that_cannot_be_read_again_keeps_what_was_read(self, site: TestSite) -> None:
        site.lecteur.whole = {2: page(2, broken="lecture interrompue")}
        done = site.deposit(
            page(1, "A", MARTIN, code=N1), half(piece(2, "bail", "M. DURAND Paul")), piece(3, "bail", MARTIN)
        )
        assert done.sorts[0][2:] == ("a_verifier", "IDENTITE_INCOHERENTE")
        assert done.sorts[1][2] == "deposee"

    def test_a_silent_page_that_cannot_be_read_again_is_not_filed(self, site: TestSite) -> None:
        site.lecteur.whole = {2: page(2, broken="lecture interrompue")}
        done = site.deposit(
            page(1, "A", MARTIN, code=N1), half(piece(2, "certificat_medical")), piece(3, "bail", MARTIN)
        )
        assert done.sorts[0][2:] == ("a_verifier", "ILLISIBLE")

    def test_pages_held_for_their_number_are_not_read_again(self, site: TestSite) -> None:
        site.deposit(page(1, "A", "Mme INCONNUE Zoé", code="999077700077775001"), half(piece(2, "bail")))
        site.deposit(half(piece(1, "bail", "Mme INCONNUE Zoé")), half(piece(2, "facture")), name="sans fiche")
        assert site.lecteur.read == [1, 2, 1, 2]

    def test_a_surname_alone_is_not_enough_to_leave_a_middle_unread(self, site: TestSite) -> None:
        site.lecteur.whole = {2: piece(2, "bail", "preneur Mme FAURE Nicole")}
        done = site.deposit(
            page(1, "A", MARTIN, code=N1),
            half(piece(2, "bail", "le locataire MARTIN")),
            piece(3, "rib", MARTIN),
        )
        assert site.lecteur.read == [1, 2, 3, 2]
        assert done.sorts[0][2:] == ("a_verifier", "IDENTITE_INCOHERENTE")

    def test_a_copy_read_whole_of_a_paper_read_in_part_is_found(self, site: TestSite) -> None:
        """Both of one day: what the middle of the first says is what the second shows (R25)."""
        middle = (
            "échelon cinquième montant annuel 5531 euros versés en dix mensualités exonération des frais "
            "inscription université Montreval licence sciences assiduité contrôlée présence obligatoire "
            "examens rattrapage recours gracieux délai deux mois rectorat académie délégation signature"
        )
        first = page(2, "bourse date=2026-08-24", MARTIN, WORDS, middle)
        site.lecteur.whole = {2: first}
        done = site.deposit(
            page(1, "A", MARTIN, code=N1),
            half(piece(2, "bourse date=2026-08-24", MARTIN)),
            page(3, "bourse date=2026-08-24", MARTIN, WORDS, middle),
        )
        assert site.lecteur.read == [1, 2, 3, 2]
        assert [s[2] for s in done.sorts] == ["deposee", "doublon"]

    def test_a_sheet_whose_number_stands_in_its_middle(self, site: TestSite) -> None:
        sheet = page(1, "attestation_enregistrement", MARTIN, WORDS)
        site.lecteur.whole = {
            1: page(1, "attestation_enregistrement", MARTIN, WORDS, f"Numéro unique : {N1}")
        }
        done = site.deposit(half(sheet), piece(2, "bail", MARTIN), canal=Canal.GUICHET)
        assert done.sorts[-1][2] == "deposee"

    def test_the_pieces_of_such_a_sheet_are_compared_with_their_household_at_last(
        self, site: TestSite
    ) -> None:
        """Held for their number, they were compared with nobody: a second look, of other pages."""
        sheet = page(1, "attestation_enregistrement", MARTIN, WORDS)
        site.lecteur.whole = {
            1: page(1, "attestation_enregistrement", MARTIN, WORDS, f"Numéro unique : {N1}"),
            2: piece(2, "commandement_payer", f"M. DURAND Paul contre {MARTIN}"),
            3: page(3, broken="lecture interrompue"),
        }
        done = site.deposit(
            half(sheet),
            half(piece(2, "commandement_payer", "M. DURAND Paul")),
            half(piece(3, "bail", "M. DURAND Paul")),
            canal=Canal.GUICHET,
        )
        assert [s[2] for s in done.sorts] == ["deposee", "a_verifier"]
        assert site.lecteur.read == [1, 2, 3, 1, 2, 3]  # each once more, though one could not be read

    def test_the_same_head_and_foot_are_looked_at_before_they_are_a_duplicate(self, site: TestSite) -> None:
        """A corrected payslip differs in its middle alone (R25)."""
        slip = half(
            piece(
                2,
                "bulletin_salaire periode=2026-10 date=2026-10-31 lecture=partielle",
                MARTIN,
                confidence=90.0,
            )
        )
        stain = replace(slip.texte.lignes[-1], texte=slip.texte.lignes[-1].texte + " |")
        again = replace(slip, numero=3, texte=replace(slip.texte, lignes=(*slip.texte.lignes[:-1], stain)))
        same = replace(slip, numero=4)
        site.lecteur.whole = {p.numero: p for p in (slip, again, same)}  # read again, no further
        done = site.deposit(page(1, "A", MARTIN, code=N1), slip, again, same)
        assert site.lecteur.read[4:] == [2, 3, 4]
        assert [s[2] for s in done.sorts] == ["deposee", "doublon", "doublon"]
        told = [i.etat.value for i in done.incidents if i.motif.value == "DOUBLON"]
        assert told == ["ouverte", "close"]  # the same bytes are no guess

    @pytest.mark.parametrize(("other", "again"), [(MARTIN, [2, 3]), ("M. BERNARD Louis", [])])
    def test_two_of_one_month_are_read_whole_unless_of_two_people(
        self, site: TestSite, other: str, again: list[int]
    ) -> None:
        kind = "bulletin_salaire periode=2026-10 lecture=partielle"
        slips = [half(piece(n, kind, name)) for n, name in ((2, MARTIN), (3, other))]
        site.lecteur.whole = {p.numero: p for p in slips}
        site.deposit(page(1, "A", MARTIN, code=N1), *slips)
        assert site.lecteur.read[3:] == again

    @pytest.mark.parametrize("first_in_part", [True, False])
    def test_a_copy_read_whole_of_what_was_read_in_part(self, site: TestSite, *, first_in_part: bool) -> None:
        """Of two envois, which was read in part is for chance to say: a person looks either way (R25)."""
        kind = "bulletin_salaire periode=2026-10 date=2026-10-31"
        middle = [f"rubrique {word} montant {n}" for n, word in enumerate(WORDS.split(), 10_000)]
        whole = page(2, kind, MARTIN, WORDS, *middle, "net 1 250,15 brut 1 602,40 cumul 14 204,90")
        part = half(page(2, f"{kind} lecture=partielle", MARTIN, WORDS, whole.texte.lignes[-1].texte))
        sheet = page(1, "A", MARTIN, code=N1)
        first, second = [part, whole][:: 1 if first_in_part else -1]
        assert [s[2] for s in site.deposit(sheet, first).sorts] == ["deposee"]
        done = site.deposit(sheet, second, name="autre.pdf")
        assert [s[2] for s in done.sorts] == ["doublon"]
        assert [i.etat.value for i in done.incidents if i.motif.value == "DOUBLON"] == ["ouverte"]


class TestOddities:
    @pytest.mark.parametrize("year", ["9998", "20²4", "", "abcd"])
    def test_a_year_that_is_none_harms_nobody(self, site: TestSite, year: str) -> None:
        done = site.deposit(
            page(1, "A", MARTIN, code=N1),
            piece(2, f"avis_imposition annee_revenus={year}", MARTIN),
            canal=Canal.GUICHET,
        )
        assert done.sorts[0][2] == "deposee"

    def test_a_page_that_only_looks_like_a_sheet_waits_to_be_classed(self, site: TestSite) -> None:
        done = site.deposit(
            page(1, "A", MARTIN, code=N1),
            piece(2, "bordereau_transmission p=0.6", MARTIN),
            canal=Canal.GUICHET,
        )
        assert done.sorts == [((2,), N1, "a_verifier", "MAL_CLASSEE")]

    def test_a_piece_whose_bytes_cannot_be_made_stops_no_other(self, site: TestSite) -> None:
        site.lecteur.uncuttable = 0
        done = site.deposit(
            page(1, "A", MARTIN, code=N1),
            piece(2, "bail", MARTIN),
            piece(3, "rib", MARTIN),
            canal=Canal.GUICHET,
        )
        assert [s[0] for s in done.sorts] == [(3,)]
        assert ("FICHIER_CORROMPU", (2,)) in done.motifs

    def test_two_childrens_papers_of_one_school_are_two(self, site: TestSite) -> None:
        school = ("Certificat de scolarité", WORDS, "École Jules-Verne 999 rue des Essais 01 02 03 04 05")
        kind = "certificat_scolarite date=2026-09-15"
        done = site.deposit(
            page(1, "A", MARTIN, code=N1),
            page(2, kind, "élève BERNARD Zoé", *school),
            page(3, kind, "élève BERNARD Louis", *school),
            canal=Canal.GUICHET,
        )
        assert [s[2] for s in done.sorts] == ["deposee", "deposee"]

    def test_an_alias_and_its_number_are_one_deposit(self, site: TestSite) -> None:
        first = site.deposit(piece(1, "bail", MARTIN), demande=N1)
        again = site.deposit(piece(1, "bail", MARTIN), demande="999010100000112345")
        assert [p.id for p in first.pieces] == [p.id for p in again.pieces]

    def test_a_forged_sheet_holds_a_direct_deposit_too(self, tmp_path: Path) -> None:
        site = TestSite(f"sqlite:///{tmp_path}/s.db", tmp_path, keys=(b"cle",))
        text = f"DU1;T=ATT;N={N1};A=E;D=20260101;S=AAAAAAAAAAAAAAAA"
        done = site.deposit(page(1, "A", code=text), piece(2, "bail", MARTIN), demande=N1)
        assert done.sorts[0][2:] == ("a_verifier", "QR_FALSIFIE")
        done = site.deposit(
            page(1, "B", code=BOR.format(1, 9) + ";S=AAAAAAAAAAAAAAAA"),
            page(2, "A", MARTIN, code=N1),
            piece(3, "rib", MARTIN),
        )
        assert done.motifs == [("HORS_PERIMETRE", (3,)), ("QR_FALSIFIE", (1,))]

    def test_a_place_that_frees_files_nothing_into_a_demande_radiated_since(self, site: TestSite) -> None:
        pieces = [piece(n, "quittance_loyer date=2026-10-01", MARTIN) for n in range(2, 9)]
        done = site.deposit(page(1, "A", MARTIN, code=N1), *pieces, canal=Canal.GUICHET)
        with site.uow() as tx:
            demande = tx.registre.chercher(N1)
            assert demande is not None
            tx.registre.enregistrer(replace(demande, statut=StatutDemande.RADIEE))
            tx.commit()
        gone = site.corriger(done.pieces[0].id, Supprimer(), Geste("agent:alice", "erreur"))
        assert gone.deposees == ()

    def test_an_interrupted_placing_is_undone_when_the_cut_has_changed(self, site: TestSite) -> None:
        pages = (piece(1, "bail", MARTIN), page(2, "A", code="999033300000112345"), piece(3, "rib", MARTIN))
        site.objects.down_after = 2
        with pytest.raises(StockageIndisponible):
            site.deposit(*pages, demande=N1)
        site.objects.down_after = None
        with site.uow() as tx:
            demande = tx.registre.chercher(N1)
            assert demande is not None
            tx.registre.enregistrer(replace(demande, alias=(*demande.alias, "999033300000112345")))
            tx.commit()
        site.clock.moment += timedelta(minutes=5)
        done = site.deposit(*pages, demande=N1)
        assert [s[0] for s in done.sorts] == [(1,), (2,), (3,)]
        assert not [d for d in check(site.queries, site.objects) if d.genre != "orphelin"]

    def test_a_long_piece_costs_no_more_a_page_than_a_short_one(self, site: TestSite) -> None:
        asked: list[int] = []

        class Counting(SayingClassifier):
            def boundary(self, previous: Sequence[PageLue], current: PageLue) -> Coupure:
                asked.append(len(previous))
                return super().boundary(previous, current)

        decouper([page(1, "bail"), *(page(n, "+") for n in range(2, 300))], Counting())
        assert max(asked) <= 8
