"""Nothing dies in silence."""

import logging
import os
import sys
import threading

import pytest
from PySide6.QtCore import qInstallMessageHandler

from core.errors import CoreError
from editor import log


@pytest.fixture
def faults(qapp):
    faults = log.Faults()
    faults.install()
    yield faults
    faults.remove()


def test_an_uncaught_exception_becomes_a_sentence_with_details(qtbot, faults, caplog):
    with qtbot.waitSignal(faults.happened) as happened:
        try:
            raise ZeroDivisionError("oops")
        except ZeroDivisionError:
            sys.excepthook(*sys.exc_info())
    (error,) = happened.args
    assert isinstance(error, CoreError)
    assert error.message == "Something went wrong: ZeroDivisionError."
    assert "oops" in log.details(error)
    assert "test_log.py" in log.details(error)
    assert "uncaught" in caplog.text


def test_one_in_another_thread_too(qtbot, faults):
    with qtbot.waitSignal(faults.happened) as happened:
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
    assert "ZeroDivisionError" in happened.args[0].message


def test_the_hooks_are_given_back(qapp):
    before = sys.excepthook, threading.excepthook
    faults = log.Faults()
    faults.install()
    faults.remove()
    assert (sys.excepthook, threading.excepthook) == before


@pytest.fixture
def root():
    logger = logging.getLogger()
    before, level = list(logger.handlers), logger.level
    yield logger
    for handler in [handler for handler in logger.handlers if handler not in before]:
        logger.removeHandler(handler)
        handler.close()
    logger.setLevel(level)


def test_the_log_is_a_file_in_its_folder(root, tmp_path, monkeypatch):
    monkeypatch.setattr(log, "qInstallMessageHandler", lambda handler: None)
    log.start(tmp_path / "logs")
    logging.getLogger("palimpsest").warning("a line")
    assert "a line" in (tmp_path / "logs" / "palimpsest.log").read_text()


def test_a_name_that_is_no_unicode_is_logged(tmp_path, capsys):
    root = logging.getLogger()
    level, before = root.level, list(root.handlers)
    for handler in before:  # pytest's, whose reports hold Unicode only
        root.removeHandler(handler)
    log.start(tmp_path)
    try:
        logging.getLogger("test").warning("%s is gone", os.fsdecode(b"caf\xe9.png"))
    finally:
        qInstallMessageHandler(None)
        root.setLevel(level)
        for handler in list(root.handlers):
            root.removeHandler(handler)
            handler.close()
        for handler in before:
            root.addHandler(handler)
    assert "caf\\udce9.png is gone" in (tmp_path / "palimpsest.log").read_text(encoding="utf-8")
    assert "Logging error" not in capsys.readouterr().err
