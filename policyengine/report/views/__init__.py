"""What a report may say, by who reads it: views of an audit, and the hiding of small numbers."""
