"""The two decoding libraries behind one shape: a grey array in, symbols out, never an exception."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import zxingcpp

from intake.domain.lecture import Boite, SymboleLu

Grey = npt.NDArray[np.uint8]

_QR = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
_MATRIX = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.DataMatrix])
_NAMES = {
    zxingcpp.BarcodeFormat.QRCode: "QRCODE",
    zxingcpp.BarcodeFormat.QRCodeModel1: "QRCODE",
    zxingcpp.BarcodeFormat.QRCodeModel2: "QRCODE",
    zxingcpp.BarcodeFormat.DataMatrix: "DATAMATRIX",
}
# What codes put between their fields.
_CONTROLS = str.maketrans("", "", "\n\r\t\x04\x1d\x1e\x1f")
_SHORTEST = 4  # characters: what chance makes of stripes and grain is shorter, or cannot be printed


def plausible(text: str) -> bool:
    """Whether a code may have been meant to say this: error correction lets chance through now and then."""
    return len(text) >= _SHORTEST and text.translate(_CONTROLS).isprintable()


def zxing(grey: Grey, *, invert: bool = True) -> tuple[SymboleLu, ...]:
    return _zxing(grey, formats=_MATRIX, try_invert=invert)


def zxing_redrawn(grey: Grey) -> tuple[SymboleLu, ...]:
    """A QR code alone, upright, in pure black and white: nothing is searched for."""
    return _zxing(grey, formats=_QR, try_invert=False, binarizer=zxingcpp.Binarizer.BoolCast, is_pure=True)


def _zxing(grey: Grey, **how: Any) -> tuple[SymboleLu, ...]:
    try:
        found = zxingcpp.read_barcodes(np.ascontiguousarray(grey), text_mode=zxingcpp.TextMode.Plain, **how)
    except Exception:  # noqa: BLE001 - a decoder's failure means that it found nothing
        return ()
    symbols = (_symbol(b) for b in found if b.valid and plausible(b.text))
    return tuple(s for s in symbols if s is not None)


def zxing_places(grey: Grey) -> tuple[Boite, ...]:
    """Where zxing-cpp saw a code that it could not decode."""
    try:
        found = zxingcpp.read_barcodes(
            np.ascontiguousarray(grey), formats=_MATRIX, return_errors=True, try_invert=False
        )
    except Exception:  # noqa: BLE001 - see `zxing`
        return ()
    return tuple(_box(b.position) for b in found if not b.valid)


def _symbol(barcode: zxingcpp.Barcode) -> SymboleLu | None:
    name = _NAMES.get(barcode.format)
    if name is None:
        return None
    return SymboleLu(name, barcode.text, _box(barcode.position))


def _box(position: Any) -> Boite:
    corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    xs, ys = [c.x for c in corners], [c.y for c in corners]
    return min(xs), min(ys), max(xs), max(ys)


def zbar(grey: Grey) -> tuple[SymboleLu, ...]:
    """QR codes only: zbar's decoders of other codes can abort the interpreter."""
    try:
        from pyzbar import pyzbar  # loads libzbar0: not before it serves

        found = pyzbar.decode(np.ascontiguousarray(grey), symbols=[pyzbar.ZBarSymbol.QRCODE])
        return tuple(
            SymboleLu("QRCODE", text, (r.left, r.top, r.left + r.width, r.top + r.height))
            for d in found
            if plausible(text := _text(d.data))
            for r in (d.rect,)
        )
    except Exception:  # noqa: BLE001 - ValueError on an orientation it does not know, ImportError without libzbar0
        return ()


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
