"""One module for each library, run as a process in that library's own environment."""
