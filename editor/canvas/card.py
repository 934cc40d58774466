"""A card over the picture: the model can't edit it, and how to get one that can."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from editor.widgets.filled import FilledButton
from editor.widgets.icons import IconButton, quiet

WIDTH = 400  # logical pixels, where there is as much room
INSET = 16


class PhotographCard(QFrame):
    """One sentence, and what can be done. Not in the way: the picture round it can still be worked on.

    getRequested      another model is to be got
    hereRequested     the model that was offered by name is to be taken
    anywayRequested   it is to be tried as it is
    dismissed         by Escape or ×
    asking            it is shown, or no longer: its button is what is to be done next
    """

    getRequested = Signal()
    hereRequested = Signal()
    anywayRequested = Signal()
    dismissed = Signal()
    asking = Signal(bool)

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._why = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._hint = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._here = FilledButton()
        self._get = FilledButton(self.tr("Get a Model for Photographs…"))
        self._anyway = QPushButton(self.tr("Try the Starter Anyway"))
        self._cross = IconButton("x", self.tr("Close"), self.tr("Close; nothing is repainted (Esc)"))
        self.setObjectName("card")
        self.setStyleSheet(
            "#card { background: palette(window); border: 1px solid palette(light); border-radius: 8px; }"
        )
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)  # or a brush would paint under it
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.hide()
        self._describe()
        self._arrange()
        self._bind()

    def ask(self, why: str, hint: str) -> None:
        """Show it, with the keyboard at the first button."""
        self._why.setText(why)
        self._hint.setText(hint)
        self.setAccessibleName(f"{why} {hint}")
        self.show()
        self.asking.emit(True)
        self.raise_()
        self._place()
        (self._get if self._here.isHidden() else self._here).setFocus(Qt.FocusReason.PopupFocusReason)

    def offer(self, name: str) -> None:
        """A model that is on this machine; "" when there is none."""
        text = self.tr("Use {name}")
        room = QFontMetrics(self._here.font()).elidedText(name, Qt.TextElideMode.ElideMiddle, WIDTH - 120)
        self._here.setText(text.format(name=room))
        self._here.setToolTip(self.tr("Load {name}, which is on this machine, and go on").format(name=name))
        self._here.setAccessibleName(text.format(name=name))
        had = self._get.hasFocus()
        self._here.setVisible(bool(name))
        self._get.filled = not name
        self._get.update()
        if had and name:
            self._here.setFocus(Qt.FocusReason.PopupFocusReason)
        self._place()

    def put_away(self) -> None:
        """Hide it; the keyboard goes back to the picture if it was here."""
        had = self.isAncestorOf(self.focusWidget()) if self.focusWidget() else False
        self.hide()
        self.asking.emit(False)
        if had:
            self._canvas.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt's: it stays in the middle of the canvas."""
        if watched is self._canvas and event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismissed.emit()
        elif event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif isinstance(button := self.focusWidget(), QPushButton):
            button.click()

    def _describe(self) -> None:
        self._get.setToolTip(
            self.tr("A short list of models, with size, licence, and whether each fits this machine")
        )
        self._anyway.setToolTip(
            self.tr("Repaint or find with the model that is loaded; not asked again for this picture")
        )
        self._anyway.setMinimumHeight(32)
        self._why.setAlignment(Qt.AlignmentFlag.AlignTop)
        font = self._why.font()
        font.setPointSizeF(font.pointSizeF() * 1.1)
        self._why.setFont(font)
        quiet(self._hint)

    def _arrange(self) -> None:
        above = QHBoxLayout()
        above.setSpacing(8)
        above.addWidget(self._why, 1)
        above.addWidget(self._cross, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(INSET, INSET, INSET, INSET)
        column.setSpacing(8)
        column.addLayout(above)
        column.addWidget(self._hint)
        column.addSpacing(4)
        for button in (self._here, self._get, self._anyway):
            column.addWidget(button)

    def _bind(self) -> None:
        self._canvas.installEventFilter(self)
        self._here.clicked.connect(self.hereRequested)
        self._get.clicked.connect(self.getRequested)
        self._anyway.clicked.connect(self.anywayRequested)
        self._cross.clicked.connect(self.dismissed)
        self.offer("")

    def _place(self) -> None:
        room = self._canvas.rect()
        width = min(WIDTH, room.width() - INSET)
        height = min(self.heightForWidth(width), room.height())
        self.setGeometry((room.width() - width) // 2, (room.height() - height) // 2, width, height)
