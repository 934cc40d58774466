"""What the pointer does on the picture: each tool, and what they share."""
