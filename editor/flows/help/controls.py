"""The controls of the panels by name, and the way to one of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QDockWidget, QScrollArea, QWidget

from editor.widgets.choice import Choice
from editor.widgets.number import NumberSlider
from editor.widgets.section import Section, SectionHeader


@dataclass(frozen=True)
class Control:
    """name: as it is read out, after the section that it stands in; option: one of those of a choice."""

    name: str
    widget: QWidget
    option: int | None = None

    def reveal(self) -> None:
        """Show it, and choose what it names."""
        reveal(self.widget)
        if self.option is not None and isinstance(self.widget, QComboBox):
            self.widget.setCurrentIndex(self.option)
            self.widget.activated.emit(self.option)


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
    """Show and unfold what it lies in, scroll to it, and give it the keyboard."""
    for section in _sections(widget):
        section.folded = False
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(widget)
        if isinstance(above, QDockWidget):
            above.show()
            above.raise_()
        above = above.parentWidget()
    widget.setFocus(Qt.FocusReason.ShortcutFocusReason)


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
    """Innermost first."""
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, Section):
            yield above
        above = above.parentWidget()
