"""Whether a PDF page says that it paints something: what tells a blank one from one whose content is lost."""

from __future__ import annotations

import pikepdf

_DRAWN = frozenset({"Do", "sh", "INLINE IMAGE"})
_SHOWN = frozenset({"Tj", "TJ", "'", '"'})
_TRACED = frozenset({"l", "c", "v", "y", "re"})
_PAINTED = frozenset({"S", "s", "f", "F", "f*", "B", "B*", "b", "b*"})
_ENDED = _PAINTED | {"n"}


def paints(plan: pikepdf.Page) -> bool:
    """Whether the content of `plan`, as qpdf finds it, paints anything; so it does where nobody can tell."""
    if "/Contents" not in plan:
        return False
    traced = False
    try:
        for instruction in pikepdf.parse_content_stream(plan):
            operator = str(instruction.operator)
            if operator in _DRAWN or (operator in _PAINTED and traced):
                return True
            if operator in _SHOWN and any(_has_letters(operand) for operand in instruction.operands):
                return True
            traced = operator in _TRACED or (traced and operator not in _ENDED)
    except Exception:  # noqa: BLE001 - many kinds, one meaning: there is a content, and it is damaged
        return True
    return False


def _has_letters(operand: object) -> bool:
    """Whether what a text operator shows is more than spaces."""
    if isinstance(operand, pikepdf.Array):
        return any(_has_letters(part) for part in operand)
    return isinstance(operand, pikepdf.String) and bool(bytes(operand).strip(b" \0"))
