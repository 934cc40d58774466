"""The question before a picture goes that no file holds all of."""

from dataclasses import replace

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMessageBox, QWidget

from editor.document.filed import Lack


def tr(text: str) -> str:
    return QCoreApplication.translate("Unfiled", text)


def what_is_lost(lack: Lack) -> str:
    """What would be lost."""
    asked = lack.drawing, lack.orders
    if not replace(lack, drawing=False, orders=False):
        return {
            (True, False): tr("An edit is being drawn, and would be lost; a project keeps it in its queue."),
            (True, True): tr("An edit is being drawn, and others wait in the queue; a project keeps them."),
            (False, True): tr("Edits of this picture wait in the queue; a project keeps them."),
        }[asked]
    too = {
        (True, False): tr("{lost} An edit is being drawn, too; a project keeps it in its queue."),
        (True, True): tr(
            "{lost} An edit is being drawn, and others wait in the queue; a project keeps them."
        ),
        (False, True): tr("{lost} Edits wait in the queue, too; a project keeps them."),
        (False, False): "{lost}",
    }[asked]
    return too.format(lost=_lost(lack))


def _lost(lack: Lack) -> str:
    if lack.project:
        return tr("The project has changed since it was saved.")
    masks = _masks(lack)
    if lack.layers and lack.exported:
        if masks:
            text = tr("The picture is exported. Its layers, their settings and {masks} are in no file yet.")
            return text.format(masks=masks)
        return tr("The picture is exported. Its layers and their settings are in no file yet.")
    if lack.layers and masks:
        return tr("The edits of this picture and {masks} are in no file yet.").format(masks=masks)
    if lack.layers:
        return tr("The edits of this picture are in no file yet.")
    if lack.kept and lack.mask:
        return tr("The masks that you made are in no file yet.")
    if lack.kept:
        return tr("The masks that you keep by name are in no file yet.")
    if lack.mask:
        return tr("The mask that you made is in no file yet.")
    return tr("Variants that you haven't chosen from are in no file yet; a project keeps them.")


def _masks(lack: Lack) -> str:
    """As they are called in a sentence; "" for none."""
    if lack.kept and lack.mask:
        return tr("the masks that you made")
    if lack.kept:
        return tr("the masks that you keep by name")
    return tr("the mask that you made") if lack.mask else ""


def question(text: str, over: QWidget) -> QMessageBox:
    """Save, discard, or stay? text: what would be lost."""
    box = QMessageBox(QMessageBox.Icon.Question, tr("Unsaved work"), text, parent=over)
    box.setInformativeText(
        tr("A project keeps photo, layers, mask, prompts and undo. What isn't saved can't be brought back.")
    )
    save = box.addButton(QMessageBox.StandardButton.Save)
    save.setText(tr("&Save Project"))
    save.setToolTip(tr("Save everything in one file, which Krita and GIMP open too, and go on"))
    drop = box.addButton(QMessageBox.StandardButton.Discard)
    drop.setText(tr("&Don't Save"))
    drop.setToolTip(tr("Go on; what is in no file is lost"))
    box.addButton(QMessageBox.StandardButton.Cancel).setToolTip(tr("Stay with this picture"))
    box.setDefaultButton(save)
    return box
