"""The panels beside the canvas: prompt, mask, guidance, edit, filmstrip."""
