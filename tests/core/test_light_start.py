"""Nothing heavy is imported before it is needed: checked in a fresh interpreter."""

import pytest

from tests.fresh import QT, TORCH, loaded_by


def test_the_check_itself_sees_a_package():
    assert loaded_by("import json", ("json", "torch")) == ["json"]


@pytest.mark.parametrize(
    "module",
    [
        "core.edit.request",
        "core.edit.result",
        "core.edit.progress",
        "core.photo.files",
        "core.photo.export",
        "core.photo.mask_files",
        "core.photo.mask",
    ],
)
def test_requests_and_photos_need_no_torch(module: str):
    assert loaded_by(f"import {module}", TORCH) == []


def test_the_command_line_needs_no_qt():
    assert loaded_by("import core.cli", QT) == []


def test_the_version_is_said_at_once():
    statement = "import editor.__main__ as program\ntry: program.main(['--version'])\nexcept SystemExit: pass"
    assert loaded_by(statement, (*TORCH, *QT)) == []
