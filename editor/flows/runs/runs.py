"""Find and Repaint: from the click to the accepted edit, and every way it can end."""

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from core.diffusion.trace import StepTrace
from core.document.commands import set_heat, update_draft
from core.document.composite import Composite
from core.document.layer_commands import run_again
from core.document.mask import Mask
from core.document.state import area
from core.edit.lora_tags import without_tags
from core.edit.progress import Progress, Stage
from core.edit.request import EditRequest, Method
from core.edit.result import EditResult, FindResult, HeatMap
from core.errors import CoreError, InputError
from core.photo.boxed import BoxedMask
from editor.banner import Banner, Kind
from editor.canvas.view import Canvas
from editor.document.document import Document
from editor.flows.models.photographs import Photographs
from editor.flows.runs.doubts import Doubts
from editor.flows.runs.run_state import RunState
from editor.flows.runs.sentences import Sentences
from editor.flows.runs.steps import Steps
from editor.flows.runs.tokens import Tokens
from editor.jobs import Jobs
from editor.statusbar import StatusBar


class Runs(QObject):
    """One search or edit at a time. Results go into the document, progress onto canvas and status bar.

    asked         a search or an edit is wanted: what is being typed is meant as it stands
    begun         a search or an edit begins: what the last one showed is out of date
    traced        all StepTrace of this run so far, and how many there will be
    accepted      an edit is in the document
    queryMissing  the user has to say first what it should be
    """

    asked = Signal()
    begun = Signal()
    traced = Signal(tuple, int)
    accepted = Signal()
    queryMissing = Signal()

    def __init__(
        self,
        document: Document,
        jobs: Jobs,
        canvas: Canvas,
        banner: Banner,
        status: StatusBar,
        words: Tokens,
        photographs: Photographs,
    ) -> None:
        super().__init__()
        self.doubts = Doubts(document, words, banner)
        self.steps = Steps(canvas)
        self._document, self._jobs = document, jobs
        self._canvas, self._banner, self._status = canvas, banner, status
        self._says = Sentences(document, banner)
        self._photographs = photographs
        self._held = False
        self._run = RunState()
        jobs.progressed.connect(self._progress)
        jobs.found.connect(self._found)
        jobs.edited.connect(self._edited)
        jobs.stopped.connect(self._stopped)
        jobs.failed.connect(self._failed)

    def find(self) -> None:
        """Find the region; prompts and picture as they are now, or when a model is there that can do it."""
        if self._ready() is not None:
            self._photographs.when_suited(self._find)

    def _find(self) -> None:
        picture = self._ready()
        if picture is not None:
            request = self._document.request()
            self._begin(request)
            self._jobs.find(request, picture)

    def repaint(self) -> None:
        """Repaint what is masked. Without a mask it is found first; a mask made empty is asked about.

        A mask that was found for other words is found anew; strokes made over it apply to what is found.
        A photograph that the model can't edit, and words of which it knows none, are asked about before
        anything runs.
        """
        if self._ready() is not None:
            self._photographs.when_suited(lambda: self.doubts.when_clear(self._repaint))

    def _repaint(self) -> None:
        picture = self._ready()
        if picture is None:
            return
        mask, made = self._document.mask(), self._document.state.mask
        request = self.placed(self._document.request())
        seeks = request.method.masked and mask is None
        if seeks and made.is_touched and not made.sleeps:
            self._ask_empty()
            return
        goes_on = seeks and made.is_corrected
        self._begin(request, mask, seeks=seeks, goes_on=goes_on)
        if goes_on:
            self._jobs.find(request, picture)
        else:
            self._jobs.run(request, picture, mask)

    def repaint_whole(self) -> None:
        """The same edit over the whole picture: decoded without a mask, for this once."""
        if self._ready() is not None:
            self._photographs.when_suited(lambda: self.doubts.when_clear(self._repaint_whole))

    def _repaint_whole(self) -> None:
        picture = self._ready()
        if picture is not None:
            request = self._document.request()
            request = request.with_(method=whole(request.method))
            self._begin(request)
            self._jobs.run(request, picture, None)

    def redraw(self, run: RunState, picture: Composite) -> None:
        """Draw once more in a layer's place, as `run` says, over `picture`: what lies below it."""
        if not self._jobs.busy:
            self._start(run)
            self._jobs.run(run.request, picture, run.mask)

    def edit_whole(self, accepted: int = -1) -> None:
        """Turn to the method that edits the whole picture, and repaint with it.

        accepted: the document's revision with the edit that a mask tried to hold; it is taken back first,
        unless the user has gone on since.
        """
        if self._jobs.busy:
            return
        if accepted == self._document.revision:
            self._document.undo()
        self._document.adjust(update_draft(method=whole(self._document.request().method)))
        self.repaint()

    def stop(self) -> None:
        """Within one evaluation; what was decoded so far can be kept."""
        if self._jobs.busy:
            self._status.set_stopping(True)
            self._jobs.stop()

    def release_frame(self) -> None:
        """Back to what is going on: the newest step while running, else the picture."""
        self.steps.release(running=self._jobs.busy)

    def hold(self, held: bool) -> None:
        """Nothing begins while another picture is being opened."""
        self._held = held

    def forget(self) -> None:
        """Another picture was opened: what runs is stopped, and nothing of it is told or kept."""
        self._run = RunState(gone=self._jobs.busy)
        self.stop()
        self.steps.begin(everywhere=False)
        self._banner.clear(Kind.QUESTION)

    def _ready(self) -> Composite | None:
        """The picture to work on, once everything is there that a run needs."""
        self.asked.emit()
        picture = self._document.composite
        if picture is None:
            self._says.open_first()
            return None
        if self._jobs.busy or self._held:
            return None
        if not without_tags(self._document.request().query).strip():
            self._says.query_first()
            self.queryMissing.emit()
            return None
        return picture

    def placed(self, request: EditRequest) -> EditRequest:
        """With the area that the canvas frames, which depends on the edit before."""
        pixels = self._canvas.frame.pixels
        place = None if pixels is None else area(self._document.state, pixels)
        return request if place is None else request.with_(area=place)

    def _begin(
        self,
        request: EditRequest,
        mask: BoxedMask | None = None,
        *,
        seeks: bool = False,
        goes_on: bool = False,
    ) -> None:
        now, layers = self._document.revision, self._document.state.layers
        self._start(RunState(request, mask, now, layers, seeks=seeks, goes_on=goes_on))

    def _start(self, run: RunState) -> None:
        for kind in Kind:
            self._banner.clear(kind)
        self._run = run
        self.steps.begin(everywhere=not run.request.method.masked)
        self.begun.emit()

    def _progress(self, steps: tuple[Progress, ...]) -> None:
        if self._run.gone:
            return
        for step in steps:
            self._note(step)
        if any(step.trace is not None for step in steps):
            self._trace(tuple(self._run.traces))
        newest = steps[-1]
        self._status.show_step(self._run.whole(newest))
        if newest.stage is not Stage.PASTING:
            self.steps.show(newest)

    def _note(self, step: Progress) -> None:
        """Keep what the filmstrip and the curve need."""
        if step.found is not None:
            self._run.heat = step.found
            self._canvas.set_found(step.found)
        if step.trace is not None:
            self._run.traces.append(step.trace)
        self.steps.add(step)

    def _trace(self, traces: tuple[StepTrace, ...]) -> None:
        self.traced.emit(traces, self._run.request.decode_steps)

    def _found(self, result: FindResult) -> None:
        if self._run.gone:
            return
        self.steps.wipe()
        mask = self._take_heat(result.heat)
        if self._run.goes_on and not mask.is_empty:
            self._go_on(mask)
        elif result.heat.same:
            self._says.same()
        elif result.heat.is_global:
            self._tell_global()
        elif self._document.state.mask.is_empty:
            self._says.unclear()

    def _take_heat(self, heat: HeatMap) -> Mask:
        """What was found becomes the mask; as the request cuts it, for the document may mean other words."""
        request = self._run.request
        find = request.find
        mask = self._document.state.mask.with_heat(heat, find.threshold, find.grow, find.snap)
        self._document.apply(set_heat(heat, request), self.tr("Find mask"))
        return mask

    def _go_on(self, mask: Mask) -> None:
        """The region was found, with the strokes over it: now the edit that was asked for."""
        picture = self._document.composite
        assert picture is not None
        request = self.placed(self._run.request)
        self._run = replace(
            self._run,
            request=request,
            mask=mask.boxed(),
            revision=self._document.revision,
            layers=self._document.state.layers,
            seeks=False,
            goes_on=False,
            found=True,
        )
        self._jobs.run(request, picture, self._run.mask)

    def _edited(self, result: EditResult) -> None:
        if self._run.gone:
            return
        self.steps.wipe()
        self._accept(result, anyway=False)
        self._says.noticed(result.notices)
        if result.traces:
            self._trace(result.traces)

    def _accept(self, result: EditResult, *, anyway: bool) -> None:
        text = self.tr("Repaint: {query}").format(query=result.request.query)
        try:
            done = self._keep(result, text, anyway=anyway)
        except CoreError as error:
            self._banner.error(error)
            return
        if done:
            self.accepted.emit()
            if self._run.is_global:
                self._tell_global(self._document.revision)
            return
        self._says.changed(lambda: self._accept(result, anyway=True))

    def _keep(self, result: EditResult, text: str, *, anyway: bool) -> bool:
        """Put it where it belongs: in its layer's place, if that is still there, or on top."""
        run, document = self._run, self._document
        if run.again in [layer.id for layer in document.state.layers]:
            command = run_again(run.again, result, run.layers, run.mask, run.made_with)
            document.apply(command, self.tr("Run again: {query}").format(query=result.request.query))
            return True
        return document.accept(
            result,
            run.revision,
            text,
            anyway=anyway,
            asked=run.request,
            region=run.mask,
            over=run.layers,
        )

    def _stopped(self, has_partial: bool) -> None:
        if self._run.gone:
            self._jobs.drop()  # it holds the picture
            return
        last = self.steps.last
        if not has_partial or last is None:
            self._drop()
            return
        self._says.stopped(last.i, last.n, self._jobs.keep).closed.connect(self._settle)

    def _settle(self) -> None:
        """The question was answered or closed; if by Keep, its job shows on for a moment."""
        if not self._jobs.busy:
            self._jobs.drop()
            self._drop()

    def _drop(self) -> None:
        """Nothing is kept of the edit, but a search that was finished before is not lost."""
        self.steps.wipe()
        run, unchanged = self._run, self._document.revision == self._run.revision
        if run.seeks and run.heat is not None and unchanged:
            self._document.apply(set_heat(run.heat, run.request), self.tr("Find mask"))

    def _failed(self, error: CoreError) -> None:
        if self._run.gone:
            return
        self.steps.wipe()
        run = self._run
        if not (run.seeks and run.heat is not None and isinstance(error, InputError)):
            self._banner.error(error)
        elif run.is_global:
            self._tell_global()
        else:
            self._ask_empty(error.message)  # the search ended, and what it found holds no region

    def _tell_global(self, accepted: int = -1) -> None:
        self._says.everywhere(lambda: self.edit_whole(accepted))

    def _ask_empty(self, text: str = "") -> None:
        self._says.empty(text, self.find, self.repaint_whole)


def whole(method: Method) -> Method:
    """The method that decodes the whole picture from the same start."""
    return Method.ENCODE_DECODE if method.inverts else Method.SDEDIT
