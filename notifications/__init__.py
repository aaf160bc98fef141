"""The words: what the system says, to whom, on which channel."""
