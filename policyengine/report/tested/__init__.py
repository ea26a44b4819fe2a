"""What is said of how well rules are tested: coverage, changes nobody notices, suggestions."""
