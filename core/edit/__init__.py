"""One edit, from request to result."""
