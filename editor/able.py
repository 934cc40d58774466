"""Which actions make sense now, and what they say."""

from functools import partial

from PySide6.QtCore import QObject

from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.flows.files.files import Files
from editor.flows.layers.layers import LayerMenu
from editor.flows.models.models import Models
from editor.flows.runs.runs import Runs
from editor.flows.runs.tokens import Tokens
from editor.flows.runs.waiting import Waiting
from editor.qactions import Actions

WEIGHTS = ("more-weight", "less-weight")
VARIANTS = ("variants-keep", "variants-none", "variants-grid")
NEED_PHOTO = (
    *("save", "save-as", "export", "export-again", "close", "copy"),
    *("find", "whole", "clear", "invert", "grow", "shrink", "fill"),
    *("keep-mask", "kept-masks", "mask-from-transparency"),
    *("grow-by", "shrink-by", "smooth", "border", "feather", "islands"),
    *("grid", "import-mask", "export-mask", "repaint", "remove", "fit", "one", "zoom-in", "zoom-out"),
    *("rotate-left", "rotate-right", "reset-view", "original", "compare"),
)
OF_PICTURE = ("undo", "redo", "run-again", "run-again-now", "save-heat", "movie")


class Able(QObject):
    """Follows document and files; layers and queue say themselves what can be done to them."""

    def __init__(
        self,
        document: Document,
        actions: Actions,
        files: Files,
        layers: LayerMenu,
        models: Models,
        runs: Runs,
        waiting: Waiting,
        tokens: Tokens,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document, self._actions, self._files = document, actions, files
        self._layers, self._models, self._variants, self._waiting = layers, models, runs.variants, waiting
        for name in ("overlay", "pan"):
            actions[name].setChecked(True)
        actions.enable(WEIGHTS, False)  # until a model is there that reads them
        actions.enable(VARIANTS, False)
        document.changed.connect(self._show)
        document.chosen.changed.connect(self._show_chosen)
        tokens.weighs.connect(partial(actions.enable, WEIGHTS))
        runs.variants.changed.connect(self._show_variants)
        waiting.changed.connect(self._show_queue)
        files.opening.begun.connect(lambda _: self._wait())
        files.opening.ended.connect(lambda: self._show(Changed(What.ALL)))
        self._show(Changed(What.ALL))
        self._show_queue()

    def _show(self, change: Changed) -> None:
        state, actions = self._document.state, self._actions
        if change.what & What.HISTORY:
            actions["undo"].setEnabled(self._document.can_undo)
            actions["undo"].setText(self.tr("&Undo {what}").format(what=self._document.undo_text).rstrip())
            actions["redo"].setEnabled(self._document.can_redo)
            actions["redo"].setText(self.tr("&Redo {what}").format(what=self._document.redo_text).rstrip())
        if change.what & What.PHOTO:
            actions.enable(NEED_PHOTO, state.photo is not None, self._why)
        if change.what & What.DRAFT:
            actions["loras"].setText(self._models.lora_text())
        if change.what & What.LAYERS:
            self._show_chosen()
        if change.what & What.MASK:
            actions.enable(("save-heat",), state.mask.auto is not None)
            actions.enable(("clear",), state.mask.is_touched, self._why)
            actions.enable(("own-mask",), state.mask.follows)
        self._show_free()

    def _wait(self) -> None:
        """What works on a picture waits for the next one."""
        self._actions.enable(NEED_PHOTO, False, self._why)
        self._actions.enable((*OF_PICTURE, *self._layers.possible), False)

    @property
    def _why(self) -> str:
        """What works on a picture has none."""
        if self._files.opening.under_way:
            return self.tr("a picture is being opened")
        return "" if self._document.state.photo is not None else self.tr("no picture is open")

    def _show_variants(self) -> None:
        """What can be done with those that nobody has decided about."""
        self._actions.enable(VARIANTS, self._variants.is_open)
        self._variants.strip.grid.setToolTip(self._actions["variants-grid"].toolTip())

    def _show_chosen(self) -> None:
        """What can be done to the chosen layer."""
        possible = self._layers.possible
        for name, able in possible.items():
            self._actions[name].setEnabled(able)
        for name in ("run-again", "run-again-now"):
            self._actions[name].setEnabled(possible["layer-recipe"])
        self._actions["mask-from-layer"].setEnabled(self._document.chosen.layer is not None)
        self._actions["layer-mask"].setChecked(self._document.chosen.masked is not None)

    def _show_queue(self) -> None:
        """What can be done to the queue and its chosen row."""
        for name, able in self._waiting.possible.items():
            self._actions[name].setEnabled(able)
        self._actions["queue-hold"].setChecked(self._waiting.held)

    def _show_free(self) -> None:
        """What can be begun, unless another picture is being opened."""
        free = not self._files.opening.under_way
        opened = free and self._document.state.photo is not None
        self._actions.enable(("find", "repaint", "remove", "grid"), opened, self._why)
        self._actions.enable(("movie",), free)
        self._show_chosen()
