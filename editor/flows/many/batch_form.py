"""The settings of a batch: which pictures, where to, masks, recipe, workers and quality."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QFormLayout, QHBoxLayout, QLabel, QPushButton, QSpinBox, QWidget

from core.edit.report import open_recipe
from core.edit.request import EditRequest
from core.errors import InputError
from core.photo.files.formats import OPENED, QUALITY
from editor.flows.many.batch_thread import BatchOrder
from editor.widgets.path_field import PathField


class BatchForm(QWidget):
    """`order` is what they come to."""

    changed = Signal()

    def __init__(self, folder: Callable[[], Path]) -> None:
        """folder: where file dialogs begin."""
        super().__init__()
        self._folder = folder
        self._build_paths()
        self._build_numbers()
        self._arrange()
        self._bind()

    def order(self, settings: Callable[[], EditRequest]) -> BatchOrder:
        """What is asked for. settings: of the window, for want of a recipe. InputError for what can't be."""
        masks, recipe, output = self.masks.path, self.recipe.path, self.output.path
        assert output is not None
        if masks is not None and not masks.is_dir():
            raise InputError(
                self.tr("There is no folder {masks}.").format(masks=masks),
                self.tr("Name the one that holds the masks, or leave it empty."),
            )
        request = settings() if recipe is None else open_recipe(recipe)
        if not (request.query.strip() or request.remove):
            raise InputError(
                self.tr("Say first what it should be."),
                self.tr("Type it in the panel at the right of the window."),
            )
        return BatchOrder(
            request, self.pictures.text, output, masks, recipe, self.workers.value(), self.quality.value()
        )

    def typed(self) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """What stands in the form, to `recall` when the dialog opens again."""
        return tuple(field.text for field in self._paths), (self.workers.value(), self.quality.value())

    def recall(self, typed: tuple[tuple[str, ...], tuple[int, ...]]) -> None:
        paths, (workers, quality) = typed
        for field, text in zip(self._paths, paths, strict=True):
            field.setText(text)
        self.workers.setValue(workers)
        self.quality.setValue(quality)

    @property
    def _paths(self) -> tuple[PathField, ...]:
        return self.pictures, self.output, self.masks, self.recipe

    def _build_paths(self) -> None:
        self.pictures = PathField(
            self.tr("Pictures"),
            self.tr("A folder, a file, a pattern such as photos/*.jpg, or a .txt list of these"),
        )
        self.output = PathField(
            self.tr("Results"),
            self.tr("The folder for results, manifest and reports"),
        )
        self.masks = PathField(
            self.tr("Masks"),
            self.tr(
                "A folder of masks, PNG, each of its picture's name and size: white may change."
                " Empty: the region is found in each picture"
            ),
            self.tr("none: the region is found in each picture"),
        )
        self.recipe = PathField(
            self.tr("Recipe"),
            self.tr("A report or recipe, JSON; empty: the window's settings when Start is pressed"),
            self.tr("the settings of the window"),
        )

    def _build_numbers(self) -> None:
        self.workers = QSpinBox(minimum=0, maximum=64)
        self.workers.setSpecialValueText(self.tr("auto"))
        self._name(
            self.workers,
            self.tr("Workers"),
            self.tr("Processes that work side by side; auto: one for each GPU, else one"),
        )
        self.quality = QSpinBox(minimum=1, maximum=100, value=QUALITY)
        self._name(
            self.quality,
            self.tr("Quality"),
            self.tr("Of JPEG, WebP and AVIF, 1 to 100: higher is better and larger"),
        )
        self.save_recipe = QPushButton(self.tr("Save Recipe…"), autoDefault=False)
        self.save_recipe.setToolTip(self.tr("Write the settings of the window for “palimpsest batch”"))

    def _name(self, control: QSpinBox, name: str, tip: str) -> None:
        control.setAlignment(Qt.AlignmentFlag.AlignRight)
        control.setCorrectionMode(QSpinBox.CorrectionMode.CorrectToNearestValue)
        control.setAccessibleName(name)
        control.setToolTip(tip)

    def _arrange(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        for field in self._paths:
            form.addRow(field.line.accessibleName(), field)
        numbers = QHBoxLayout()
        numbers.setSpacing(8)
        numbers.addWidget(self.workers)
        numbers.addSpacing(8)
        quality = QLabel(self.tr("Quality"))
        quality.setBuddy(self.quality)
        numbers.addWidget(quality)
        numbers.addWidget(self.quality)
        numbers.addStretch(1)
        numbers.addWidget(self.save_recipe)
        form.addRow(self.tr("Workers"), numbers)

    def _bind(self) -> None:
        for field in self._paths:
            field.changed.connect(self.changed)
        self.pictures.asked.connect(self._ask_pictures)
        self.output.asked.connect(self._ask_output)
        self.masks.asked.connect(self._ask_masks)
        self.recipe.asked.connect(self._ask_recipe)

    def _ask_pictures(self) -> None:
        self._ask_folder(
            self.pictures, self.tr("Folder of pictures ({kinds})").format(kinds=" ".join(OPENED))
        )

    def _ask_output(self) -> None:
        self._ask_folder(self.output, self.tr("Folder for the results"))

    def _ask_masks(self) -> None:
        self._ask_folder(self.masks, self.tr("Folder of masks"))

    def _ask_folder(self, field: PathField, title: str) -> None:
        name = QFileDialog.getExistingDirectory(self, title, field.text or str(self._folder()))
        if name:
            field.setText(name)

    def _ask_recipe(self) -> None:
        begin = self.recipe.text or str(self._folder())
        name, _ = QFileDialog.getOpenFileName(self, self.tr("Recipe"), begin, "JSON (*.json)")
        if name:
            self.recipe.setText(name)
