"""The effects: database, files, letters, the site."""
