"""A pytest plugin that makes every import of Qt fail: `-p qtfree` proves that core runs without it."""

import sys
from importlib.abc import MetaPathFinder

import pytest

QT = frozenset({"PySide6", "shiboken6", "PyQt6", "pyqtgraph", "qtawesome", "qtpy"})


class QtBlocker(MetaPathFinder):
    """Stands before every other finder and refuses the packages of Qt."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        if fullname.partition(".")[0] in QT:
            raise ModuleNotFoundError(f"{fullname} is blocked: this run proves that Qt is not needed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Know pytest-qt's settings, which stay in pyproject.toml while the plugin itself is left out."""
    for name in ("qt_api", "qt_log_level_fail", "qt_log_ignore", "qt_qapp_name"):
        parser.addini(name, "of pytest-qt, unused here")
    loaded = QT & sys.modules.keys()
    if loaded:
        raise pytest.UsageError(f"Qt came in before the first test: {', '.join(sorted(loaded))}")
    sys.meta_path.insert(0, QtBlocker())
