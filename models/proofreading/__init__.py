"""The check-up of a reply before anyone signs (复文体检): small rules over one reading of the letter."""
