"""What the rules work on: one case with everything a decision needs, frozen.

Each collection mirrors a table of the same name (`models/tables/`), column by column; long texts are `None` when
they were not loaded, because no rule needs them. Everything inside a case is addressed by a number counted within
that case and collection (`no`), so rules can create records without asking anybody for an id.
"""
