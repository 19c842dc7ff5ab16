"""What must not be possible: too much permission, too little, and harm by input."""
