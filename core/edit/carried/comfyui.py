"""ComfyUI's graph of nodes: from the node that samples back to the prompts and numbers that it was given."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from core.edit.carried.generation import Generation, generation
from core.text import from_json

_MOST = 2000  # nodes of a graph that is followed
_TEXTS = ("text", "text_g", "text_l", "clip_l", "t5xxl", "prompt", "string", "value")
_SEEDS = ("seed", "noise_seed")
_MODELS = ("ckpt_name", "unet_name", "model_name")
_SHOWS = ("SaveImage", "PreviewImage")
_WIDGETS = {  # of a graph as it is drawn: what the values of a node are called, in order
    "KSampler": ("seed", "", "steps", "cfg"),
    "KSamplerAdvanced": ("", "noise_seed", "", "steps", "cfg"),
    "CLIPTextEncode": ("text",),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "UNETLoader": ("unet_name",),
}


@dataclass(frozen=True, eq=False)
class _Node:
    """inputs: name → a value, or the other node's id and which of its outputs."""

    inputs: dict[str, object]
    class_type: str = ""


@dataclass(frozen=True)
class _Slot:
    name: str
    link: int | None = None


@dataclass(frozen=True)
class _DrawnNode:
    id: int | str
    type: str
    inputs: list[_Slot] | None = None
    widgets_values: list[object] | dict[str, object] | None = None


@dataclass(frozen=True)
class _Drawing:
    """links: id, from which node and output, to which node and input, of what type."""

    nodes: list[_DrawnNode]
    links: list[tuple[int, int | str, int, int | str, int, object]] = field(
        default_factory=list[tuple[int, int | str, int, int | str, int, object]]
    )


_Graph = dict[str, _Node]


def read(text: str) -> Generation | None:
    """A graph as it ran (“prompt”), JSON; None where nothing in it samples from a prompt.

    msgspec.DecodeError for anything else.
    """
    return _sampled(from_json(text, _Graph))


def read_workflow(text: str) -> Generation | None:
    """As `read`, of a graph as it is drawn (“workflow”): values are named by their place alone."""
    drawing = from_json(text, _Drawing)
    links = {one[0]: [str(one[1]), one[2]] for one in drawing.links}
    return _sampled({str(node.id): _Node(_inputs(node, links), node.type) for node in drawing.nodes})


def _inputs(node: _DrawnNode, links: dict[int, list[str | int]]) -> dict[str, object]:
    values = node.widgets_values if isinstance(node.widgets_values, list) else []
    found = {name: value for name, value in zip(_WIDGETS.get(node.type, ()), values, strict=False) if name}
    linked = {slot.name: links[slot.link] for slot in node.inputs or [] if slot.link in links}
    return {**found, **linked}


def _sampled(nodes: _Graph) -> Generation | None:
    if len(nodes) > _MOST:
        return None
    pairs = ((node, _guide(nodes, node)) for node in _ends(nodes))
    sampler, guide = next(((node, guide) for node, guide in pairs if guide is not None), (None, None))
    if sampler is None or guide is None:
        return None
    positive = _linked(nodes, guide.inputs.get("positive", guide.inputs.get("conditioning")))
    negative = _linked(nodes, guide.inputs.get("negative"))
    fields = {
        "prompt": _text(nodes, positive, _TEXTS),
        "negative": _text(nodes, negative, _TEXTS),
        "steps": _number(nodes, sampler, ("steps",)),
        "seed": _number(nodes, sampler, _SEEDS),
        "scale": _number(nodes, sampler, ("cfg",)),
        "model": _text(nodes, sampler, _MODELS),
    }
    return generation("ComfyUI", fields)


def _ends(nodes: _Graph) -> Iterator[_Node]:
    """Every node, beginning with those nearest to a picture that is kept."""
    for node in nodes.values():
        if node.class_type in _SHOWS:
            yield from _upstream(nodes, node)
    yield from nodes.values()


def _guide(nodes: _Graph, node: _Node) -> _Node | None:
    """The node that holds a sampler's prompts, itself or its guider; None of one that doesn't sample."""
    if not any(name in node.inputs for name in (*_SEEDS, "noise", "sigmas")):
        return None
    if _linked(nodes, node.inputs.get("positive")):
        return node
    guider = _linked(nodes, node.inputs.get("guider"))
    names = () if guider is None else ("positive", "conditioning")
    return guider if any(guider and _linked(nodes, guider.inputs.get(name)) for name in names) else None


def _linked(nodes: _Graph, link: object) -> _Node | None:
    match link:
        case [str() | int() as name, int()]:
            return nodes.get(str(name))
        case _:
            return None


def _upstream(nodes: _Graph, node: _Node | None) -> Iterator[_Node]:
    """A node and all that it depends on, nearest first."""
    seen = set[_Node]()
    level = [] if node is None else [node]
    while level:
        here = list(dict.fromkeys(one for one in level if one not in seen))
        seen.update(here)
        yield from here
        linked = (_linked(nodes, link) for one in here for link in one.inputs.values())
        level = [one for one in linked if one is not None]


def _values(nodes: _Graph, node: _Node | None, names: tuple[str, ...]) -> Iterator[object]:
    """What stands under these names, nearest first."""
    for one in _upstream(nodes, node):
        yield from (one.inputs[name] for name in names if name in one.inputs)


def _text(nodes: _Graph, node: _Node | None, names: tuple[str, ...]) -> str | None:
    return next((value for value in _values(nodes, node, names) if isinstance(value, str) and value), None)


def _number(nodes: _Graph, node: _Node, names: tuple[str, ...]) -> float | None:
    return next((value for value in _values(nodes, node, names) if isinstance(value, (int, float))), None)
