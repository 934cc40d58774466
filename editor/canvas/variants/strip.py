"""The strip of variants over the picture, to choose from: they appear as they are drawn."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from editor.canvas.variants.cell import VariantCell
from editor.canvas.variants.list import VariantList
from editor.widgets.button import push_button
from editor.widgets.icons import IconButton, quiet

INSET = 12  # logical pixels from the canvas's edges
PADDING = 6
WIDTH = 360  # at least, where there is as much room


class VariantStrip(QFrame):
    """Along the canvas's lower edge, or over all of it as a grid. Its list tells what is wanted.

    Keys on the canvas mean what they mean in the list, while it is shown.

    placed  so many logical pixels from the canvas's lower edge are taken by it in a row
    """

    gridChanged = Signal(bool)
    placed = Signal(int)

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._above = 0
        self.list = VariantList()
        self._says = QLabel()
        self.drop = IconButton("trash", self.tr("Drop this variant"), self.tr("Drop what is shown (Delete)"))
        self.grid = IconButton("squares-four", self.tr("Grid"), self.tr("All of them side by side"), "rows")
        self.keep = push_button(
            self.tr("Keep"),
            self.tr("Keep what is shown as the layer (Enter), and those marked as hidden layers over it"),
        )
        self.none = IconButton("x", self.tr("Keep none"), self.tr("Keep none of them (Escape)"))
        self.setObjectName("variants")
        self.setStyleSheet(
            "#variants { background: palette(base); border: 1px solid palette(light); border-radius: 6px; }"
        )
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)  # or a brush would paint under it
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.hide()
        self._arrange()
        self._bind()

    def open(self) -> None:
        """Show it; the keyboard comes to it from the canvas, but not a second time."""
        if not self.isHidden():
            return
        self.show()
        self.raise_()
        self._place()
        if self._canvas.hasFocus():
            self.list.setFocus()

    def put_away(self) -> None:
        """Hide it; the keyboard goes back to the picture if it was here."""
        inside = self.focusWidget()
        had = inside is not None and inside.hasFocus()
        self.hide()
        self.set_grid(False)
        self.placed.emit(0)
        if had:
            self._canvas.setFocus()

    def show_cells(self, cells: Sequence[VariantCell], at: int, says: str) -> None:
        """These, with the one at `at` shown on the picture. says: what there is to say of that."""
        self.list.show_cells(cells, at)
        drawn = cells[at].drawn
        self._says.setText(says)
        self._says.setToolTip(says)
        for button in (self.keep, self.drop):
            button.setEnabled(drawn)
        self._place()

    def set_grid(self, grid: bool) -> None:
        """As a grid, or in a row."""
        if grid == self.list.grid:
            return
        self.list.set_grid(grid)
        self.grid.setChecked(grid)
        self._place()
        self.gridChanged.emit(grid)

    def leave_above(self, height: int) -> None:
        """So many logical pixels at the canvas's upper edge are taken: the grid begins below."""
        self._above = height
        if self.list.grid:
            self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt's: it stays at the canvas's lower edge, and hears the keys pressed there."""
        if watched is not self._canvas or self.isHidden():
            return False
        if event.type() == QEvent.Type.Resize:
            self._place()
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            works = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton  # a stroke is under way
            return not works and self.list.key(event)
        return False

    def _arrange(self) -> None:
        quiet(self._says)
        self._says.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        for widget in (self.drop, self.grid, self.keep, self.none):
            buttons.addWidget(widget)
        self._rest = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._rest.setSpacing(4)
        self._rest.addWidget(self._says, 1)
        self._rest.addLayout(buttons)
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._box.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        self._box.setSpacing(4)
        self._box.addWidget(self.list, 1)
        self._box.addLayout(self._rest)

    def _bind(self) -> None:
        self._canvas.installEventFilter(self)
        wishes = self.list
        self.keep.clicked.connect(wishes.keepWanted)
        self.none.clicked.connect(wishes.noneWanted)
        self.drop.clicked.connect(lambda: wishes.dropWanted.emit(wishes.currentRow()))
        self.grid.clicked.connect(lambda: self.set_grid(not wishes.grid))

    def _lay_out(self, width: int) -> bool:
        """What isn't a picture lies beside the pictures where all have room, so that little is hidden."""
        beside = not self.list.grid and self.list.least + self._rest.minimumSize().width() <= width
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._box.setDirection(across if beside else down)
        self._rest.setDirection(down if beside else across)
        self._says.setWordWrap(beside)
        return beside

    def _place(self) -> None:
        room = self._canvas.rect().adjusted(INSET, INSET, -INSET, -INSET)
        around = 2 * PADDING + 2
        beside = self._rest.minimumSize().width() + 4 if self._lay_out(room.width() - around) else 0
        if self.list.grid:
            room.setTop(max(room.top(), self._above + PADDING))
            self.setGeometry(room)
            return
        self.list.set_room(room.width() - around - beside)
        width = min(max(self.list.sizeHint().width() + around + beside, WIDTH), room.width())
        height = min(self._box.sizeHint().height(), room.height())
        self.setGeometry(room.center().x() - width // 2, room.bottom() - height + 1, width, height)
        if not self.isHidden():
            self.placed.emit(height + INSET)
