"""What of a request has no effect on a model, by what guides that. No torch: both front ends say it."""

from core.diffusion.weight import Guided, Rescale, Weight
from core.edit.request import EditRequest

ALONE = Weight(1.0)  # the prompt alone
OF_TWO = ("avoid", "rescale", "eta", "radius", "skip", "kappa")  # parameters that need two predictions a step
IDLE: dict[Guided, tuple[str, ...]] = {  # parameters that have no effect, by their names
    Guided.PROMPTS: (),
    Guided.EMBEDDED: (*OF_TWO, "pseudo-guidance"),
    Guided.NOTHING: (
        *(*OF_TWO, "guidance", "decay", "decay-to", "shape", "interval", "curve"),
        "source-guidance",
    ),
}
WHY = {
    Guided.EMBEDDED: "This model takes the guidance scale as one of its inputs, and is asked once a step",
    Guided.NOTHING: "This model was taught to draw without guidance, and is asked once a step",
}


def without_effect(request: EditRequest, guided: Guided) -> tuple[str, ...]:
    """A sentence that names what is set and has no effect; none where everything has one."""
    guided = request.guided_by(guided)
    if guided is Guided.PROMPTS:
        return ()
    told = {
        "text to avoid": bool(request.avoid),
        "rescale": request.rescale is not Rescale.OFF,
        "skip": request.skip < 1,
        "pseudo-guidance": request.pseudo_guidance,
        "guidance": guided is Guided.NOTHING and request.guidance != ALONE,
        "source guidance": guided is Guided.NOTHING and _leads_away(request),
    }
    idle = [name for name, is_set in told.items() if is_set]
    if not idle:
        return ()
    *rest, last = idle
    named = f"{', '.join(rest)} and {last} have" if rest else f"{last} has"
    return (f"{WHY[guided]}: {named} no effect.",)


def _leads_away(request: EditRequest) -> bool:
    """What is there is guided by more than itself."""
    return request.method.flows and request.flow.source_guidance != 1
