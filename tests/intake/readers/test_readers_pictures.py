"""A picture is read, and filed, as a person sees it, whatever its file is made of."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from unittest.mock import ANY

import numpy as np
import pytest
from as_seen import (
    MIRRORED,
    alike,
    filed,
    page_of,
    scan,
    write,
)
from hostile import saved
from PIL import Image, TiffImagePlugin

from intake.domain.lecture import PageLue, TexteLu
from intake.errors import IntakeError
from intake.readers.files import open_file
from intake.readers.handler import Handler
from intake.readers.pixels import grey, halved, plain
from intake.readers.sniff import NUMERISEUR
from intake.readers.tasks import PageTask

pytestmark = pytest.mark.slow  # whole files, or whole commands


def tiff(*frames: tuple[Image.Image, dict[int, int]]) -> bytes:
    out = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(out, True) as writer:
        for frame, tags in frames:
            frame.encoderinfo = {}
            frame.save(writer, "TIFF", tiffinfo=tags, dpi=(75, 75), compression="tiff_lzw")
            writer.newFrame()
    return out.getvalue()


def test_the_preview_of_a_page_is_no_page(tmp_path: Path) -> None:
    preview = scan().resize((62, 88))
    data = tiff((preview, {254: 1}), (scan(), {254: 2}), (preview, {254: 1}), (scan(140), {254: 2}))
    path = write(tmp_path / "apercus.tif", data)
    opened = open_file(path, NUMERISEUR)
    opened.close()
    assert opened.pages == 2
    assert alike(page_of(path, 2).image, scan(140))
    assert alike(filed(path, tmp_path, 2), scan(140))


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_a_fax_stored_lying_down_stands_and_has_square_pixels(tmp_path: Path, compression: str) -> None:
    fax = scan().convert("L").resize((1728, 1143)).transpose(Image.Transpose.ROTATE_90)
    path = write(
        tmp_path / "fax.tif", saved(fax, "TIFF", dpi=(98, 204), compression=compression, tiffinfo={274: 6})
    )
    opened = open_file(path, NUMERISEUR)
    pictures = [opened.page(1).image for _ in range(2)]
    opened.close()
    assert all(alike(picture, scan().convert("L")) for picture in pictures)
    assert alike(filed(path, tmp_path), page_of(path).image)


@pytest.mark.parametrize(
    "samples",
    [
        np.asarray(scan().convert("L")).astype(np.float32) / 255,
        np.asarray(scan().convert("L")).astype(np.uint16) * 16,
        np.asarray(scan().convert("L")).astype(np.uint16) * 257,
    ],
    ids=["floats from 0 to 1", "12 bits", "16 bits"],
)
def test_the_white_of_a_picture_is_white(samples: np.ndarray) -> None:
    assert alike(plain(Image.fromarray(samples)), scan().convert("L"))


def test_a_picture_whose_transparency_would_hide_all_of_it_is_read(tmp_path: Path) -> None:
    nothing = scan().convert("RGBA")
    nothing.putalpha(0)
    path = write(tmp_path / "transparent.tif", saved(nothing, "TIFF"))
    assert alike(page_of(path).image, scan())
    assert alike(filed(path, tmp_path), scan())


def test_paper_that_is_transparent_over_black_is_white(tmp_path: Path) -> None:
    sheet = scan(40).convert("L").point(lambda v: 0 if v == 255 else v)
    path = write(tmp_path / "gris.png", saved(sheet, "PNG", transparency=0))
    assert alike(page_of(path).image, scan(40).convert("L"))
    assert alike(filed(path, tmp_path), page_of(path).image)


@pytest.mark.parametrize("size", [(1, 1), (1, 200), (200, 1), (2, 60)])
def test_a_picture_of_a_few_pixels_is_a_page_of_which_nothing_is_read(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    path = write(tmp_path / "point.png", saved(Image.new("RGB", size), "PNG"))
    assert Handler(None, 200, "tous")(PageTask(path, 1, NUMERISEUR)) == PageLue(
        1, texte=TexteLu(largeur=size[0], hauteur=size[1]), empreinte=ANY, cpu_seconds=ANY
    )


@pytest.mark.parametrize("orientation", MIRRORED)
def test_a_mirrored_photograph_is_filed_as_it_is_read(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = write(
        tmp_path / "miroir.jpg", saved(scan().transpose(MIRRORED[orientation]), "JPEG", exif=exif, quality=95)
    )
    assert alike(page_of(path).image, scan())
    assert alike(filed(path, tmp_path), scan())


def test_a_jpeg_of_four_inks_is_filed_as_it_is_read(tmp_path: Path) -> None:
    jpeg = saved(scan().convert("CMYK"), "JPEG")
    marker = jpeg.index(b"\xff\xee")
    (length,) = struct.unpack_from(">H", jpeg, marker + 2)
    path = write(tmp_path / "encres.jpg", jpeg[:marker] + jpeg[marker + 2 + length :])
    assert alike(filed(path, tmp_path), page_of(path).image)


def test_an_animated_png_is_refused_like_an_animated_webp(tmp_path: Path) -> None:
    data = saved(scan(), "PNG", save_all=True, append_images=[scan(140)])
    with pytest.raises(IntakeError) as caught:
        open_file(write(tmp_path / "anime.png", data), NUMERISEUR)
    assert caught.value.code == "FORMAT_REFUSE"


def test_the_halves_of_a_page_are_made_once_and_those_of_a_working_copy_each_time() -> None:
    page = Image.fromarray(np.random.default_rng(2).integers(0, 255, (120, 90), np.uint8))
    light = grey(page)
    assert halved(halved(light)) is halved(halved(light))
    with pytest.raises(ValueError, match="read-only"):
        light[0, 0] = 0  # what is remembered of it would be of another page
    copy = light.copy()
    before = halved(copy).copy()
    copy[:] = 255
    assert not np.array_equal(halved(copy), before)
