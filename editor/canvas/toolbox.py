"""The tools that work on the mask, and that of the area, by name."""

from editor.brush import Tip
from editor.canvas.area import AreaTool
from editor.canvas.brush import BrushTool
from editor.canvas.clicks import ClicksTool
from editor.canvas.eraser import EraserTool
from editor.canvas.gradient import GradientTool
from editor.canvas.lasso import LassoTool
from editor.canvas.marquee import EllipseTool, RectangleTool
from editor.canvas.objects import ObjectTool
from editor.canvas.tool import Host, Tool
from editor.canvas.transform import TransformTool
from editor.canvas.wand import WandTool
from editor.selecting import Selecting


def toolbox(host: Host, tip: Tip, selecting: Selecting) -> dict[str, Tool]:
    """One of each for a canvas; the names are those of their actions."""
    return {
        "rectangle": RectangleTool(host, selecting),
        "ellipse": EllipseTool(host, selecting),
        "lasso": LassoTool(host, selecting),
        "wand": WandTool(host, selecting),
        "object": ObjectTool(host, selecting),
        "clicks": ClicksTool(host, selecting),
        "brush": BrushTool(host, tip, selecting),
        "eraser": EraserTool(host, tip, selecting),
        "gradient": GradientTool(host, selecting),
        "transform": TransformTool(host),
        "area": AreaTool(host),
    }
