"""The handbook: every rule in plain English, as one page of HTML or Markdown."""
