"""The settings of a movie: where it goes, how fast, and the file."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QWidget,
)

from core.edit.request import LARGEST_SEED, EditRequest
from core.movie.request import Interpolation, MovieRequest, Pacing, Steady
from core.movie.writer import ENDINGS
from core.text import expanded
from editor.widgets.seed import SeedEntry

PROMPTS = 128  # pixels: five prompts are seen at once
NUMBER = 96  # pixels: all numbers end at one line
SIDE = 512  # of a movie from the model alone, at first


@dataclass(frozen=True)
class Typed:
    """What stood in a form that was closed; the prompts only if they had been typed into it."""

    prompts: str | None
    to_seed: str
    file: str
    numbers: tuple[float, ...]
    choices: tuple[int, ...]


class MovieForm(QWidget):
    """edit: what all frames share; alone: the model draws without a photo, so that a size is asked for.

    folder  where the movie is proposed
    """

    changed = Signal()

    def __init__(self, edit: EditRequest, *, alone: bool, folder: Path) -> None:
        super().__init__()
        self.edit, self._alone, self._folder = edit, alone, folder
        self._build()
        self._build_choices()
        self._build_file()
        self._arrange()
        self._bind()

    @property
    def path(self) -> Path:
        return expanded(self.file.text().strip()).absolute()

    def movie(self) -> MovieRequest:
        """The movie as it is set. ValueError for what can't be."""
        prompts = tuple(line.strip() for line in self.prompts.toPlainText().splitlines() if line.strip())
        return MovieRequest(
            self.edit.with_(reference=prompts[0] if prompts else "", query=""),
            prompts,
            self.seconds.value(),
            self.fps.value(),
            Interpolation(self.text.currentData()),
            Steady(self.steady.currentData()),
            Pacing(self.pacing.currentData()),
            to_seed=int(self.to_seed.text()) if self.to_seed.text() else None,
            size=(self.side.value(), self.side.value()) if self._alone else None,
        )

    def typed(self) -> Typed:
        """What to `recall` when the dialog opens again."""
        return Typed(
            self.prompts.toPlainText() if self.prompts.document().isModified() else None,
            self.to_seed.text(),
            self.file.text(),
            tuple(spin.value() for spin in self._numbers()),
            tuple(box.currentIndex() for box in self._choices()),
        )

    def recall(self, typed: Typed) -> None:
        """As it stood when the dialog closed; prompts that nobody typed here follow the window's."""
        if typed.prompts is not None:
            self.prompts.setPlainText(typed.prompts)
            self.prompts.document().setModified(True)
        self.to_seed.setText(typed.to_seed)
        self.file.setText(typed.file)
        for spin, value in zip(self._numbers(), typed.numbers, strict=True):
            spin.setValue(value)  # type: ignore[arg-type]
        for box, index in zip(self._choices(), typed.choices, strict=True):
            box.setCurrentIndex(index)

    def _numbers(self) -> tuple[QDoubleSpinBox, QSpinBox, QSpinBox]:
        return self.seconds, self.fps, self.side

    def _choices(self) -> tuple[QComboBox, QComboBox, QComboBox]:
        return self.steady, self.text, self.pacing

    def _build(self) -> None:
        first = [self.edit.reference, self.edit.query]
        self.prompts = QPlainTextEdit("\n".join(filter(str.strip, first)))
        self.prompts.setPlaceholderText(self.tr("a tree in spring\na tree in summer\na tree in autumn"))
        self.prompts.setTabChangesFocus(True)
        self.prompts.setFixedHeight(PROMPTS)
        self._name(self.prompts, self.tr("Prompts"), self.tr("One prompt a line, in the movie's order"))
        self.seconds = QDoubleSpinBox(minimum=0.1, maximum=600, value=2, decimals=1, suffix=self.tr(" s"))
        self._name(self.seconds, self.tr("Seconds"), self.tr("From one prompt to the next"))
        self.fps = QSpinBox(minimum=1, maximum=60, value=12)
        self._name(self.fps, self.tr("Frames a second"), self.tr("Frame rate of the movie"))
        self.side = QSpinBox(minimum=64, maximum=2048, value=SIDE, suffix=self.tr(" px"))
        self._name(self.side, self.tr("Size"), self.tr("Side of the picture that the model draws alone"))
        self.to_seed = SeedEntry()
        self.to_seed.setPlaceholderText(self.tr("none: the noise stays"))
        self._name(self.to_seed, self.tr("Second seed"), self.tr(
            "The noise turns from the edit's seed to this one over the movie: spherical interpolation of the"
            " noise. To show it, an edit that keeps its form needs the solver"
            " “Edit-friendly DDPM”, or some variation."
        ))  # fmt: skip

    def _build_choices(self) -> None:
        self.steady = self._choice(self.tr("Every frame from"), self.tr(
            "The same encoded picture at one ratio, or chained: the last picture of one way starts the next,"
            " with the colours held to those of the first frame"),
            ((self.tr("the same picture"), Steady.FIXED), (self.tr("the way before"), Steady.CHAINED)),
        )  # fmt: skip
        self.text = self._choice(self.tr("Text"), self.tr("Interpolation of the text embedding"), (
            (self.tr("straight (linear)"), Interpolation.LINEAR),
            (self.tr("round (spherical)"), Interpolation.SPHERICAL),
        ))  # fmt: skip
        self.pacing = self._choice(self.tr("Spacing"), self.tr(
            "At equal steps of the text, or bisected where neighbouring frames differ most"),
            ((self.tr("at equal steps"), Pacing.EVEN), (self.tr("where the picture changes"), Pacing.CHANGE)),
        )  # fmt: skip

    def _build_file(self) -> None:
        self.file = QLineEdit(str(self._folder / "movie.mp4"))
        self._name(self.file, self.tr("File"), self.tr(
            "{endings}, or a name without an ending for a folder of numbered PNGs"
        ).format(endings=" ".join(ENDINGS)))  # fmt: skip
        self.browse = QPushButton(self.tr("Browse…"), autoDefault=False)
        self.browse.setToolTip(self.tr("Choose the place in the system's dialog"))

    def _name(self, control: QWidget, name: str, tip: str) -> None:
        control.setAccessibleName(name)
        control.setToolTip(tip)
        if isinstance(control, QAbstractSpinBox):
            control.setAlignment(Qt.AlignmentFlag.AlignRight)
            control.setMinimumWidth(NUMBER)
            control.setCorrectionMode(QAbstractSpinBox.CorrectionMode.CorrectToNearestValue)

    def _choice(self, name: str, tip: str, values: tuple[tuple[str, object], ...]) -> QComboBox:
        box = QComboBox()
        for text, value in values:
            box.addItem(text, value)
        box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._name(box, name, tip)
        return box

    def _arrange(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        place = QHBoxLayout()
        place.setSpacing(8)
        place.addWidget(self.file, 1)
        place.addWidget(self.browse)
        controls = [self.prompts, self.seconds, self.fps, self.steady, self.text, self.pacing, self.to_seed]
        for control in [*controls, self.side] if self._alone else controls:
            form.addRow(control.accessibleName(), control)
        form.addRow(self.file.accessibleName(), place)

    def _bind(self) -> None:
        for changed in (
            self.prompts.textChanged, self.file.textChanged, self.to_seed.textChanged,
            *(spin.valueChanged for spin in self._numbers()),
            *(box.currentIndexChanged for box in self._choices()),
        ):  # fmt: skip
            changed.connect(self.changed)
        self.to_seed.stepped.connect(self._step_seed)
        self.browse.clicked.connect(self._browse)

    def _step_seed(self, step: int) -> None:
        """↑ and ↓ begin at the edit's own seed."""
        seed = int(self.to_seed.text() or self.edit.seed) + step
        self.to_seed.setText(str(min(LARGEST_SEED, max(0, seed))))

    def _browse(self) -> None:
        kinds = " ".join(f"*{ending}" for ending in ENDINGS)
        name, _ = QFileDialog.getSaveFileName(
            self, self.window().windowTitle(), str(self.path), self.tr("Movies ({kinds})").format(kinds=kinds)
        )
        if name:
            self.file.setText(name)
