"""The tools that work on the mask, and that of the area, by name."""

from editor.brush import Tip
from editor.canvas.tools.area import AreaTool
from editor.canvas.tools.brush import BrushTool
from editor.canvas.tools.clicks import ClicksTool
from editor.canvas.tools.eraser import EraserTool
from editor.canvas.tools.gradient import GradientTool
from editor.canvas.tools.lasso import LassoTool
from editor.canvas.tools.marquee import EllipseTool, RectangleTool
from editor.canvas.tools.objects import ObjectTool
from editor.canvas.tools.tool import Host, Tool
from editor.canvas.tools.transform import TransformTool
from editor.canvas.tools.wand import WandTool
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
