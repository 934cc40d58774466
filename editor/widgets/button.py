"""The buttons of dialogs."""

from PySide6.QtWidgets import QDialogButtonBox, QPushButton

NO_ICONS = "QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }"


def push_button(text: str, tip: str) -> QPushButton:
    """Pressed by mouse, Space or its own key; never by Enter in a field."""
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    return button


def button_box(buttons: QDialogButtonBox.StandardButton) -> QDialogButtonBox:
    """The buttons below a dialog, which bear no icons, on any desktop."""
    box = QDialogButtonBox()  # in no dialog yet: what is there first has the keyboard first
    box.setStyleSheet(NO_ICONS)  # before they are made, when the window's own sheet isn't known here
    box.setStandardButtons(buttons)
    return box
