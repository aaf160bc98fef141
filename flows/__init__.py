"""The order of work: one thin Prefect flow for each step."""
