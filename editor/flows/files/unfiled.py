"""The question before a picture goes that no file holds all of, or the program ends in the middle of work."""

from dataclasses import replace

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMessageBox, QWidget

from editor.document.filed import Lack


def tr(text: str) -> str:
    return QCoreApplication.translate("Unfiled", text)


def what_is_lost(lack: Lack) -> str:
    """What would be lost."""
    work = bool(replace(lack, drawing=False, orders=False, halted=False))
    asked = _asked(lack, too=work)
    return " ".join(filter(None, (_lost(lack) if work else "", asked)))


def _asked(lack: Lack, *, too: bool) -> str:
    """What of it is asked for and not finished; "" for nothing. too: beside work that would be lost."""
    if lack.halted and lack.orders:
        return tr("An edit was stopped half-way, and others wait in the queue; a project keeps them.")
    if lack.halted:
        return tr("An edit was stopped half-way, and is neither kept nor dropped; a project keeps it.")
    if lack.drawing and lack.orders:
        return tr("An edit is being drawn, and others wait in the queue; a project keeps them.")
    if lack.drawing and too:
        return tr("An edit is being drawn, too; a project keeps it in its queue.")
    if lack.drawing:
        return tr("An edit is being drawn, and would be lost; a project keeps it in its queue.")
    if lack.orders and too:
        return tr("Edits wait in the queue, too; a project keeps them.")
    return tr("Edits of this picture wait in the queue; a project keeps them.") if lack.orders else ""


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


def quitting(text: str, over: QWidget) -> QMessageBox:
    """Discard or stay? text: what quitting would stop, while there is nothing to save."""
    box = QMessageBox(QMessageBox.Icon.Question, tr("Quit"), text, parent=over)
    leave = box.addButton(QMessageBox.StandardButton.Discard)
    leave.setText(tr("&Quit"))
    leave.setToolTip(tr("Stop what is being made, and end the program"))
    stay = box.addButton(QMessageBox.StandardButton.Cancel)
    stay.setToolTip(tr("Let it go on"))
    box.setDefaultButton(stay)
    return box
