"""The controls of the panels by name, and the way to one of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtWidgets import QAbstractButton, QComboBox, QDockWidget, QScrollArea, QWidget

from editor.panels.controls import ALSO
from editor.widgets.choice import Choice
from editor.widgets.number import NumberSlider
from editor.widgets.section import Section, SectionHeader

W = TypeVar("W", bound=QWidget)


@dataclass(frozen=True)
class Control:
    """name: as it is read out, after the section that it stands in; option: one of those of a choice."""

    name: str
    widget: QWidget
    option: int | None = None

    @property
    def also(self) -> str:
        """What else it is looked for by."""
        if self.option is not None:
            return ""
        owners = self.widget, self.widget.parentWidget()  # a number's field, in what has the slider too
        return next((found for one in owners if one is not None and (found := one.property(ALSO))), "")

    def reveal(self) -> None:
        """Choose what it names, and show it: what is beside it may come and go with that."""
        if self.option is not None and isinstance(self.widget, QComboBox):
            self.widget.setCurrentIndex(self.option)
            self.widget.activated.emit(self.option)
        reveal(self.widget)


def tr(text: str) -> str:
    return QCoreApplication.translate("Controls", text)


def controls(panels: QWidget) -> list[Control]:
    """Everything in the panels that can be set, folded away or not; each name once."""
    found: dict[str, Control] = {}
    for widget in panels.findChildren(QWidget):
        named, above = widget.accessibleName(), widget.parentWidget()
        inner = above is not None and above.accessibleName() == named  # a spin box's own field
        if not named or inner or widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
            continue
        if isinstance(above, NumberSlider) and widget is above.slider:  # its entry stands for both
            continue
        pushed = isinstance(widget, QAbstractButton) and not widget.isCheckable()  # what it does is an action
        if pushed or isinstance(widget, SectionHeader) or not _within_reach(widget, panels):
            continue
        titles = [section.header.text() for section in _sections(widget)]
        name = ": ".join([tr("Set"), *reversed(titles), named])
        found.setdefault(name, Control(name, widget))
        for i, option in enumerate(_options(widget)):
            found.setdefault(f"{name}: {option}", Control(f"{name}: {option}", widget, i))
    return list(found.values())


def _options(widget: QWidget) -> list[str]:
    return [widget.itemText(i) for i in range(widget.count())] if isinstance(widget, Choice) else []


def reveal(widget: QWidget) -> None:
    """Show and unfold what it lies in, give it the keyboard, and scroll to it."""
    for section in _sections(widget):
        section.folded = False
    for dock in _above(widget, QDockWidget):
        dock.show()
        dock.raise_()
    widget.setFocus(Qt.FocusReason.ShortcutFocusReason)
    QTimer.singleShot(0, widget, partial(_scroll_to, widget))  # what was unfolded is laid out by then


def _scroll_to(widget: QWidget) -> None:
    for area in _above(widget, QScrollArea):
        area.ensureWidgetVisible(widget)


def _within_reach(widget: QWidget, panels: QWidget) -> bool:
    """Nothing hides it but sections that are folded."""
    folded = {section.body for section in _sections(widget) if section.folded}
    at: QWidget | None = widget
    while at is not None and at is not panels:
        if at.isHidden() and at not in folded:
            return False
        at = at.parentWidget()
    return True


def _sections(widget: QWidget) -> Iterator[Section]:
    return _above(widget, Section)


def _above(widget: QWidget, kind: type[W]) -> Iterator[W]:
    """What of that kind it lies in, innermost first."""
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, kind):
            yield above
        above = above.parentWidget()
