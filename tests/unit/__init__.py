"""Tests of the commands, and of what the handlers share with other packages. No socket is opened."""
