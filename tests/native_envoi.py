"""A small envoi whose pages carry their own text, read in a fraction of a second each; and its register."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from generator.corpus import graine
from generator.envoi import compose, deplie
from generator.registre import REFERENCE
from intake.domain.demande import Demande
from web.documents import read_register


@dataclass(frozen=True)
class NativeEnvoi:
    file: Path
    demandes: tuple[Demande, ...]
    pages: int


def native_envoi(folder: Path, *, demandes: int = 2, seed: int = 7) -> NativeEnvoi:
    """Drawn from `seed`: a bordereau, then each demande's sheet and pieces, without versos."""
    rng = graine(seed, "envoi")
    envoi = compose(rng, demandes=demandes, incidents=("doublon", "hors_perimetre"), reference=REFERENCE)
    deplie(envoi, rng)
    folder.mkdir(parents=True, exist_ok=True)
    out = pikepdf.new()
    for sheet in envoi.feuilles:
        if sheet.doc is not None and sheet.nature != "verso":
            with pikepdf.open(io.BytesIO(sheet.doc.pdf)) as source:
                out.pages.append(source.pages[sheet.page])
    file = folder / "envoi.pdf"
    out.save(file)
    register = folder / "demandes.jsonl"
    lines = [json.dumps(m.registre(envoi.reference), ensure_ascii=False) for m in envoi.registre]
    register.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return NativeEnvoi(file, tuple(read_register(register, REFERENCE)), len(out.pages))
