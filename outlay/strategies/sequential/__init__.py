"""One answer after another: critique, revision, thought that goes on."""
