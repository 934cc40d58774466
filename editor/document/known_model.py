"""What is known of the loaded model, and what the next edit costs on it."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from core.diffusion.weight import Guided
from core.document.state import State, closer
from core.edit.evaluations import Evaluations
from core.edit.request import EditRequest
from core.edit.variants import cost
from core.photo.pyramid import windows
from core.photo.rect import Size


class KnownModel(QObject):
    """What the document knows of the model that is loaded.

    met   another kind of model was loaded: other settings have an effect, and edits cost otherwise
    told  the sentences that were told of it when it was loaded
    """

    met = Signal()

    def __init__(self, state: Callable[[], State], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._guided = Guided.PROMPTS
        self._pixels = 0  # of its own view, as the side of a square
        self.told: tuple[str, ...] = ()

    @property
    def guided(self) -> Guided:
        """What guides it, whatever the edit."""
        return self._guided

    @property
    def edit_guided(self) -> Guided:
        """What guides the next edit on it: what of the settings has an effect, and the cost."""
        return self._state().draft.guided_by(self._guided)

    def meet(self, guided: Guided, pixels: int = 0, told: tuple[str, ...] = ()) -> None:
        """A model that is guided by this was loaded, of such a resolution of its own (a square's side)."""
        self.told = told
        if (guided, pixels) != (self._guided, self._pixels):
            self._guided, self._pixels = guided, pixels
            self.met.emit()

    def cost(self, n: int = 1) -> Evaluations:
        """Model evaluations of the next edit, from `n` seeds, with nothing cached: a mask that is there need
        not be found.
        """
        state = self._state()
        draft, mask = state.draft, "painted" if state.mask.is_usable else None
        seen = 0 if state.photo is None else self.looked_into(draft, state.mask.size)
        return cost(draft.with_(mask=mask), n, self._guided, seen)

    def closer(self) -> int:
        """Evaluations, at most, of finding the mask anew, its place first, where it was looked for in all of
        a photo that is larger than the model's view; else 0.
        """
        request = closer(self._state())
        seen = 0 if request is None else self.looked_into(request, self._state().mask.size)
        return request.finding(seen) if request is not None and seen else 0

    def looked_into(self, request: EditRequest, size: Size) -> int:
        """Windows that the model has of a photo of this size, where a search looks more than once."""
        return len(windows(size, self._pixels)) if request.looks_again and self._pixels > 0 else 0

    @property
    def may_cost_less(self) -> bool:
        """A mask may settle before all of its draws, guidance may be skipped: `cost` is the upper bound."""
        skips = self._state().draft.skip < 1 and self.edit_guided is Guided.PROMPTS
        return self.cost().mask > 0 or skips
