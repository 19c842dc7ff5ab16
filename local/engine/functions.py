"""."""

PATCHES = ()
