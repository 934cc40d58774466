"""One small dialog for an export: where, and how well."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from core.photo.files.atomic import kept_as, same_file
from core.photo.files.export import reencodes
from core.photo.files.formats import EXPORTS, LOSSLESS
from core.text import expanded
from editor.widgets.button import button_box

ENDINGS = {kind: ending for ending, kind in reversed(EXPORTS.items())}  # of each format its first


class ExportDialog(QDialog):
    """The name's ending says the format; quality counts for lossy formats only."""

    def __init__(
        self,
        path: Path,
        quality: int,
        parent: QWidget | None = None,
        *,
        recipe: bool | None = None,
        parameters: bool = False,
        original: Path | None = None,
    ) -> None:
        """recipe: whether the picture is to carry its recipe, None where it has none; original: as opened.

        parameters: and the same for other programs.
        """
        super().__init__(parent)
        self._original = original
        self.setWindowTitle(self.tr("Export Picture"))
        self.setMinimumWidth(600)
        self._build_place(path)
        self._build_quality(quality)
        self._build_carried(recipe, parameters)
        self.note = QLabel(wordWrap=True)
        self.warning = QLabel(wordWrap=True)
        self.buttons = button_box(QDialogButtonBox.StandardButton.Cancel)
        self.save = self.buttons.addButton(self.tr("Export"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._arrange()
        self._bind()
        self._judge()
        name = self.file.text()
        self.file.setSelection(len(name) - len(path.name), len(path.stem))

    def _build_place(self, path: Path) -> None:
        self.file = QLineEdit(str(path))
        self.file.setAccessibleName(self.tr("File"))
        self.file.setToolTip(
            self.tr("Where to write; the ending says the format: .png .tif .jpg .webp .avif")
        )
        self.browse = QPushButton(self.tr("Browse…"))
        self.browse.setToolTip(self.tr("Choose the place in the system's dialog"))
        self.format = QComboBox()
        self.format.setAccessibleName(self.tr("Format"))
        self.format.setToolTip(self.tr("What the picture is written as: the ending of the file's name"))
        for kind, ending in reversed(ENDINGS.items()):
            self.format.addItem(kind, ending)

    def _build_quality(self, quality: int) -> None:
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.spin = QSpinBox()
        self.spin.setCorrectionMode(QSpinBox.CorrectionMode.CorrectToNearestValue)
        for control in (self.slider, self.spin):
            control.setRange(1, 100)
            control.setValue(quality)
            control.setAccessibleName(self.tr("Quality"))
            control.setToolTip(self.tr("Quality of the lossy encoder, 1 to 100: higher is better and larger"))
        self.spin.setAlignment(Qt.AlignmentFlag.AlignRight)

    def _build_carried(self, recipe: bool | None, parameters: bool) -> None:
        self.recipe = QCheckBox(self.tr("Keep the recipe in the file"))
        self.recipe.setChecked(bool(recipe))
        self.recipe.setEnabled(recipe is not None)
        self.recipe.setToolTip(
            self.tr(
                "Prompts and settings of the last visible edit, in the picture's XMP: Palimpsest offers them "
                "when the picture is opened again, and “palimpsest edit --recipe” reads them."
            )
        )
        self.parameters = QCheckBox(self.tr("Write prompt and settings for other programs"))
        self.parameters.setChecked(parameters and recipe is not None)
        self.parameters.setEnabled(recipe is not None)
        self.parameters.setToolTip(
            self.tr(
                "As Automatic1111 writes its “parameters”: into PNG's text, else into EXIF's user comment. "
                "Galleries and other programs for Stable Diffusion show them."
            )
        )

    @property
    def path(self) -> Path:
        return expanded(self.file.text().strip()).absolute()

    @property
    def quality(self) -> int:
        return self.spin.value()

    def _arrange(self) -> None:
        place, quality = QHBoxLayout(), QHBoxLayout()
        place.addWidget(self.file, 1)
        place.addWidget(self.browse)
        quality.addWidget(self.slider, 1)
        quality.addWidget(self.spin)
        form = QFormLayout()
        form.setVerticalSpacing(12)
        form.setHorizontalSpacing(16)
        form.addRow(self.tr("File"), place)
        form.addRow(self.tr("Format"), self.format)
        form.addRow("", self.note)
        form.addRow(self.tr("Quality"), quality)
        form.addRow("", self.recipe)
        form.addRow("", self.parameters)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(16)
        column.addLayout(form)
        column.addWidget(self.warning)
        column.addWidget(self.buttons)

    def _bind(self) -> None:
        self.slider.valueChanged.connect(self.spin.setValue)
        self.spin.valueChanged.connect(self.slider.setValue)
        self.file.textChanged.connect(self._judge)
        self.format.activated.connect(lambda at: self._end_with(self.format.itemData(at)))
        self.spin.valueChanged.connect(self._judge)
        self.browse.clicked.connect(self._browse)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.save.setDefault(True)

    def _judge(self) -> None:
        """What the name means: its format, whether it can be written, whether something is replaced."""
        kind = EXPORTS.get(self.path.suffix.lower())
        self.format.setCurrentIndex(self.format.findText(kind or ""))
        if kind is None:
            self.note.setText(self.tr("Choose one, or end the name with .png, .tif, .jpg, .webp or .avif."))
        elif not reencodes(self.path, self.quality):
            self.note.setText(self.tr("Lossless: outside the mask every pixel stays as it was."))
        else:
            self.note.setText(
                self.tr("Lossy: pixels outside the mask change a little too. PNG and TIFF keep every bit.")
            )
        for control in (self.slider, self.spin):
            control.setEnabled(kind is not None and kind not in LOSSLESS)
        exists, folder = kind is not None and self.path.is_file(), self.path.parent
        self.save.setEnabled(kind is not None and folder.is_dir())
        self.save.setText(self.tr("Replace") if exists else self.tr("Export"))
        if exists and self._original is not None and same_file(self.path, self._original):
            self.warning.setText(
                self.tr("This is the opened picture. As it was first it stays beside it, as {name}.").format(
                    name=kept_as(self.path).name
                )
            )
        elif exists:
            self.warning.setText(self.tr("A file of this name is there and will be replaced."))
        elif not folder.is_dir():
            self.warning.setText(self.tr("There is no folder {name}.").format(name=folder))
        else:
            self.warning.setText("")

    def _end_with(self, ending: str) -> None:
        """The name with the ending of another format."""
        name = self.file.text().strip()
        suffix = Path(name).suffix
        if EXPORTS.get(suffix.lower()) != EXPORTS[ending]:
            known = suffix.lower() in EXPORTS
            self.file.setText((name.removesuffix(suffix) if known else name) + ending)

    def _browse(self) -> None:
        kinds = " ".join(f"*{ending}" for ending in EXPORTS)
        options = QFileDialog.Option.DontConfirmOverwrite  # this dialog says it itself
        name, _ = QFileDialog.getSaveFileName(
            self,
            self.windowTitle(),
            str(self.path),
            self.tr("Pictures ({kinds})").format(kinds=kinds),
            options=options,
        )
        if name:
            self.file.setText(name)
