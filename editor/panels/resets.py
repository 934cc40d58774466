"""Back to what an edit begins with, section by section: by the model's own ways, else the usual."""

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QObject

from core.document.commands import put_settings
from core.edit.parameters import PARAMETERS
from core.photo.masks.mask import default_feather
from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.widgets.section import Section

OF_A_MASK = ("mask", "edge")
Values = Mapping[str, object]  # by the fields of a request


class Resets(QObject):
    """Offers it in the header of each section whose settings are others. Each reset is one undo entry.

    sections  and the fields ("guidance.scale") that are set in each
    """

    def __init__(self, document: Document, sections: Mapping[Section, tuple[str, ...]]) -> None:
        super().__init__(document)
        self._document, self._sections = document, sections
        self._starts: Values = {}
        for section, fields in sections.items():
            section.resetRequested.connect(partial(self._reset, section, fields))
        document.changed.connect(self._hear)
        self._show()

    def begin_with(self, starts: Values) -> None:
        """What the model that is chosen begins with, where that isn't the usual."""
        self._starts = starts
        self._show()

    def _begins(self, fields: tuple[str, ...]) -> dict[str, object]:
        photo, rows = self._document.state.photo, {row.field: row for row in PARAMETERS}
        begins = {field: self._starts.get(field, rows[field].default) for field in fields}
        if photo is None:  # the next one begins with a mask of its own
            return {field: value for field, value in begins.items() if rows[field].panel not in OF_A_MASK}
        if "feather" in begins:
            begins["feather"] = default_feather(photo.size)
        return begins

    def _reset(self, section: Section, fields: tuple[str, ...]) -> None:
        text = self.tr("Reset {section}").format(section=section.header.text())
        self._document.apply(put_settings(self._begins(fields)), text, settings=True)

    def _hear(self, change: Changed) -> None:
        if change.what & (What.PHOTO | What.DRAFT):
            self._show()

    def _show(self) -> None:
        draft, rows = self._document.state.draft, {row.field: row for row in PARAMETERS}
        for section, fields in self._sections.items():
            begins = self._begins(fields)
            section.offer_reset(any(rows[field].of(draft) != value for field, value in begins.items()))


def fields_of(*panels: str) -> tuple[str, ...]:
    """The fields that have a control in these panels."""
    return tuple(row.field for row in PARAMETERS if row.panel in panels)


def fields_under(part: str) -> tuple[str, ...]:
    """The fields of a part of a request: "guidance", "target"."""
    return tuple(row.field for row in PARAMETERS if row.field.startswith(f"{part}."))
