"""What two versions of the functions make of the same events: verdicts, bytes and calls."""
