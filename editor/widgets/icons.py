"""Flat icon buttons in the palette's colours."""

from PySide6.QtCore import QEvent, QSize, QTimer
from PySide6.QtGui import QPaintEvent, QPalette
from PySide6.QtWidgets import QStyle, QStyleOptionToolButton, QStylePainter, QToolButton, QWidget

from editor.icons import SIZE, icon


class IconButton(QToolButton):
    """A 20-px Phosphor icon with a name for screen readers; `checked_icon` makes it a toggle.

    The icon is drawn after the first paint: the icon font takes a third of a second to load.
    """

    _painted = False  # of the class: Qt may change the style of a button that is made or taken down

    def __init__(self, name: str, label: str, tip: str, checked_icon: str = "") -> None:
        super().__init__()
        self._icons = (name, checked_icon or name)
        self.setCheckable(bool(checked_icon))
        self.setAutoRaise(True)
        self.setIconSize(QSize(SIZE, SIZE))
        self.setFixedSize(SIZE + 8, SIZE + 8)
        self.setToolTip(tip)
        self.setAccessibleName(label)
        self.toggled.connect(self._tint)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._tint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        option.features &= ~QStyleOptionToolButton.ToolButtonFeature.HasMenu
        option.state &= ~QStyle.StateFlag.State_On  # a toggle says it by its picture, not by a filled ground
        QStylePainter(self).drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self, self._tint)

    def _tint(self) -> None:
        if self._painted:
            self.setIcon(icon(self._icons[self.isChecked()]))


def small(widget: QWidget) -> None:
    """A quiet label in small print."""
    font = widget.font()
    font.setPointSizeF(font.pointSizeF() * 0.9)
    widget.setFont(font)
    quiet(widget)


def quiet(widget: QWidget) -> None:
    """Draw a label in the palette's faint colour: it says something, it doesn't ask for anything."""
    widget.setForegroundRole(QPalette.ColorRole.PlaceholderText)
