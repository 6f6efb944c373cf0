"""What the architecture tests know of the checkout: where it is, its modules, and their syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("intake", "classifier", "storage", "web")


def package_files() -> list[Path]:
    """Every Python file of the four packages."""
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def all_files() -> list[Path]:
    """Every Python file that is ours: the packages, the generator, the tests."""
    others = [path for folder in ("fixtures", "tests") for path in sorted((ROOT / folder).rglob("*.py"))]
    return package_files() + others


def name(path: Path) -> str:
    """The path as the lists of exceptions write it: `web/settings.py`."""
    return path.relative_to(ROOT).as_posix()


def module(path: Path) -> str:
    """The dotted name of a file of the four packages."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def imported(path: Path) -> tuple[str, ...]:
    """The modules that a file imports, wherever in it, by their absolute names."""
    return tuple(_imported(path))


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module(path).split(".")
            # `from . import x` counts from the package that holds the file.
            if path.name != "__init__.py":
                package = package[:-1]
            above = package[: len(package) - node.level + 1] if node.level else []
            yield ".".join([*above, node.module or ""]).strip(".")
