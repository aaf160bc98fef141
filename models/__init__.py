"""The rules and the records: what may happen, when it is due, how it is kept."""
