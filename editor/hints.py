"""What each tool does, gesture by gesture, as its options say it."""

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSizePolicy

from editor.pointing import Standing
from editor.widgets.icons import quiet
from editor.widgets.one_line import OneLine


class ToolHint(OneLine):
    """One line in the room that the tool's controls leave. Where all of it has none, what keys and buttons
    do meanwhile is said alone, and all of it in its tip.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        quiet(self)

    def show_tool(self, tool: str, standing: Standing = Standing.READY) -> None:
        """standing: of the one that selects objects"""
        self.setText(self._of_objects(standing) if tool == "object" else self._texts()[tool])
        self.set_shorter(self._in_short(standing).get(tool, ""))

    def _texts(self) -> dict[str, str]:
        keys = self._keys()
        drag = self.tr("Drag. Shift meanwhile: as wide as high; Alt: from the middle. A click deselects.")
        lasso = self.tr(
            "Drag, or click from corner to corner; with Alt held a drag goes on by clicks. Enter or a double "
            "click closes it, Backspace goes back."
        )
        gradient = self.tr("Drag from full to nothing. Shift while dragging: in steps of 45°.")
        line = self.tr(
            "Shift: a straight line from the last stroke. [ and ]: smaller, larger; { and }: softer, harder."
        )
        return {
            "pan": self.tr("Drag the picture, the wheel zooms. Space held does it in every tool."),
            "rectangle": f"{drag} {keys}",
            "ellipse": f"{drag} {keys}",
            "lasso": f"{lasso} {keys}",
            "wand": self.tr("Click what has the colour.") + f" {keys}",
            "clicks": self.tr("Of a found mask: click what is meant, Alt- or right-click what isn't."),
            "brush": self.tr("Drag; the right button or Alt takes away.") + f" {line}",
            "eraser": self.tr("Drag; the right button or Alt adds.") + f" {line}",
            "gradient": f"{gradient} {keys}",
            "transform": self.tr(
                "Drag the mask, its handles (Shift: in proportion), or beside it to turn (Shift: by 15°). "
                "Enter makes it so, Escape takes it back."
            ),
            "area": self.tr(
                "Drag a frame round what is meant, with a third of its size to spare on each side: Find "
                "looks inside. Drag it or its edges to change it; a click beside takes it away."
            ),
        }

    def _in_short(self, standing: Standing) -> dict[str, str]:
        """What comes last may be cut off."""
        if _alt_may_be_taken():
            keys = self.tr("Shift adds, right button takes away, both: overlap.")
            brush, eraser = self.tr("Right button takes away."), self.tr("Right button adds.")
        else:
            keys = self.tr("Shift adds, Alt takes away, both: overlap.")
            brush, eraser = self.tr("Alt takes away."), self.tr("Alt adds.")
        drag = self.tr("Then Shift: as wide as high, Alt: from the middle.")
        by_colour = self.tr("By colours and edges.")
        turns = self.tr("Then Shift: in steps of 45°.")
        closes = self.tr("Enter closes it, Backspace goes back.")
        line = self.tr("Shift: straight line. Size: [ ], hardness: { }.")
        return {
            "rectangle": f"{keys} {drag}",
            "ellipse": f"{keys} {drag}",
            "lasso": f"{keys} {closes}",
            "wand": keys,
            "object": f"{keys} {by_colour}" if standing is Standing.LACKING else keys,
            "gradient": f"{keys} {turns}",
            "brush": f"{brush} {line}",
            "eraser": f"{eraser} {line}",
        }

    def _keys(self) -> str:
        """What decides what a selection does to the mask."""
        keys = self.tr(
            "At the press Shift adds, Alt or the right button takes away, Shift and Alt keep the overlap."
        )
        taken = self.tr("If Alt moves the window, use the right button.")
        return f"{keys} {taken}" if _alt_may_be_taken() else keys

    def _of_objects(self, standing: Standing) -> str:
        click = self.tr("Click what is meant, or drag a box round it.") + f" {self._keys()}"
        return {
            Standing.READY: click,
            Standing.READING: self.tr("Reading the picture…") + f" {click}",
            Standing.WAITING: self.tr("The picture is read once the edit under way is done.") + f" {click}",
            Standing.LACKING: self.tr(
                "Without SAM 2.1 it goes by colours and edges; a box is surer than a click."
            )
            + f" {self._keys()}",
        }[standing]


def _alt_may_be_taken() -> bool:
    """Desktops on X11 and Wayland often move a window by Alt and a drag, and no program hears of it."""
    return QGuiApplication.platformName().startswith(("xcb", "wayland"))
