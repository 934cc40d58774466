"""The norms that were measured at the guided steps of this run, as a plot, before those of the last."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from core.diffusion.trace import StepTrace
from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.widgets.icons import quiet
from editor.widgets.section import Section

if TYPE_CHECKING:
    from editor.panels.traces import Legend, TracePlot

HEIGHT = 112


class NormsSection(Section):
    """The plot is made when it is first seen: its library takes a third of a second to import."""

    def __init__(self, document: Document) -> None:
        super().__init__("norms", nested=True)
        self.set_title(self.tr("Measured norms"))
        self._document = document
        self._traces: tuple[StepTrace, ...] = ()
        self._before: tuple[StepTrace, ...] = ()  # of the run before, which had so many steps
        self._before_steps = 0
        self._steps: int | None = None
        self.plot: TracePlot | None = None
        self.legend: Legend | None = None
        self.measured = QLabel()
        quiet(self.measured)
        self._place = QWidget()  # room kept for the plot, so that nothing jumps when it comes
        self._place.setFixedHeight(HEIGHT)
        QVBoxLayout(self._place).setContentsMargins(0, 0, 0, 0)
        self.rows.addWidget(self.measured)
        self.rows.addWidget(self._place)
        document.changed.connect(self._hear)
        self._show()

    def show_traces(self, traces: tuple[StepTrace, ...], steps: int | None = None) -> None:
        """Draw the measured norms of the decode steps done so far, of `steps` (None: as many as are set)."""
        self._traces, self._steps = traces, steps
        self._show()

    def begin(self) -> None:
        """Another run begins: what the last one measured stays behind it, in grey."""
        if self._traces:
            self._before, self._before_steps = self._traces, max(self._steps or 0, len(self._traces))
        self.show_traces(())

    def clear_traces(self) -> None:
        """Take the measured norms away, the grey ones too."""
        self._before = ()
        self.show_traces(())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._build_soon()

    def build_plot(self) -> None:
        """Make the plot, once."""
        if self.plot is not None:
            return
        from editor.panels.traces import Legend, TracePlot

        self.plot, self.legend = TracePlot(), Legend()
        layout = self._place.layout()
        assert layout is not None
        layout.addWidget(self.plot)
        self.rows.addWidget(self.legend)
        self.legend.toggled.connect(self.plot.set_shown)
        self._show()

    def _build_soon(self) -> None:
        if self.plot is None and not self.folded and self.isVisible():
            QTimer.singleShot(0, self, self.build_plot)

    def _fold(self, unfolded: bool) -> None:
        super()._fold(unfolded)
        self._build_soon()

    def _hear(self, change: Changed) -> None:
        if change.what & What.DRAFT and not self._traces:
            self._show()

    def _show(self) -> None:
        steps = max(self._steps or self._document.state.draft.decode_steps, len(self._traces))
        if self.plot is not None and self.legend is not None:
            self.plot.show_traces(self._traces, steps, self._before, self._before_steps)
            self.legend.show_traces(self._traces)
        self.measured.setText(
            self.tr("Step {i} of {n}").format(i=len(self._traces), n=steps)
            if self._traces
            else self.tr("Drawn here while an edit runs.")
        )
