"""The buttons of dialogs."""

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton


def push_button(text: str, tip: str) -> QPushButton:
    """Pressed by mouse, Space or its own key; never by Enter in a field."""
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    return button


def button_box(dialog: QDialog, buttons: QDialogButtonBox.StandardButton) -> QDialogButtonBox:
    """The buttons below a dialog. Made within it: by its style sheet they bear no icons, on any desktop."""
    box = QDialogButtonBox(dialog)
    box.setStandardButtons(buttons)
    return box
