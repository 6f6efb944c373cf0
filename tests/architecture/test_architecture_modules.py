"""Rules that hold for every module: what it may import, read, print, and do when it is imported."""

from __future__ import annotations

import ast
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from architecture.checkout import PACKAGES, ROOT, all_files, imported, module, name, package_files, tree

# Modules longer than the rest, each with the reason why cutting it would not help its reader.
LONG_MODULES: dict[str, str] = {
    "tests/classifier/textes.py": "the words of made-up documents: data, read one entry at a time",
    "fixtures/generator/documents/famille.py": "the prose of invented documents, one function a layout",
    "fixtures/generator/documents/identite.py": "the prose of invented documents, one function a layout",
    "fixtures/generator/documents/motif.py": "the prose of invented documents, one function a layout",
    "fixtures/generator/documents/prestations.py": "the prose of invented documents, one function a layout",
    "fixtures/generator/envoi.py": "one list of the incidents an envoi may be given, a function each",
}
LONGEST = 400

# Modules beside web/settings.py that touch the environment, each with its reason.
ENVIRONMENT_TOUCHED: dict[str, str] = {
    "web/settings.py": "the only reader of the settings",
    "classifier/ocr.py": "Tesseract takes its folder and its threads from there alone",
    "intake/readers/sandbox.py": "hands it on to its child, with one thread per library",
}

# Modules whose trade is to write on the terminal.
TERMINAL = ("web/cli/", "classifier/evaluate.py")

# What an import may not do. The child says what it saw, one JSON line per offence.
WATCHER = """
import json, os, sys

FORBIDDEN = {"socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "sqlite3.connect",
             "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.fork", "os.system"}
LIBRARY_SEARCH = {"ldconfig", "gcc", "cc", "ld", "objdump"}  # ctypes looks for shared libraries with these
seen = []

def watch(event, args):
    if event == "socket.bind" and args[1] == ("::1", 0):
        return  # urllib3 asks whether this machine has IPv6
    if event in FORBIDDEN:
        seen.append([current, event, repr(args)[:200]])
    elif event == "open" and isinstance(args[0], str) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        if args[0] != os.devnull:
            seen.append([current, event, args[0]])
    elif event == "subprocess.Popen" and os.path.basename(str(args[0])) not in LIBRARY_SEARCH:
        seen.append([current, event, repr(args[:2])[:200]])

current = ""
sys.addaudithook(watch)
for current in sys.argv[1:]:
    __import__(current)
print(json.dumps(seen))
"""


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_is_ours_and_not_its_namesake_on_pypi(package: str) -> None:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin == str(ROOT / package / "__init__.py")


def test_the_packages_are_ours_from_flask_s_command_too() -> None:
    """A console script has the environment's bin folder first in its path, not the checkout."""
    script = (
        "import sys; sys.path[0] = sys.prefix; from flask.cli import ScriptInfo, prepare_import as prepare; "
        "prepare('web.app'); import importlib.util as i; "
        f"print([i.find_spec(p).origin for p in {PACKAGES!r}])"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == repr([str(ROOT / package / "__init__.py") for package in PACKAGES])


def test_every_module_says_in_a_sentence_what_it_owns() -> None:
    silent = [name(path) for path in all_files() if not ast.get_docstring(tree(path))]
    assert silent == []


def test_no_module_is_long_without_a_reason() -> None:
    lines = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in all_files()}
    assert {path for path, count in lines.items() if count > LONGEST} == set(LONG_MODULES)


def test_importing_any_module_does_nothing() -> None:
    # Alembic runs the files of `migrations` itself; they are steps, not modules.
    modules = [
        module(path) for path in package_files() if not {"__main__.py", "migrations"} & set(path.parts)
    ]
    child = subprocess.run(
        [sys.executable, "-B", "-c", WATCHER, *modules],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert child.returncode == 0, child.stderr
    assert child.stderr == "", "an import wrote on the terminal"
    assert json.loads(child.stdout) == []


def test_the_watcher_of_imports_sees_what_it_forbids(tmp_path: Path) -> None:
    (tmp_path / "culprit.py").write_text(
        "open('trace', 'w').close()\nimport sqlite3; sqlite3.connect('base')\n"
    )
    child = subprocess.run(
        [sys.executable, "-B", "-c", WATCHER, "culprit"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert {event for _, event, _ in json.loads(child.stdout)} == {"open", "sqlite3.connect"}


def test_the_domain_stands_on_the_standard_library_alone() -> None:
    allowed = sys.stdlib_module_names | {"intake"}
    foreign = [
        (name(path), imported_module)
        for path in sorted((ROOT / "intake" / "domain").rglob("*.py"))
        for imported_module in imported(path)
        if imported_module.split(".")[0] not in allowed
        or (imported_module.startswith("intake") and not imported_module.startswith("intake.domain"))
    ]
    assert foreign == []


def test_only_the_commands_print() -> None:
    printing = [
        f"{name(path)}:{node.lineno}"
        for path in package_files()
        if not name(path).startswith(TERMINAL)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printing == []


def test_the_application_stands_without_its_fixtures_and_its_tests() -> None:
    """They may start it; it may not lean on what is made up, nor on what is not installed with it."""
    theirs = {
        path.stem
        for folder in (ROOT / "fixtures", ROOT / "tests")
        for path in folder.iterdir()
        if path.suffix == ".py" or (path.is_dir() and any(path.glob("*.py")))
    } - set(PACKAGES)
    assert {"servers", "generator", "api_site"} <= theirs
    leaning = [
        (name(path), m) for path in package_files() for m in imported(path) if m.split(".")[0] in theirs
    ]
    assert leaning == []


def touches_environment(path: Path) -> bool:
    words = {"environ", "environb", "getenv", "putenv"}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and node.attr in words and ast.unparse(node.value) == "os":
            return True
        if isinstance(node, ast.ImportFrom) and node.module == "os" and words & {a.name for a in node.names}:
            return True
    return False


def test_the_environment_is_read_in_one_place() -> None:
    touching = {name(path) for path in package_files() if touches_environment(path)}
    assert touching - set(ENVIRONMENT_TOUCHED) == set()


def test_no_exception_to_the_rule_of_the_environment_is_out_of_date() -> None:
    listed = {path for path in ENVIRONMENT_TOUCHED if path != "web/settings.py"}
    assert [path for path in sorted(listed) if not touches_environment(ROOT / path)] == []
