"""The controls of a panel: one for every row of the table of parameters that names the panel."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import compress
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QCheckBox, QWidget

from core.diffusion.weight import Guided
from core.document.commands import Command
from core.edit.parameter import Option, Parameter
from core.edit.parameters import by_name, named
from core.edit.request import EditRequest
from core.edit.without_effect import IDLE
from editor.bind import bind
from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.widgets.area_choice import AreaChoice
from editor.widgets.choice import Choice, row
from editor.widgets.number import NumberSlider
from editor.widgets.slider import Slider

ALSO = "also"  # property of a control: what else it is looked for by
METHOD_S_OWN = "flow."  # fields that one method alone has
CAN_BE_IDLE = {name for names in IDLE.values() for name in names} - {"guidance"}  # which its panel tells of


class Controls(QObject):
    """name → control, each bound to its field of the draft, in the order of the table.

    own       controls that the panel has made itself, by the parameter's name
    commands  what makes a change, by name, where it takes more than setting the field
    Every change is an undo entry, called what the parameter is. What can have no effect is disabled where the
    method or the model says so, and its hint says why; hidden where another control does, or where it is
    another method's own.
    """

    def __init__(
        self,
        document: Document,
        panel: str,
        *,
        own: Mapping[str, QWidget] | None = None,
        commands: Mapping[str, Callable[[Any], Command]] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._rows = {name: one for name, one in by_name().items() if one.panel == panel}
        self._controls: dict[str, QWidget] = {}
        self._holders: dict[str, QWidget] = {}
        self._reasons: dict[str, str] = {}
        for name, one in self._rows.items():
            control = (own or {}).get(name) or make(one)
            control.setProperty(ALSO, said(one.also))
            self._controls[name] = control
            self._holders[name] = row(said(one.label), control) if isinstance(control, Choice) else control
            command = (commands or {}).get(name)
            bind(document, f"draft.{one.field}", control, command=command, undo=said(one.label))
        document.changed.connect(self._hear)
        self._show()

    def __getitem__(self, name: str) -> Any:
        """The control of a parameter."""
        return self._controls[name]

    def __contains__(self, name: str) -> bool:
        return name in self._controls

    def holders(self, *names: str) -> Iterator[QWidget]:
        """What to lay out: each control, a choice with its label; all of them, or those named."""
        wanted = names or tuple(self._rows)
        return (self._holders[name] for name in wanted if name in self._holders)

    def _hear(self, change: Changed) -> None:
        if change.what & What.DRAFT:
            self._show()

    def _explain(self, name: str, why: str) -> None:
        """Why it has no effect stands under what it means, wherever that is told."""
        before, self._reasons[name] = self._reasons.get(name, ""), f"\n{why}" if why else ""
        control = self._controls[name]
        for widget in (control, *control.findChildren(QWidget)):
            tip = widget.toolTip().removesuffix(before)
            if tip:
                widget.setToolTip(tip + self._reasons[name])

    def _show(self) -> None:
        draft = self._document.state.draft
        for name, one in self._rows.items():
            hides = [one.field.startswith(METHOD_S_OWN) or need[0] != "method" for need in one.needs]
            by_method = replace(one, needs=tuple(compress(one.needs, (not hid for hid in hides))))
            others = replace(one, needs=tuple(compress(one.needs, hides)))
            if by_method.needs or name in CAN_BE_IDLE:
                why = reason(by_method, draft, self._document.model.guided)
                self._controls[name].setEnabled(not why)
                self._explain(name, why)
            holder, seen = self._holders[name], not others.idle(draft)
            if others.needs and not (seen and holder.parent() is None):  # shown, it would be a window
                holder.setVisible(seen)


def make(one: Parameter) -> QWidget:
    """The control that fits a parameter: a choice, a number or a switch."""
    if one.options:
        options = (Option(option.value, said(option.text), said(option.tip)) for option in one.options)
        kind = AreaChoice if one.field == "area" else Choice
        return kind(said(one.label), said(one.tip), tuple(options))
    if one.slide is not None:
        return number(one)
    box = QCheckBox(said(one.label))
    box.setAccessibleName(box.text())
    box.setToolTip(said(one.tip))
    return box


def number(one: Parameter, slider: Slider | None = None) -> NumberSlider:
    """A slider over the row's reach, whose entry takes all of its range."""
    assert one.slide is not None
    return NumberSlider(said(one.label), one.slide, said(one.tip), slider, typed=typed(one))


def typed(one: Parameter) -> tuple[float, float]:
    """The range of a number as it is shown; an end that is out gives way to the slider's."""
    slide, bounds = one.slide, one.bounds
    assert slide is not None
    assert bounds is not None
    low = slide.minimum if bounds.above else bounds.low * slide.factor
    return low, slide.maximum if bounds.below else bounds.high * slide.factor


def reason(row: Parameter, request: EditRequest, guided: Guided) -> str:
    """Why it has no effect in a request on a model that is guided so; "" where it has one."""
    for field in row.unmet(request):
        other = named(field)
        assert other is not None
        value = other.of(request)
        shown = next((said(option.text) for option in other.options if option.value == value), f"{value}")
        text = QCoreApplication.translate("Reason", "No effect while {name} is “{value}”.")
        return text.format(name=said(other.label), value=shown)
    by = request.guided_by(guided)
    if row.name not in IDLE[by]:
        return ""
    if by is Guided.EMBEDDED:
        return QCoreApplication.translate(
            "Reason", "No effect on this model: it takes the scale as one of its inputs."
        )
    return QCoreApplication.translate(
        "Reason", "No effect on this model: it was taught to draw without guidance."
    )


def said(text: str) -> str:
    """A text of the table in the user's language."""
    return QCoreApplication.translate("Parameter", text)
