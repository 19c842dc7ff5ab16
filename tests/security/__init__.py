"""Security: excess permissions, missing permissions and hostile input."""
