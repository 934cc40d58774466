"""The eraser: the brush the other way round."""

from editor.canvas.tools.brush import BrushTool


class EraserTool(BrushTool):
    """Lowers the mask where the brush raises it; right button or Alt paints."""

    erases = True
