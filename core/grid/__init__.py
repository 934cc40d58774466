"""One edit many times: two parameters varied over a labelled sheet."""
