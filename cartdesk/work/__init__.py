"""The parts of the desk's work: planning, composing, sending, showing, counting."""
