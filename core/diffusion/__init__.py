"""DiffEdit as the paper tells it: pure functions on tensors."""
