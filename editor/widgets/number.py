"""A number that can be dragged and typed: name, slider, entry."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QHBoxLayout, QLabel, QWidget

from core.edit.parameter import Slide
from editor.widgets.slider import Slider

LABEL_WIDTH = 68
ENTRY_WIDTH = 68


class NumberEntry(QDoubleSpinBox):
    """The typed half: right-aligned, without arrows; ↑ ↓ still step it. typed: its range, or the slider's.

    What lies outside can be typed, and becomes the nearest that is allowed.
    """

    def __init__(self, span: Slide, typed: tuple[float, float] | None = None) -> None:
        super().__init__()
        self.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setDecimals(span.decimals)
        self.setRange(*(typed or (span.minimum, span.maximum)))
        self.setSingleStep(span.step)
        self.setSuffix(f" {span.unit}" if span.unit else "")
        self.setFixedWidth(ENTRY_WIDTH)
        self.setCorrectionMode(QAbstractSpinBox.CorrectionMode.CorrectToNearestValue)

    def validate(self, text: str, at: int) -> tuple[QValidator.State, str, int]:
        state, text, at = super().validate(text, at)
        if state is QValidator.State.Invalid and self._number(text) is not None:
            state = QValidator.State.Intermediate
        return state, text, at

    def fixup(self, text: str) -> str:
        value = self._number(text)
        if value is None:
            return super().fixup(text)
        return self.textFromValue(min(max(value, self.minimum()), self.maximum())) + self.suffix()

    def _number(self, text: str) -> float | None:
        value, known = self.locale().toDouble(text.removesuffix(self.suffix()).strip())
        return value if known else None

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class NumberSlider(QWidget):
    """`value` in the model's units. `gestureStarted`: a new drag or entry began; undo may group from here."""

    valueChanged = Signal(float)
    gestureStarted = Signal()

    def __init__(
        self,
        name: str,
        span: Slide,
        tip: str,
        slider: Slider | None = None,
        typed: tuple[float, float] | None = None,
    ) -> None:
        super().__init__()
        self._span = span
        self._value = span.minimum / span.factor
        self.label = QLabel(name)
        self.slider = slider or Slider()
        self.entry = NumberEntry(span, typed)
        self._name(name, tip)
        self._arrange()
        self.slider.setRange(0, len(span.stops) - 1)
        self.slider.origin = span.nearest(max(0.0, span.minimum))
        self.slider.setPageStep(max(1, self.slider.maximum() // 10))
        self.slider.valueChanged.connect(self._dragged)
        self.slider.sliderPressed.connect(self.gestureStarted)
        self.entry.valueChanged.connect(self._typed)
        self.entry.editingFinished.connect(self.gestureStarted)

    def value(self) -> float:
        return self._value

    def setValue(self, value: float) -> None:
        """Show a value, clamped to what may be typed; emits when it differs."""
        shown = min(self.entry.maximum(), max(self.entry.minimum(), value * self._span.factor))
        self._take(shown, typing=False)

    def _name(self, name: str, tip: str) -> None:
        self.label.setBuddy(self.entry)
        self.label.setMinimumWidth(LABEL_WIDTH)
        for widget in (self.label, self.slider, self.entry):
            widget.setToolTip(tip)
        self.slider.setAccessibleName(self.tr("{name}, slider").format(name=name))
        self.entry.setAccessibleName(name)
        for widget in (self.slider, self.entry):
            widget.setAccessibleDescription(tip)

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.label.setFixedHeight(self.entry.sizeHint().height())
        for widget, stretch in ((self.label, 0), (self.slider, 1), (self.entry, 0)):
            row.addWidget(widget, stretch, Qt.AlignmentFlag.AlignBottom)

    def _dragged(self, position: int) -> None:
        self._take(self._span.stops[position], typing=False)

    def _typed(self, shown: float) -> None:
        self._take(shown, typing=True)

    def _take(self, shown: float, *, typing: bool) -> None:
        shown = round(shown, self._span.decimals)
        with QSignalBlocker(self.slider):
            self.slider.setValue(self._span.nearest(shown))
        if not typing:  # never under the user's cursor
            with QSignalBlocker(self.entry):
                self.entry.setValue(shown)
        value = shown / self._span.factor
        if value != self._value:
            self._value = value
            self.valueChanged.emit(value)
