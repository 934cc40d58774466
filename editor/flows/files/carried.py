"""What an opened picture carries of how it was drawn: read with it, and offered for the next edit."""

from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.document.recipe import named, reuse, taken
from core.edit.carried.generation import Generation
from core.edit.request import EditRequest
from core.errors import InputError
from core.photo.photo import Photo
from editor.banner import Banner, Bar
from editor.document.document import Document

CarriedSettings = EditRequest | Generation  # a recipe of this program's, or what another one wrote


def with_settings(path: Path) -> tuple[Photo, CarriedSettings | None]:
    """A picture, and the settings that it carries. Errors are those of `core.photo.files.open.open_photo`."""
    from core.edit.carried.read import generation_in
    from core.edit.report import carried
    from core.photo.files.open import open_photo

    photo = open_photo(path)
    with suppress(InputError):  # a recipe of a newer version: the picture counts
        if (recipe := carried(photo.xmp)) is not None:
            return photo, recipe
    return photo, generation_in(photo)


class Carried(QObject):
    """offered: it is asked whether they are wanted."""

    offered = Signal(Bar)

    def __init__(self, document: Document, banner: Banner, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._banner = document, banner
        self._offer: Bar | None = None

    @property
    def offer(self) -> Bar | None:
        """The question whether the opened picture's own settings are wanted, while it is asked."""
        return self._offer

    def ask(self, settings: CarriedSettings) -> None:
        """Offer what the picture was drawn with, by this program or another, for this picture or another."""
        if isinstance(settings, Generation):
            told = self.tr("{program} drew this picture: “{prompt}”")
            text = told.format(program=settings.program, prompt=settings.named)
            command, name = taken(settings), self.tr("Use another program's settings")
        else:
            text = self.tr("This picture carries its recipe: {name}").format(name=named(settings))
            command, name = reuse(settings), self.tr("Use a recipe")
        self._offer = self._banner.ask(
            text,
            (
                self.tr("Use These Settings"),
                lambda: self._document.apply(command, name, settings=True),
            ),
        )
        self._offer.closed.connect(self._forget)
        self.offered.emit(self._offer)

    def close(self) -> None:
        """Another picture is about to be shown."""
        if self._offer is not None:
            self._offer.close()

    def _forget(self) -> None:
        self._offer = None
