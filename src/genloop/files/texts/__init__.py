"""Texts in: files of documents to plain text, boilerplate and duplicates out, languages and words counted."""
