"""A model's own ways: what is known of it beyond its files, said, taken back, written out and read in."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from core.diffusion.weight import Guided
from core.edit.parameter import Option, Parameter
from core.edit.parameters import named
from core.edit.request import EditRequest
from core.errors import CoreError
from editor.panels.controls import make, reason, said
from editor.widgets.button import button_box, push_button
from editor.widgets.choice import Choice
from editor.widgets.icons import quiet
from editor.widgets.number import NumberSlider

if TYPE_CHECKING:
    from core.models.card import ModelCard
    from core.models.ways import Whence

LABELS = 110  # pixels of the first column
OF_FILES = ("clip_skip", "prediction", "zero_snr")  # how it is loaded, which is no setting of the next edit


class WayRow:
    """One thing that may be said of a model: whether it is said, and what."""

    def __init__(self, row: Parameter, label: str, on: str, off: str, blank: str) -> None:
        self.row = row
        self.says = QCheckBox(label)
        self.says.setMinimumWidth(LABELS)
        self.says.setToolTip(said(row.tip))
        self.says.setAccessibleDescription(said(row.tip))
        self.source = QLabel()
        self.source.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        switch = Option(True, on, said(row.tip)), Option(False, off, said(row.tip))
        self.control: Any = Choice(said(row.label), said(row.tip), switch) if row.switch else make(row)
        if isinstance(self.control, NumberSlider):
            self.control.label.hide()  # the box before it says it
        if isinstance(self.control, Choice):
            self.control.setPlaceholderText(blank)
        self.control.setEnabled(False)
        self.why = QLabel(wordWrap=True)
        quiet(self.why)
        self.says.toggled.connect(self._toggle)

    @property
    def value(self) -> object:
        """What is said; None for nothing."""
        if not self.says.isChecked():
            return None
        if not isinstance(self.control, NumberSlider):
            return self.control.currentData()
        value = self.control.value()
        return round(value) if int in (self.row.kind, *getattr(self.row.kind, "__args__", ())) else value

    def show(self, value: object, own: object, source: str) -> None:
        """value: that the user says, None for nothing;  own: what holds without it, and who says that."""
        self.says.setChecked(value is not None)
        self.source.setText(source)
        shown = own if value is None else value
        if not isinstance(self.control, NumberSlider):
            self.control.setCurrentIndex(self.control.findData(shown))  # -1, none, where nothing is known
        elif shown is not None:
            self.control.setValue(float(shown))  # type: ignore[arg-type]

    @property
    def shown(self) -> object:
        """What its control shows, said or not."""
        control = self.control
        return control.value() if isinstance(control, NumberSlider) else control.currentData()

    def explain(self, why: str) -> None:
        """Why it has no effect; "" where it has one."""
        self.why.setText(why)
        self.why.setVisible(bool(why))

    def _toggle(self, says: bool) -> None:
        self.control.setEnabled(says)
        if says and isinstance(self.control, Choice) and self.control.currentIndex() < 0:
            self.control.setCurrentIndex(0)


class WaysDialog(QDialog):
    """What is said of one model. `card`: all that its user says, once the dialog is accepted.

    draft, guided: the next edit's settings, and what guides the model: by them some rows have no effect.
    """

    def __init__(
        self,
        place: Path,
        name: str,
        draft: EditRequest,
        parent: QWidget | None,
        guided: Guided = Guided.PROMPTS,
    ) -> None:
        super().__init__(parent)
        from core.models.card import told_card
        from core.models.ways import sayable

        self._place, self._draft, self._guided = place, draft, guided
        self._card = told_card(place)
        self.setWindowTitle(self.tr("Ways of {name}").format(name=name))
        self.rows = {key: self._made(_row(key)) for key in sayable(place)}
        self.state = QLabel(wordWrap=True)
        self._build(name)
        self._show(self._card)
        for key in ("solver", "pseudo_guidance"):
            self.rows[key].control.currentIndexChanged.connect(self._explain)
        self._explain()

    def _explain(self) -> None:
        """Say of each row why it has no effect on this model, with what the rows and the next edit say."""
        shown = {key: self.rows[key].shown for key in ("solver", "pseudo_guidance")}
        known = {key: value for key, value in shown.items() if value is not None}
        request = self._draft.with_(**known)
        for row in self.rows.values():
            row.explain(reason(row.row, request, self._guided))

    def _made(self, row: Parameter) -> WayRow:
        label = self.tr("Guidance") if row.name == "guidance" else said(row.label)
        return WayRow(row, label, self.tr("On"), self.tr("Off"), self.tr("As its files say"))

    @property
    def card(self) -> "ModelCard":
        """What the rows say; what no row is for stays as it was said."""
        import msgspec

        return msgspec.structs.replace(self._card, **{key: row.value for key, row in self.rows.items()})

    def accept(self) -> None:
        """Remember it; what can't be so is said, and the dialog stays."""
        from core.models.card import tell

        try:
            tell(self._place, self.card)
        except ValueError as error:
            self.state.setText(f"{str(error)[:1].upper()}{str(error)[1:]}.")
            return
        except CoreError as error:
            self.state.setText(str(error))
            return
        super().accept()

    def take_present(self) -> None:
        """Say what the next edit is set to."""
        for key, row in self.rows.items():
            if key in OF_FILES:
                continue
            value = row.row.of(self._draft)
            if value is not None:
                row.show(value, None, row.source.text())
        self.state.setText(self.tr("These are the present settings; OK keeps them for this model."))

    def reset(self) -> None:
        """Say nothing of the model."""
        from core.models.card import ModelCard

        self._card = ModelCard()
        self._show(self._card)
        self.state.setText("")

    def export_to(self, path: Path) -> None:
        """All that is known, with what the rows say, as a card."""
        from core.models.card import write_card
        from core.models.ways import ways_without

        try:
            write_card(path, self.card.over(ways_without(self._place).card).elsewhere)
        except CoreError as error:
            self.state.setText(str(error))
        else:
            self.state.setText(self.tr("Written: {name}").format(name=path.name))

    def import_from(self, path: Path) -> None:
        """Say what a card says, in the place of what was said."""
        from core.models.card import import_card

        try:
            self._card = import_card(path).here(self._card)
        except CoreError as error:
            self.state.setText(str(error))
            return
        self._show(self._card)
        self.state.setText(self.tr("Read from {name}; OK keeps it for this model.").format(name=path.name))

    def _show(self, card: "ModelCard") -> None:
        from core.models.card import MASK_STRENGTH
        from core.models.ways import ways_without

        ways, usual = ways_without(self._place), {"mask_strength": MASK_STRENGTH, "clip_skip": 1}
        for key, row in self.rows.items():
            own, known = getattr(ways.card, key), usual.get(key, row.row.default)
            source = self._source(ways.whence.get(key))
            row.show(getattr(card, key), known if own is None else own, source)

    def _source(self, by: "Whence | None") -> str:
        from core.models.ways import SaidBy

        if by is None:
            return self.tr("unticked: the program's own")
        match by.source:
            case SaidBy.CARD:
                return self.tr("unticked: by its card")
            case SaidBy.FAMILY:
                return self.tr("unticked: usual for {name}").format(name=by.name)
            case _:
                return self.tr("unticked: as it is distilled")

    def _build(self, name: str) -> None:
        head = QLabel(
            self.tr("The settings that edits with {name} begin with. Tick one to set it yourself.").format(
                name=name
            ),
            wordWrap=True,
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for line, row in enumerate(self.rows.values()):
            for column, widget in enumerate((row.says, row.control, row.source)):
                grid.addWidget(widget, 2 * line, column)
            grid.addWidget(row.why, 2 * line + 1, 1, 1, 2)
        self.state.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.state.setMinimumHeight(self.fontMetrics().lineSpacing())
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(head)
        column.addLayout(grid)
        column.addWidget(self.state)
        column.addLayout(self._buttons())
        self.setMinimumWidth(560)

    def _buttons(self) -> QHBoxLayout:
        self.present = push_button(
            self.tr("Use Present Settings"), self.tr("Use the present settings as this model's own")
        )
        self.reset_button = push_button(
            self.tr("Reset"), self.tr("Take back all that you said of this model")
        )
        self.export_button = push_button(
            self.tr("Export…"), self.tr("Write all that is known of it as a card, JSON")
        )
        self.import_button = push_button(
            self.tr("Import…"), self.tr("Say what a card says that was exported before")
        )
        for button, do in (
            (self.present, self.take_present),
            (self.reset_button, self.reset),
            (self.export_button, self._ask_export),
            (self.import_button, self._ask_import),
        ):
            button.clicked.connect(do)
        box = button_box(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        across = QHBoxLayout()
        across.setSpacing(8)
        for button in (self.present, self.reset_button, self.export_button, self.import_button):
            across.addWidget(button)
        across.addStretch(1)
        across.addWidget(box)
        return across

    def _ask_export(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, self.tr("Export a card"), "palimpsest.json", self.tr("Cards (*.json)")
        )
        if name:
            self.export_to(Path(name))

    def _ask_import(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, self.tr("Import a card"), "", self.tr("Cards (*.json)"))
        if name:
            self.import_from(Path(name))


def _row(key: str) -> Parameter:
    row = named(key.replace("_", "-"))
    assert row is not None
    return row
