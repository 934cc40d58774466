"""Nothing heavy is imported before it is needed: checked in a fresh interpreter."""

import pytest

from tests.fresh import QT, TORCH, loaded_by


def said(*words: str) -> str:
    """A command of the program, as a statement."""
    return f"import editor.__main__ as program\ntry: program.main({list(words)})\nexcept SystemExit: pass"


def test_the_check_itself_sees_a_package():
    assert loaded_by("import json", ("json", "torch")) == ["json"]


@pytest.mark.parametrize(
    "module",
    [
        "core.edit.request",
        "core.edit.result",
        "core.edit.progress",
        "core.photo.files.open",
        "core.photo.files.export",
        "core.photo.files.mask_files",
        "core.photo.masks.mask",
    ],
)
def test_requests_and_photos_need_no_torch(module: str):
    assert loaded_by(f"import {module}", TORCH) == []


def test_the_command_line_needs_no_qt():
    assert loaded_by("import core.cli", QT) == []


def test_the_version_is_said_at_once():
    assert loaded_by(said("--version"), (*TORCH, *QT)) == []


def test_help_reads_no_picture_and_computes_nothing():
    heavy = (*TORCH, *QT, "numpy", "scipy", "PIL", "defusedxml", "tqdm", "importlib.resources")
    assert loaded_by(said("edit", "--help"), heavy) == []


def test_a_model_is_shown_without_torch_and_without_what_computes():
    shown = said("models", "show", "starter")
    assert loaded_by(shown, (*TORCH, *QT, "scipy")) == []


def test_a_command_takes_no_imports_of_another():
    others = ("core.commands.batch", "core.commands.grid", "core.commands.movie", "core.commands.models")
    assert loaded_by(said("edit", "--help"), others) == []
