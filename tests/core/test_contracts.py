"""The arrows of ARCHITECTURE.md are kept by import-linter; here each contract is seen to break."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("core", "editor", "resources")

WITHOUT_TORCH = {"document-without-engine", "views-without-models"}

# file, import planted in it, ids of exactly the contracts that it has to break
CROSSINGS = [
    ("core/errors.py", "import editor", {"editor-above-core"}),
    ("core/edit/engine.py", "from PySide6.QtCore import QObject", {"core-without-qt"}),
    ("core/photo/photo.py", "import pyqtgraph", {"core-without-qt"}),
    ("core/diffusion/step.py", "import core.photo.photo", {"diffusion-is-pure"}),
    ("core/diffusion/step.py", "from core.models import backbone", {"diffusion-is-pure"}),
    ("core/diffusion/step.py", "from core.edit import progress", {"diffusion-is-pure"}),
    ("core/diffusion/step.py", "import diffusers", {"diffusion-is-pure", "models-know-the-libraries"}),
    ("core/edit/engine.py", "from transformers import CLIPTokenizer", {"models-know-the-libraries"}),
    ("core/photo/photo.py", "import torch", {"photo-without-torch", *WITHOUT_TORCH}),
    ("core/edit/result.py", "import torch", {"request-without-torch", *WITHOUT_TORCH}),
    ("core/edit/progress.py", "import torch", {"request-without-torch"}),
    ("core/document/mask.py", "import torch", WITHOUT_TORCH),
    ("core/edit/progress.py", "from core.document import mask", {"document-above-edit"}),
    ("editor/panels/__init__.py", "import torch", {"views-without-models"}),
    ("editor/canvas/__init__.py", "from core.models import backbone", {"views-without-models"}),
    ("editor/document/document.py", "import editor.panels", {"document-below-views"}),
    ("editor/theme.py", "from core.edit.engine import Engine", {"one-door-to-the-engine"}),
    ("editor/flows/many/batch_thread.py", "from core.commands import batch", {"editor-without-commands"}),
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the packages' sources and of the contracts, to plant an import in."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=_all_but_python)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_tree_keeps_every_contract(tree: Path):
    assert broken(tree) == set()


@pytest.mark.parametrize(("file", "statement", "crossed"), CROSSINGS)
def test_a_crossing_breaks_its_contract(tree: Path, file: str, statement: str, crossed: set[str]):
    with (tree / file).open("a", encoding="utf-8") as source:
        source.write(f"\n\ndef planted():\n    {statement}\n")
    assert broken(tree) == crossed


def test_every_contract_is_seen_to_break():
    seen = set().union(*(crossed for _, _, crossed in CROSSINGS))
    assert seen == {contract["id"] for contract in contracts()}


def test_no_files_import_each_other_in_a_circle(tree: Path):
    assert circle(tree) == []


@pytest.mark.parametrize(
    "statement",
    [
        "def late():\n    from core.photo import photo",
        "if TYPE_CHECKING:\n    from core.photo.photo import Photo",
        "import core.photo.photo as photos",
    ],
)
def test_a_circle_is_found_however_late_the_import_is(tree: Path, statement: str):
    with (tree / "core/photo/rect.py").open("a", encoding="utf-8") as source:
        source.write(f"\n\n{statement}\n")
    assert {"core.photo.rect", "core.photo.photo"} <= set(circle(tree))


def test_no_two_public_classes_share_a_name():
    places = defaultdict[str, list[str]](list)
    for package in ("core", "editor"):
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places[node.name].append(str(file.relative_to(ROOT)))
    assert not {name: where for name, where in places.items() if len(where) > 1}


def circle(tree: Path) -> list[str]:
    """The modules of one circle of imports, wherever in a file these stand; [] where there is none."""
    files = {_module(tree, file): file for package in PACKAGES for file in (tree / package).rglob("*.py")}
    graph = {name: _imported(file) & files.keys() - {name} for name, file in files.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def _imported(file: Path) -> set[str]:
    """Whatever a file may import: of `from a import b` both a.b and, where that is no module, a."""
    names = set[str]()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute here"
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module or ""}
    return names


def _module(tree: Path, file: Path) -> str:
    return ".".join(file.relative_to(tree).with_suffix("").parts).removesuffix(".__init__")


def broken(tree: Path) -> set[str]:
    """The ids of the contracts that import-linter finds broken in this tree."""
    ids = {contract["name"]: contract["id"] for contract in contracts()}
    code = "import importlinter.cli as cli; cli.lint_imports_command(['--no-cache', '--no-logo'])"
    command = [sys.executable, "-c", code]
    run = subprocess.run(
        command, cwd=tree, capture_output=True, text=True, env={"COLUMNS": "300"}, check=False
    )
    verdicts = dict(re.findall(r"^(.+) (KEPT|BROKEN)\b", run.stdout, re.MULTILINE))
    assert verdicts.keys() == ids.keys(), run.stdout + run.stderr
    return {ids[name] for name, verdict in verdicts.items() if verdict == "BROKEN"}


def contracts() -> list[dict[str, str]]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]


def _all_but_python(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if not (name.endswith(".py") or (Path(folder) / name).is_dir())}
