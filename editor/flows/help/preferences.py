"""What holds for every picture: looks, memory, folders. Each change holds at once."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QColor, QDesktopServices, QIcon, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QGroupBox,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from core.edit.protocol import Edits
from editor.autosave import Autosave
from editor.document.document import Document
from editor.settings import AUTOSAVE, CACHE, MEGABYTE, UNDO, Settings, Store, Theme
from editor.tint import Tint
from editor.views import Views
from editor.widgets.button import button_box, push_button
from editor.widgets.path_field import PathField

SWATCH = QSize(16, 16)


class Preferences(QDialog):
    """data: the folder that holds what the program keeps."""

    def __init__(
        self,
        store: Store,
        document: Document,
        views: Views,
        choose_color: Callable[[], None],
        tint: Tint,
        journal: Autosave,
        engine: Edits | None,
        data: Path,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Preferences"))
        self._store, self._document, self._views = store, document, views
        self._tint, self._journal, self._data = tint, journal, data
        self._engine = engine
        self.theme = self._themes()
        self.color = push_button(
            self.tr("&Choose…"), self.tr("Colour and opacity of the tint over the masked region")
        )
        self._build_limits()
        self.models = PathField(
            self.tr("Fetched models"),
            self.tr("Where models go that are fetched from now on"),
            self.tr("the program's own folder"),
        )
        self.folder = push_button(
            self.tr("&Open Data Folder"), self.tr("Presets, notes on models, models that were fetched")
        )
        self.defaults = QDialogButtonBox.StandardButton.RestoreDefaults
        self.buttons = button_box(QDialogButtonBox.StandardButton.Close | self.defaults)
        self._arrange()
        self._show()
        self._bind()
        self.color.clicked.connect(choose_color)

    def _build_limits(self) -> None:
        self.undo = self._megabytes(
            self.tr("Undo"), self.tr("What earlier states may take; the oldest are forgotten first"), UNDO
        )
        self.autosave = self._megabytes(
            self.tr("Autosave"),
            self.tr(
                "What the open picture's journal may take on the disk: after a crash it brings everything "
                "back; beyond this the oldest steps of undo are left out of it"
            ),
            AUTOSAVE,
        )
        self.taken = QLabel()
        self.cache = self._megabytes(
            self.tr("Engine cache"),
            self.tr(
                "What the engine may keep of an edit for the next one, in the memory of the model's device: "
                "the more, the less is computed again after a change of prompts, seed or mask"
            ),
            CACHE,
        )
        self.cached = QLabel()

    def _themes(self) -> QComboBox:
        box = QComboBox()
        for theme, name in self._views.theme_names().items():
            box.addItem(name, theme.value)
        box.setAccessibleName(self.tr("Theme"))
        box.setToolTip(self.tr("Light or dark, or as the system is"))
        return box

    def _megabytes(self, name: str, tip: str, limits: tuple[int, int]) -> QSpinBox:
        box = QSpinBox()
        box.setCorrectionMode(QSpinBox.CorrectionMode.CorrectToNearestValue)
        box.setRange(*limits)
        box.setSingleStep(256)
        box.setSuffix(self.tr(" MB"))
        box.setGroupSeparatorShown(True)
        box.setAlignment(Qt.AlignmentFlag.AlignRight)
        box.setKeyboardTracking(False)
        box.setAccessibleName(name)
        box.setToolTip(tip)
        return box

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        labels: list[QWidget] = []
        for title, rows in (
            (
                self.tr("Looks"),
                ((self.tr("&Theme"), self.theme), (self.tr("Mask co&lour"), self.color)),
            ),
            (
                self.tr("Memory and disk"),
                (
                    (self.tr("&Undo"), self.undo),
                    (self.tr("&Autosave"), self.autosave),
                    ("", self.taken),
                    (self.tr("&Engine cache"), self.cache),
                    ("", self.cached),
                ),
            ),
            (
                self.tr("Folders"),
                ((self.tr("Fetched &models"), self.models), ("", self.folder)),
            ),
        ):
            group = QGroupBox(title)
            form = QFormLayout(group)
            form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.FieldsStayAtSizeHint)
            for name, widget in rows:
                form.addRow(name, widget)
                if name:
                    labels.append(form.labelForField(widget))
            column.addWidget(group)
        width = max(label.sizeHint().width() for label in labels)
        for label in labels:  # all fields begin below one another
            label.setMinimumWidth(width)
        self.models.setMinimumWidth(320)
        column.addStretch(1)
        column.addWidget(self.buttons)

    def _bind(self) -> None:
        self.theme.activated.connect(lambda: self._views.choose_theme(Theme(self.theme.currentData())))
        self._tint.changed.connect(self._show_color)
        self.undo.valueChanged.connect(self._limit_undo)
        self.autosave.valueChanged.connect(self._limit_journal)
        self.cache.valueChanged.connect(self._limit_cache)
        self.models.changed.connect(lambda: self._store.update(models_home=self.models.text))
        self.models.asked.connect(self._ask_folder)
        self.folder.clicked.connect(self._open_folder)
        self.buttons.rejected.connect(self.reject)
        self.buttons.button(self.defaults).setToolTip(self.tr("All of this as it was at first"))
        self.buttons.button(self.defaults).setAutoDefault(False)
        self.buttons.button(self.defaults).clicked.connect(self._restore)

    def _show(self) -> None:
        now = self._store.settings
        self.theme.setCurrentIndex(self.theme.findData(now.theme.value))
        self.undo.setValue(now.undo_limit)
        self.autosave.setValue(now.autosave_limit)
        taken = self._journal.nbytes / MEGABYTE
        self.taken.setText(self.tr("The open picture takes {n} MB of it now.").format(n=f"{taken:.1f}"))
        self.cache.setValue(now.cache_limit)
        cached = (0 if self._engine is None else self._engine.cached) / MEGABYTE
        self.cached.setText(self.tr("{n} MB of it are taken now.").format(n=f"{cached:.1f}"))
        self.models.setText(now.models_home)
        self._show_color()

    def _show_color(self) -> None:
        swatch = QPixmap(SWATCH)
        swatch.fill(self._tint.color)
        self.color.setIcon(QIcon(swatch))

    def _limit_undo(self, megabytes: int) -> None:
        self._store.update(undo_limit=megabytes)
        self._document.limit_undo(megabytes * MEGABYTE)

    def _limit_journal(self, megabytes: int) -> None:
        self._store.update(autosave_limit=megabytes)
        self._journal.limit = megabytes * MEGABYTE

    def _limit_cache(self, megabytes: int) -> None:
        self._store.update(cache_limit=megabytes)
        if self._engine is not None:
            self._engine.limit_cache(megabytes * MEGABYTE)

    def _restore(self) -> None:
        usual = Settings()
        self._views.choose_theme(usual.theme)
        self._tint.color, self._tint.opacity = QColor(usual.overlay_color), usual.overlay_opacity
        self._store.update(models_home=usual.models_home)
        self._limit_undo(usual.undo_limit)
        self._limit_journal(usual.autosave_limit)
        self._limit_cache(usual.cache_limit)
        self._show()

    def _ask_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Fetched models"), self.models.text)
        if chosen:
            self.models.setText(chosen)

    def _open_folder(self) -> None:
        self._data.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._data)))
