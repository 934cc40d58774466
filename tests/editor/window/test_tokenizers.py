"""A model file without its tokenizer: got from a small hub on this machine's loopback, or from a folder."""

import pytest
from PySide6.QtWidgets import QFileDialog, QPushButton

from core.models.text.tokenizer_places import QWEN3, T5
from editor.banner import Kind
from tests.core.tiny import tiny_qwen_tokenizer, tiny_t5_tokenizer
from tests.editor.window.conftest import TIMEOUT
from tests.hub_server import asked_by_itself

MODEL = "/models/z_image_turbo.safetensors"


@pytest.fixture
def tokenizer(tmp_path, monkeypatch):
    """A folder with Qwen3's; none is kept yet."""
    monkeypatch.setattr("platformdirs.user_data_path", lambda _: tmp_path / "data")
    folder = tmp_path / "some model" / "tokenizer"
    tiny_qwen_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture
def refused(qtbot, standing_in, told, tokenizer):
    """The window after such a file was chosen; with the tokenizer kept, the stand-in opens it."""
    (told / "lacks").write_text(QWEN3.key)
    with qtbot.waitSignals([standing_in.jobs.modelFailed, standing_in.jobs.modelReady], timeout=TIMEOUT):
        standing_in.models.choose(MODEL, "cpu")
    (told / "lacks").unlink()
    return standing_in


def question(window, words):
    """The open bar that asks about this."""
    return next((bar for bar in window.banner.bars if bar.kind is Kind.QUESTION and words in bar.text), None)


def press(bar, label):
    next(button for button in bar.findChildren(QPushButton) if button.text() == label).click()


def opens(qtbot, window, do):
    with qtbot.waitSignal(window.jobs.modelReady, timeout=TIMEOUT):
        do()
    assert window.models.info.name == MODEL
    assert not [bar for bar in window.banner.bars if bar.kind is Kind.QUESTION]
    assert QWEN3.is_in(QWEN3.home)


def test_chosen_in_a_folder_it_is_kept_and_the_model_opens(qtbot, refused, tokenizer, monkeypatch):
    bar = question(refused, "needs the tokenizer")
    assert "palimpsest" not in bar.accessibleName()
    assert "16 MB" in bar.accessibleName()
    chosen = [str(tokenizer.parent.parent), str(tokenizer.parent)]
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: chosen.pop(0))
    press(bar, "Choose a Folder…")
    qtbot.waitUntil(lambda: any("holds no" in bar.text for bar in refused.banner.bars), timeout=TIMEOUT)
    opens(qtbot, refused, lambda: press(question(refused, "needs the tokenizer"), "Choose a Folder…"))


def test_it_is_fetched_once_its_licence_and_size_are_told(qtbot, refused, tokenizer, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    press(question(refused, "needs the tokenizer"), "Get It…")
    qtbot.waitUntil(
        lambda: any(bar.text.startswith("Nothing is downloaded") for bar in refused.banner.bars),
        timeout=TIMEOUT,
    )
    files = {f"tokenizer/{file.name}": file.read_bytes() for file in tokenizer.iterdir()}
    with asked_by_itself(files, monkeypatch) as hub:
        hub.info = {"cardData": {"license": "apache-2.0"}}
        press(question(refused, "needs the tokenizer"), "Get It…")
        qtbot.waitUntil(lambda: question(refused, QWEN3.repo) is not None, timeout=TIMEOUT)
        bar = question(refused, QWEN3.repo)
        assert "Licence: apache-2.0" in bar.accessibleName()
        assert not hub.asked, "nothing before it is wanted"
        get = next(one for one in bar.findChildren(QPushButton) if one.text().startswith("Get ("))
        opens(qtbot, refused, get.click)


def test_one_without_which_a_model_opens_is_offered_too(qtbot, standing_in, told, tokenizer, monkeypatch):
    """Stable Diffusion 3 in one file does without T5 until its tokenizer is there."""
    (told / "without").write_text("t5")
    with qtbot.waitSignal(standing_in.jobs.modelReady, timeout=TIMEOUT):
        standing_in.models.choose(MODEL, "cpu")
    bar = question(standing_in, "T5 is left out")
    assert "palimpsest" not in "".join(bar.accessibleName() for bar in standing_in.banner.bars)
    assert any("taken from elsewhere" in bar.text for bar in standing_in.banner.bars)
    tiny_t5_tokenizer().save_pretrained(tokenizer.with_name("tokenizer_3"))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tokenizer.parent))
    (told / "without").unlink()
    with qtbot.waitSignal(standing_in.jobs.modelReady, timeout=TIMEOUT):
        press(bar, "Choose a Folder…")
    assert T5.is_in(T5.home)
    assert question(standing_in, "T5 is left out") is None
