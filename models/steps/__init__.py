"""What each kind of action does to a case, one file for each step; the order stands in `models/lifecycle.py`."""
