"""A part that a single file's model lacks, its VAE or a text encoder: the file that holds it, chosen."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from core.errors import CoreError
from editor.banner import Banner, Bar
from editor.tasks import Tasks


class ModelParts(QObject):
    """came: of this model a part was chosen, and it can be tried again."""

    came = Signal(str)

    def __init__(self, tasks: Tasks, banner: Banner, window: QWidget) -> None:
        super().__init__(window)
        self._tasks, self._banner, self._window = tasks, banner, window

    def offer(self, error: CoreError, model: str) -> Bar:
        """A model can't be opened for want of one (`error.lacks`): the way to it."""
        bar = self._banner.ask(error.message, hint=error.hint)
        tip = self.tr("Take it from a file on this machine; this model remembers it")
        bar.add(self.tr("Choose a File…"), tip, partial(self.choose, model), close=False)
        return bar.until(self.came)

    def choose(self, model: str) -> None:
        """Ask for the file of a part that the model's own lacks, in the place of one chosen before."""
        title = self.tr("Text encoder or VAE of {name}").format(name=Path(model).name)
        kinds = f"{self.tr('Models (*.safetensors *.gguf)')};;{self.tr('All files (*)')}"
        from core.models.catalog import folder_of

        place = folder_of(model)
        name, _ = QFileDialog.getOpenFileName(self._window, title, str(place.parent), kinds)
        if not name:
            return

        def keep() -> None:
            from core.models.files.checkpoint import choose_part

            choose_part(place, Path(name))

        self._tasks.write(keep, lambda _: self.came.emit(model), self._banner.error)
